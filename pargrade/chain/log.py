"""What contracts announce: logs, and the typed events they decode to."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

from pargrade.chain.abi import BadEncoding, Layout, split
from pargrade.chain.answers import (
    read_address,
    read_data,
    read_hash,
    read_object,
    read_quantity,
)
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.hashing import Address

_MOST_TOPICS = 4


class Log(NamedTuple):
    """One log, with its place in the chain. A tuple: a million are made at every rebuilding."""

    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    index: int  # type: ignore[assignment]  # hides a tuple's own, which nobody asks a log for
    """Position among all logs of the block."""

    @classmethod
    def of(cls, raw: Any) -> Self:
        """A log as JSON-RPC gives it. Raises Malformed."""
        fields = read_object(raw)
        try:
            # By position: names would take a fifth of a microsecond of each of a million logs.
            return cls(
                read_address(fields["address"]),
                read_topics(fields["topics"]),
                read_data(fields["data"]),
                read_quantity(fields["blockNumber"]),
                read_hash(fields["blockHash"]),
                read_hash(fields["transactionHash"]),
                read_quantity(fields["logIndex"]),
            )
        except KeyError as missing:
            raise Malformed(f"an object with {missing.args[0]}", fields) from None


def read_topics(raw: Any) -> tuple[bytes, ...]:
    """Up to four topics of a log. Raises Malformed."""
    if not isinstance(raw, list):
        raise Malformed("a list", raw)
    topics = tuple(map(read_hash, raw))
    if len(topics) > _MOST_TOPICS:
        raise Malformed("at most four topics", raw)
    return topics


class Event:
    """A Solidity event. Generated subclasses are frozen dataclasses of its arguments."""

    __slots__ = ()

    SIGNATURE: ClassVar[str]
    TOPIC: ClassVar[bytes]
    """keccak256 of the signature: topic 0 of its logs."""
    INDEXED: ClassVar[Mapping[str, Layout[Any]]]
    """Arguments that are topics 1 to 3. Of one that does not fit a word, the topic is the hash."""
    PLAIN: ClassVar[Mapping[str, Layout[Any]]]
    """Arguments in the data."""

    @classmethod
    def decode(cls, log: Log) -> Self:
        """The event this log is. Raises BadEncoding when it is another one."""
        if log.topics[:1] != (cls.TOPIC,) or len(log.topics) != 1 + len(cls.INDEXED):
            raise BadEncoding(cls.SIGNATURE, log.data)
        indexed = split(tuple(cls.INDEXED.values()), b"".join(log.topics[1:]))
        plain = split(tuple(cls.PLAIN.values()), log.data)
        return cls(**dict(zip((*cls.INDEXED, *cls.PLAIN), (*indexed, *plain), strict=True)))
