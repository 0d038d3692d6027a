"""A block's header, as far as logs are proven by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from eth_bloom.bloom import BloomFilter

from pargrade.chain.answers import read_data, read_field, read_hash, read_object, read_quantity
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.log import Log

_BLOOM_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Header:
    """Where a block stands, and the bloom of all its logs (Yellow Paper, 4.4.1)."""

    number: int
    hash: bytes
    parent_hash: bytes
    logs_bloom: int
    """2,048 bits: three for the address and for every topic of each log."""

    @classmethod
    def of(cls, raw: Any) -> Self:
        """The header of a block as JSON-RPC gives it. Raises Malformed."""
        fields = read_object(raw)
        return cls(
            number=read_field(fields, "number", read_quantity),
            hash=read_field(fields, "hash", read_hash),
            parent_hash=read_field(fields, "parentHash", read_hash),
            logs_bloom=read_field(fields, "logsBloom", _read_bloom),
        )


def bloom_of(logs: Iterable[Log]) -> int:
    """The bloom of a block that has just these logs."""
    return int(BloomFilter.from_iterable(item for log in logs for item in (
        bytes.fromhex(log.address[2:]), *log.topics
    )))  # fmt: skip


def bloom_bits(item: bytes) -> int:
    """The three bits, or fewer where they fall together, that an address or a topic sets."""
    return int(BloomFilter.from_iterable([item]))


def _read_bloom(raw: Any) -> int:
    data = read_data(raw)
    if len(data) != _BLOOM_BYTES:
        raise Malformed("a bloom of 256 bytes", raw)
    return int.from_bytes(data)
