"""Venues of a simulated world: lists that change, asks that move, lists that show two prices."""

import random
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache

from oracle.protocol.batch.section import LinePrice, pack_section, read_section
from oracle.protocol.report.attested import LineName, Lines
from oracle.protocol.report.valuation import Figure
from oracle.quotes.weights import lower_median

LISTS = ("alpha", "beta", "gamma", "delta")
TWO_FACED = "janus"
MOVING = "bazaar"
_LINES = (b"H100/1", b"H200/8")
_STEP8 = 10**6


class Market:
    """Prices by provider and time, the same for everyone unless the venue is not."""

    def __init__(self, seed: int, begin: int, end: int, *, two_faced: bool) -> None:
        draw = random.Random(f"market {seed}")  # noqa: S311 - a simulated market
        self._seed = seed
        self.providers = (*LISTS, MOVING, *((TWO_FACED,) if two_faced else ()))
        self._changes: Mapping[str, list[int]] = {
            name: sorted(
                [begin - 10**6, *(draw.randrange(begin, end) for _ in range(draw.randrange(3)))]
            )
            for name in self.providers
        }

    def version_at(self, provider: str, instant: float) -> int:
        """How often a list has changed until an instant."""
        return bisect_right(self._changes[provider], instant)

    def version_since(self, provider: str, version: int) -> int:
        """When a version of a list appeared, unix seconds."""
        return self._changes[provider][version - 1]

    def section_at(self, provider: str, position: int, instant: int) -> bytes:
        """What a node sees at an instant."""
        version = self.version_at(provider, instant)
        if provider == MOVING:
            return moved(section_of(self._seed, provider, version, 0), position + instant)
        face = position % 2 if provider == TWO_FACED else 0
        return section_of(self._seed, provider, version, face)


@lru_cache(maxsize=16_384)
def section_of(seed: int, provider: str, version: int, salt: int) -> bytes:
    """The bytes of one version of a list, as one kind of visitor sees it."""
    draw = random.Random(f"{seed} {provider} {version} {salt}")  # noqa: S311 - a simulated market
    return pack_section(LinePrice(line, draw.randrange(150, 400) * _STEP8) for line in _LINES)


def moved(section: bytes, salt: int) -> bytes:
    """The asks of a list at one visit: up to 2 % above it."""
    return pack_section(
        LinePrice(line, price8 + price8 * (salt * 7_919 % 20) // 1_000)
        for line, price8, _ in read_section(section)
    )


def value_lines(lines: Lines, slot: int) -> tuple[Figure, ...]:
    """Two indices: the low median of each of two lines. A valuation for simulated worlds."""
    return tuple(_figure(lines, line) for line in _LINES)


def _figure(lines: Lines, line: bytes) -> Figure:
    prices = [value.price8 for name, value in lines.items() if name.line == line]
    if len(prices) < 3:
        return Figure(0, 0, len(prices))
    return Figure(lower_median(prices), max(prices) - min(prices), len(prices))


def is_plain_list(name: LineName) -> bool:
    """Whether everyone sees the same price of a line."""
    return name.provider in LISTS
