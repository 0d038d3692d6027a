"""What a coalition of providers may do to its own quotes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from oracle.index.level import WeightedPrice
from oracle.quotes.quote import Line, Quote
from pargrade.clock import DAY_S
from pargrade.units import Rounding, divide

ONE: Final = 10**6
HOUR_S: Final = 3_600

_CYCLE_DAYS: Final = 4
_HONEST, _RAISED = 0, 1


class Attack(StrEnum):
    """The ways of the study."""

    BIAS = "bias"
    """All prices are off by one factor, from the first second of the window to its last."""
    SPIKE = "spike"
    """Honest until the last hour of the window, and off in it."""
    DRIP = "drip"
    """The factor grows evenly from 1 at the start of the window."""
    WITHDRAWAL = "withdrawal"
    """No quotes at all inside the window."""
    RATCHET = "ratchet"
    """In turn: a day at the honest price, a day off it, and two days off the list, so that the way
    there is linked and the way back is not."""


@dataclass(frozen=True, slots=True)
class AttackPlan:
    """One attack on one window [start, end), unix seconds, both UTC midnights."""

    attack: Attack
    providers: frozenset[str]
    start: int
    end: int
    size_ppm: int
    """How far prices are off, in millionths of the honest one; negative is below it."""


def corrupted(quotes: Iterable[Quote], plan: AttackPlan) -> tuple[Quote, ...]:
    """The quotes as they are after the attack; those of everybody else are untouched.

    Prices are rounded down, and never below one unit of the eighth decimal.
    """
    return tuple(_corrupted(quotes, plan))


def coalition(entries: Sequence[WeightedPrice], count: int, *, up: bool) -> frozenset[str]:
    """The `count` providers that would move the middle most.

    Those on the near side of it, heaviest there first: their prices cross the middle when they move
    up (or down), and only what crosses it moves it. Greedy, so strong, and not proven strongest.
    """
    half = sum(entry.weight for entry in entries)
    below = 0
    gain: dict[str, int] = {}
    for entry in sorted(entries, key=lambda e: e.unit8 if up else -e.unit8):
        gain.setdefault(entry.provider, 0)
        if 2 * below < half:
            gain[entry.provider] += entry.weight
        below += entry.weight
    return frozenset(sorted(gain, key=lambda provider: (-gain[provider], provider))[:count])


def _corrupted(quotes: Iterable[Quote], plan: AttackPlan) -> Iterator[Quote]:
    newest: dict[Line, Quote] = {}
    for quote in quotes:
        if quote.provider not in plan.providers or quote.observed_at >= plan.end:
            yield quote
            continue
        line = Line(
            quote.provider,
            f"{quote.gpu_model} {quote.variant} {quote.gpu_memory_gb} {quote.tier}",
            quote.gpu_count,
            quote.region,
        )
        if line not in newest or newest[line].observed_at <= quote.observed_at:
            newest[line] = quote
        changed = _changed(quote, plan) if quote.observed_at >= plan.start else quote
        if changed is not None:
            yield changed
    if plan.attack is Attack.SPIKE:
        for quote in newest.values():
            yield _moved(replace(quote, observed_at=plan.end - HOUR_S), plan.size_ppm)


def _changed(quote: Quote, plan: AttackPlan) -> Quote | None:
    elapsed = quote.observed_at - plan.start
    match plan.attack:
        case Attack.BIAS:
            return _moved(quote, plan.size_ppm)
        case Attack.DRIP:
            return _moved(quote, plan.size_ppm * elapsed // (plan.end - plan.start))
        case Attack.WITHDRAWAL:
            return None
        case Attack.RATCHET:
            day = elapsed // DAY_S % _CYCLE_DAYS
            if day == _RAISED:
                return _moved(quote, plan.size_ppm)
            return quote if day == _HONEST else None
        case Attack.SPIKE:
            return quote


def _moved(quote: Quote, size_ppm: int) -> Quote:
    price8 = divide(quote.price8 * (ONE + size_ppm), ONE, Rounding.FLOOR)
    return replace(quote, price8=max(1, price8))
