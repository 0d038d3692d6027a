"""The attacks of a coalition of providers on its own quotes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from oracle.index.level import WeightedPrice
from oracle.quotes.quote import Line, Quote
from pargrade.clock import DAY_S, HOUR_S
from pargrade.units import Rounding, divide

PPM: Final = 10**6
"""Millionths in a whole."""

_CYCLE_DAYS: Final = 4
_HPPMST, _RAISED = 0, 1


class Attack(StrEnum):
    """The attacks of the study."""

    BIAS = "bias"
    """All prices are wrong by the same factor during the whole window."""
    SPIKE = "spike"
    """Prices are honest until the last hour of the window and wrong in that hour."""
    DRIP = "drip"
    """The factor grows linearly from 1 at the start of the window."""
    WITHDRAWAL = "withdrawal"
    """No quotes inside the window."""
    RATCHET = "ratchet"
    """A cycle of four days: one at the honest price, one at the wrong price, two without quotes.
    The chain links the move to the wrong price and not the move back."""


@dataclass(frozen=True, slots=True)
class AttackPlan:
    """One attack on one window [start, end), unix seconds, both UTC midnights."""

    attack: Attack
    providers: frozenset[str]
    start: int
    end: int
    size_ppm: int
    """Wrong price less honest price, in millionths of the honest price."""


def corrupt_quotes(quotes: Iterable[Quote], plan: AttackPlan) -> tuple[Quote, ...]:
    """Apply the attack to the quotes of its providers; all other quotes stay as they are.

    Prices are rounded down, but not below one unit of the eighth decimal.
    """
    return tuple(_corrupt_each(quotes, plan))


def choose_coalition(entries: Sequence[WeightedPrice], count: int, *, up: bool) -> frozenset[str]:
    """Choose the `count` providers that can move the middle most, up or down.

    Ranked by the weight of their prices below the middle (above it, to move it down), because only
    a price that crosses the middle moves it. The choice is greedy: it is not proven to be the best.
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


def _corrupt_each(quotes: Iterable[Quote], plan: AttackPlan) -> Iterator[Quote]:
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
        changed = _change_quote(quote, plan) if quote.observed_at >= plan.start else quote
        if changed is not None:
            yield changed
    if plan.attack is Attack.SPIKE:
        for quote in newest.values():
            yield _move_price(replace(quote, observed_at=plan.end - HOUR_S), plan.size_ppm)


def _change_quote(quote: Quote, plan: AttackPlan) -> Quote | None:
    elapsed = quote.observed_at - plan.start
    match plan.attack:
        case Attack.BIAS:
            return _move_price(quote, plan.size_ppm)
        case Attack.DRIP:
            return _move_price(quote, plan.size_ppm * elapsed // (plan.end - plan.start))
        case Attack.WITHDRAWAL:
            return None
        case Attack.RATCHET:
            day = elapsed // DAY_S % _CYCLE_DAYS
            if day == _RAISED:
                return _move_price(quote, plan.size_ppm)
            return quote if day == _HPPMST else None
        case Attack.SPIKE:
            return quote


def _move_price(quote: Quote, size_ppm: int) -> Quote:
    price8 = divide(quote.price8 * (PPM + size_ppm), PPM, Rounding.FLOOR)
    return replace(quote, price8=max(1, price8))
