"""Which series of another market a series goes into, and why one cannot go."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import SeriesTerms
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.deployment.series import ListedSeries, market_of
from pargrade.deployment.session import Session


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a series of the old market goes."""

    series: ListedSeries
    terms: SeriesTerms | None
    """Those of the like series; None where the new market lacks its index or a grade of it."""
    to: int | None
    """Id of the like series in the new market; None where it is not listed there."""
    why_not: str
    """Why nothing can move now, for people; empty where it can."""

    @property
    def rewrapped(self) -> tuple[tuple[Address, Address], ...]:
        """The series' units that change, old and new."""
        if self.terms is None:
            return ()
        pairs = zip(self.series.view.terms.units, self.terms.units, strict=True)
        return tuple((old, young) for old, young in pairs if old != young)


def find_destinations(
    source: Session, target: Session, names: Iterable[str], block: BlockStamp
) -> Iterator[Destination]:
    """Where each series of the old market goes, at one block. Raises what the chain raises."""
    there = _TargetMarket(target, block)
    indices = SpotIndex(source.chain, market_of(source).spot_index(block=block))
    index_names = indices.index_names(block=block)
    for name in names:
        series = ListedSeries.read(source, name, block)
        terms = there.translate(series.view.terms, index_names)
        to = None if terms is None else there.find(terms)
        yield Destination(series, terms, to, _why_not(series, terms, to, block.timestamp))


def _why_not(series: ListedSeries, terms: SeriesTerms | None, to: int | None, now: int) -> str:
    started = now >= series.view.terms.start
    if series.is_final:
        return "it is final: its positions are redeemed where they are"
    if now >= series.view.terms.expiry:
        return "it has expired: it settles where it is"
    if terms is None:
        return "the new market lacks its index or a grade of it"
    if started and len(terms.units) > 1:
        return "its window runs, and several grades take no new pairs then: it settles where it is"
    if to is None:
        if started:
            return "its window runs, and it is not listed in the new market: it settles where it is"
        return "it is not listed in the new market yet"
    return ""


class _TargetMarket:
    """What the new market has: its series by their terms, its indices and grades."""

    def __init__(self, target: Session, block: BlockStamp) -> None:
        self._chain = target.chain
        self._block = block
        market: FuturesMarket = market_of(target)
        index = SpotIndex(target.chain, market.spot_index(block=block))
        self._index_names = index.index_names(block=block)
        self._registry = GradeRegistry(target.chain, market.registry(block=block))
        self._units = set(self._registry.units(block=block))
        self._series = {
            _without_caps(market.series(number, block=block).terms): number
            for number in market.series_ids(block=block)
        }

    def translate(self, terms: SeriesTerms, index_names: tuple[str, ...]) -> SeriesTerms | None:
        """The terms with this market's number of the index and its units of the grades."""
        name = index_names[terms.index]
        units = tuple(self._unit(unit) for unit in terms.units)
        if name not in self._index_names or ZERO_ADDRESS in units:
            return None
        return replace(terms, index=self._index_names.index(name), units=units)

    def find(self, terms: SeriesTerms) -> int | None:
        """Id of the series of these terms, whatever its caps."""
        return self._series.get(_without_caps(terms))

    def _unit(self, unit: Address) -> Address:
        if unit in self._units:
            return unit
        grade_id = WrappedUnit(self._chain, unit).grade_id(block=self._block)
        return self._registry.unit_of(grade_id, block=self._block)


def _without_caps(terms: SeriesTerms) -> SeriesTerms:
    return replace(terms, cap_lots=())
