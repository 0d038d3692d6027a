"""A block's header, as far as logs are proven by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

from eth_bloom.bloom import BloomFilter

from pargrade.chain.answers import read_data, read_field, read_object
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.log import Log

_BLOOM_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Header:
    """Where a block stands, and the bloom of all its logs (Yellow Paper, 4.4.1)."""

    stamp: BlockStamp
    logs_bloom: int
    """2,048 bits: three for the address and for every topic of each log."""

    @classmethod
    def of(cls, raw: Any) -> Self:
        """The header of a block as JSON-RPC gives it. Raises Malformed."""
        bloom = read_field(read_object(raw), "logsBloom", _read_bloom)
        return cls(BlockStamp.of(raw), bloom)


def bloom_of(logs: Iterable[Log]) -> int:
    """The bloom of a block that has just these logs."""
    return int(BloomFilter.from_iterable(item for log in logs for item in (
        bytes.fromhex(log.address[2:]), *log.topics
    )))  # fmt: skip


@lru_cache(maxsize=1_024)
def bloom_bits(item: bytes) -> int:
    """The three bits, or fewer where they fall together, that an address or a topic sets."""
    return int(BloomFilter.from_iterable([item]))


def _read_bloom(raw: Any) -> int:
    data = read_data(raw)
    if len(data) != _BLOOM_BYTES:
        raise Malformed("a bloom of 256 bytes", raw)
    return int.from_bytes(data)
