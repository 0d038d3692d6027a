"""A hedge of each provider's list, month after month, by what was known then.

At each month t the ratio is what `plan` would have taken from the months up to t. Over the h months
ahead the list moved by dP and the index by dI:

    removed    1 - sum (dP - ratio dI)^2 / sum dP^2, over all months and providers
    drift      mean of I(t) / I(t + h) - 1: what locking at the index cost more than waiting

Both are of overlapping months, so few of them are independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bridge.hedge.backtest.price_lists import PriceLists
from bridge.hedge.plan.policy import PaidMonth
from bridge.hedge.plan.ratio import hedge_ratio

LEADS: Final = (1, 3, 6)
_LEAST_MOVES: Final = 3
_LEAST_MONTHS: Final = 6
"""Known before a ratio is taken."""


@dataclass(frozen=True, slots=True)
class LeadResult:
    """What a lead came to over all providers."""

    lead: int
    cases: int
    """Pairs of a provider and a month."""
    hedged: int
    """Of them with a ratio above 0."""
    planned: float | None
    """Share of variance removed by the ratio of the plan; None without a move."""
    by_one: float | None
    """The same by ratio 1."""
    drift: float | None
    """Locking at the index against the index then; above 0 it cost more."""


@dataclass(frozen=True, slots=True)
class ProviderResult:
    """The same of one provider, at one lead."""

    provider: str
    months: int
    moves: int
    results: tuple[LeadResult, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    paid: float
    index: float
    ratio: float
    drift: float


def backtest(lists: PriceLists, leads: Sequence[int] = LEADS) -> list[ProviderResult]:
    """Each provider's results, and at the end those of all together, named "all"."""
    found, pooled = [], {lead: list[_Case]() for lead in leads}
    for provider in sorted(lists.prices):
        history = lists.paid(provider)
        results = []
        for lead in leads:
            cases = _cases(history, lead)
            pooled[lead] += cases
            results.append(_result(lead, cases))
        found.append(ProviderResult(provider, len(history), _moves(history), tuple(results)))
    together = tuple(_result(lead, cases) for lead, cases in pooled.items())
    moves = sum(each.moves for each in found)
    months = sum(each.months for each in found)
    return [*found, ProviderResult("all", months, moves, together)]


def _cases(history: Sequence[PaidMonth], lead: int) -> list[_Case]:
    found = []
    for place in range(_LEAST_MONTHS - 1, len(history) - lead):
        now, then = history[place], history[place + lead]
        # A list with a hole in it is not `lead` months later.
        if _apart(now.month, then.month) != lead:
            continue
        ratio = hedge_ratio(history[: place + 1], _LEAST_MOVES).value
        paid = float(then.paid_usd or 0) - float(now.paid_usd or 0)
        index = float(then.index_usd) - float(now.index_usd)
        found.append(_Case(paid, index, ratio, float(now.index_usd / then.index_usd) - 1))
    return found


def _result(lead: int, cases: Sequence[_Case]) -> LeadResult:
    squares = sum(case.paid**2 for case in cases)

    def removed(ratios: Sequence[float]) -> float | None:
        if not squares:
            return None
        pairs = zip(cases, ratios, strict=True)
        return 1 - sum((case.paid - ratio * case.index) ** 2 for case, ratio in pairs) / squares

    return LeadResult(
        lead,
        len(cases),
        sum(case.ratio > 0 for case in cases),
        removed([case.ratio for case in cases]),
        removed([1.0] * len(cases)),
        sum(case.drift for case in cases) / len(cases) if cases else None,
    )


def _moves(history: Sequence[PaidMonth]) -> int:
    paid = [each.paid_usd for each in history]
    return sum(a != b for a, b in pairwise(paid))


def _apart(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])
