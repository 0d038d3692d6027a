"""The basis: the price of an SCU in each grade, less the index.

    implied = price of one native unit / factor        USD per SCU
    basis   = implied - index                          negative: cheaper than the par grade

A short with several eligible grades delivers the one with the lowest implied price, so the price of
the future follows that grade. There is no carry and no implied repo rate, because an hour of
compute perishes and cannot be bought today for a later delivery.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Final, NamedTuple

from pargrade.factor.factor import FACTOR_ONE
from pargrade.units import CONTRACT_LOTS, Rounding, divide

_MILLION: Final = 10**6
_LOTS_PER_SCU: Final = 100


class Asked(NamedTuple):
    """The providers' prices for one native unit of a grade, USD with 8 decimals."""

    grade: str
    through: str
    """The hardware whose rent is the price."""
    factor4: int
    prices8: Mapping[str, int]
    """One price per provider."""


class Unpriced(NamedTuple):
    """A grade with too few providers to have a price."""

    grade: str
    providers: int


@dataclass(frozen=True, slots=True)
class GradeBasis:
    """The price and basis of one grade. Amounts are USD with 8 decimals."""

    grade: str
    through: str
    factor4: int
    providers: int
    price8: int
    """Price of one native unit: lower median over providers."""
    implied8: int
    """Price of one SCU, half-even."""
    basis8: int
    basis_ppm: int
    """Basis in millionths of the index, half-even."""


@dataclass(frozen=True, slots=True)
class BasisReport:
    """Grades with a price, cheapest to deliver first, and grades without one."""

    index8: int
    ranked: tuple[GradeBasis, ...]
    unpriced: tuple[Unpriced, ...]

    def delivery_loss8(self, grades: Iterable[str]) -> int:
        """The loss of one contract's long in a series over these grades, USD with 8 decimals.

        The long receives the cheapest of the grades instead of SCU at the index. Never below zero;
        rounded down.
        """
        wanted = frozenset(grades)
        implied = [each.implied8 for each in self.ranked if each.grade in wanted]
        if not implied:
            return 0
        return max(0, self.index8 - min(implied)) * int(CONTRACT_LOTS) // _LOTS_PER_SCU


def basis_report(asked: Sequence[Asked], index8: int, least_providers: int) -> BasisReport:
    """The report over grades. Of several kinds of hardware for a grade the cheapest counts.

    `index8` must be above zero. Equal implied prices are ranked by name.
    """
    found: dict[str, GradeBasis] = {}
    seen: dict[str, int] = {}
    for each in asked:
        seen[each.grade] = max(seen.get(each.grade, 0), len(each.prices8))
        if len(each.prices8) < max(1, least_providers):
            continue
        basis = _basis(each, index8)
        best = found.get(each.grade)
        if best is None or _sort_key(basis) < _sort_key(best):
            found[each.grade] = basis
    return BasisReport(
        index8,
        tuple(sorted(found.values(), key=_sort_key)),
        tuple(Unpriced(grade, n) for grade, n in sorted(seen.items()) if grade not in found),
    )


def _sort_key(basis: GradeBasis) -> tuple[int, str, str]:
    return basis.implied8, basis.grade, basis.through


def _basis(asked: Asked, index8: int) -> GradeBasis:
    price8 = median_low(asked.prices8.values())
    implied8 = divide(price8 * FACTOR_ONE, asked.factor4, Rounding.HALF_EVEN)
    return GradeBasis(
        grade=asked.grade,
        through=asked.through,
        factor4=asked.factor4,
        providers=len(asked.prices8),
        price8=price8,
        implied8=implied8,
        basis8=implied8 - index8,
        basis_ppm=divide((implied8 - index8) * _MILLION, index8, Rounding.HALF_EVEN),
    )
