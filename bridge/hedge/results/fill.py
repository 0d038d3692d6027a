"""Lots that a hedge's order filled, and how their series ended. Values alone, exact."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_LOT_USD8: Final = 10**10
"""Lots times a price of 8 decimals is dollars times this."""


@dataclass(frozen=True, slots=True)
class HedgeFill:
    """Lots of one price, bought or sold by a plan's order."""

    team: str
    account: str
    plan: str
    order: str
    series: str
    lots: int
    """Below zero where they were sold."""
    price8: int
    fee_usd: Fraction
    instant: int
    """Unix seconds of the block."""

    @property
    def cost_usd(self) -> Fraction:
        """What was paid, the fee included; below zero where more was got. Exact."""
        return Fraction(self.lots * self.price8, _LOT_USD8) + self.fee_usd


@dataclass(frozen=True, slots=True)
class SeriesEnd:
    """A series' window, and what it settled at."""

    series: str
    start: int
    expiry: int
    settlement8: int
    """S with 8 decimals; 0 while there is none, or where it was delivered."""
    phase: str


@dataclass(frozen=True, slots=True)
class HedgeResult:
    """What a team's lots of a settled series came to, exact dollars."""

    team: str
    account: str
    end: SeriesEnd
    lots: int
    """Held at the end."""
    paid_usd: Fraction
    """For all of them, less what sales got, fees included."""

    @property
    def worth_usd(self) -> Fraction:
        """At S, in quote and units together."""
        return Fraction(self.lots * self.end.settlement8, _LOT_USD8)

    @property
    def cost_usd(self) -> Fraction:
        """What the hedge cost; below zero where it gained."""
        return self.paid_usd - self.worth_usd


def results_of(fills: Iterable[HedgeFill], ends: Iterable[SeriesEnd]) -> list[HedgeResult]:
    """One result for each team and settled series."""
    by_name = {end.series: end for end in ends if end.settlement8}
    lots: dict[tuple[str, str, str], int] = {}
    paid: dict[tuple[str, str, str], Fraction] = {}
    for fill in fills:
        key = (fill.team, fill.account, fill.series)
        if fill.series in by_name:
            lots[key] = lots.get(key, 0) + fill.lots
            paid[key] = paid.get(key, Fraction(0)) + fill.cost_usd
    return [
        HedgeResult(team, account, by_name[series], lots[team, account, series], paid_usd)
        for (team, account, series), paid_usd in sorted(paid.items())
    ]
