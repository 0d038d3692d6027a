"""What makes figures of lines. The index method stands behind it; the protocol knows only this."""

from typing import NamedTuple, Protocol

from oracle.protocol.report.attested import Lines

_BPS = 10_000


class Figure(NamedTuple):
    """One index in a report."""

    value8: int
    """USD per SCU, 8 decimals; 0 where there is none."""
    confidence8: int
    providers: int


class Valuation(Protocol):
    """A pure function: the same lines and slot give the same figures on every machine."""

    def __call__(self, lines: Lines, slot: int) -> tuple[Figure, ...]:
        """One figure per index."""
        ...


def deviates(before: tuple[Figure, ...], now: tuple[Figure, ...], deviation_bps: int) -> bool:
    """Whether a node's own values moved since the last round by so much, in exact integers."""
    return any(
        new.value8
        and old.value8
        and abs(new.value8 - old.value8) * _BPS >= deviation_bps * old.value8
        for old, new in zip(before, now, strict=True)
    )
