"""What contracts announce: logs, and the typed events they decode to."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pargrade.chain.abi import BadEncoding
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

    @classmethod
    @abstractmethod
    def decode(cls, log: Log) -> Self:
        """The event this log is. Raises BadEncoding when it is another one."""


def expect(event: type[Event], log: Log, topics: int, size: int) -> tuple[tuple[bytes, ...], bytes]:
    """Topics and data of a log of `event`: exactly so many topics, at least `size` bytes."""
    if len(log.topics) != topics or log.topics[0] != event.TOPIC or len(log.data) < size:
        raise BadEncoding(event.SIGNATURE, log.data)
    return log.topics, log.data
