"""What contracts announce: logs, and the typed events they decode to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pargrade.chain.abi import BadEncoding, Layout, split
from pargrade.chain.hashing import Address, parse_address


@dataclass(frozen=True, slots=True)
class Log:
    """One log, with its place in the chain."""

    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    index: int
    """Position among all logs of the block."""

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Self:
        """A log as JSON-RPC gives it."""
        return cls(
            address=parse_address(raw["address"]),
            topics=tuple(bytes.fromhex(topic[2:]) for topic in raw["topics"]),
            data=bytes.fromhex(raw["data"][2:]),
            block_number=int(raw["blockNumber"], 16),
            block_hash=bytes.fromhex(raw["blockHash"][2:]),
            tx_hash=bytes.fromhex(raw["transactionHash"][2:]),
            index=int(raw["logIndex"], 16),
        )


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
