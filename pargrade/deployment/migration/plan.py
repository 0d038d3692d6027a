"""What there is to move between two markets, at one block, and the calls that move it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from pargrade.bindings.market_migrator import MarketMigrator
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.create2 import address_by
from pargrade.chain.hashing import Address
from pargrade.deployment.file import Deployment
from pargrade.deployment.migration.holders import Holders
from pargrade.deployment.migration.likeness import Destination, find_destinations
from pargrade.deployment.migration.pages import PairPage, cut_holders, cut_pages
from pargrade.deployment.redemption import find_self_redeeming
from pargrade.deployment.series import LONG, ListedSeries, market_of
from pargrade.deployment.session import Session
from pargrade.deployment.token import Token
from pargrade.units import LOT

HOLDERS: Final = 10
"""Accounts at their limit make up the cap of a month: FuturesMarket.HOLDERS."""

_MOST_LOTS: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Migration:
    """Two markets of one chain as they stand at one block."""

    source: Session
    target: Session
    migrator: Address
    block: BlockStamp
    destinations: tuple[Destination, ...]
    before: Holders
    """Of the old market."""
    self_redeeming: frozenset[Address]
    """Holders of what is final whom nobody else can redeem: contracts without a payout address."""

    @classmethod
    def read(cls, source: Session, target: Session) -> Self:
        """Everything there is to move. Raises EventsMissing, and what the chain raises."""
        block = source.chain.head()
        migrator = address_by(creation_of(source.deployment, target.deployment))
        holders = _read_holders(source, migrator, block)
        numbers = market_of(source).series_ids(block=block)
        names = _names(source.deployment, numbers)
        destinations = tuple(find_destinations(source, target, names, block))
        for each in destinations:
            holders.require_all(each.series)
        final = [each.series for each in destinations if each.series.is_final]
        positions = [series.number + side for series in final for side in series.sides]
        theirs = tuple({holder: 0 for position in positions for holder in holders.of(position)})
        contracts = find_self_redeeming(market_of(source), theirs, block)
        return cls(source, target, migrator, block, destinations, holders, contracts)

    def read_holders(self, block: BlockStamp) -> Holders:
        """Of the old market at another block."""
        return _read_holders(self.source, self.migrator, block)

    def lots_of(self, series: ListedSeries) -> int:
        """Lots that anybody holds, of all sides together."""
        return sum(self.before.total(series.number + side) for side in series.sides)

    def pages(self, destination: Destination) -> Iterator[PairPage]:
        """What of a series can move now."""
        if destination.why_not:
            return
        series = destination.series
        longs = self.before.movable(series.number + LONG)
        shorts = [self.before.movable(series.number + side) for side in series.sides if side]
        yield from cut_pages(longs, shorts, self._most_lots(destination))

    def move_call(self, destination: Destination, page: PairPage) -> Call[Any]:
        """The transaction of a page."""
        migrator = MarketMigrator(self.source.chain, self.migrator)
        return migrator.move(
            destination.series.number,
            destination.to or 0,
            page.grade,
            page.longs,
            page.shorts,
            page.lots,
        )

    def redeem_calls(self, destination: Destination) -> Iterator[Call[Any]]:
        """The transactions that pay everybody out of a series that is final."""
        series = destination.series
        if not series.is_final:
            return
        market = market_of(self.source)
        for side in series.sides:
            held = self.before.of(series.number + side)
            paid = {each: lots for each, lots in held.items() if each not in self.self_redeeming}
            for page in cut_holders(paid):
                yield market.redeem_for(series.number + side, page)

    def self_redeeming_lots(self, series: ListedSeries, holders: Holders) -> int:
        """Lots of a series that only their holders can redeem; 0 until it is final."""
        if not series.is_final:
            return 0
        held = (holders.of(series.number + side) for side in series.sides)
        return sum(each.get(holder, 0) for each in held for holder in self.self_redeeming)

    def dust(self) -> dict[Address, int]:
        """Units that rounding may take of whoever sends the pages, by new unit.

        Where units are wrapped anew, less may be made than was unwrapped: in a page by less than a
        base unit of the token is worth. The sender makes it up and gets as many old units.
        """
        needed: dict[Address, int] = {}
        for each in self.destinations:
            changed = dict(each.rewrapped)
            for page in self.pages(each):
                unit = changed.get(each.series.view.terms.units[page.grade]) if changed else None
                if unit is not None:
                    dust = min(self._step(unit), page.lots * LOT)
                    needed[unit] = needed.get(unit, 0) + dust
        return needed

    def dust_calls(self, owner: Address) -> list[Call[Any]]:
        """Approvals of what rounding may take, of a wallet's own, where they are missing."""
        calls: list[Call[Any]] = []
        for unit, dust in self.dust().items():
            token = Token.read(self.target.chain, unit, self.block)
            calls += token.approvals(owner, self.migrator, dust, self.block)
        return calls

    def _step(self, unit: Address) -> int:
        """Units that one base unit of the wrapped token is worth, rounded up."""
        factor = WrappedUnit(self.target.chain, unit).factor(block=self.block)
        return int(-(-factor.scu_per_token // 10**factor.decimals))

    def _most_lots(self, destination: Destination) -> int:
        """Of a page: the migrator opens for both sides, and is an account like any other."""
        terms, now = destination.series.view.terms, self.block.timestamp
        if not destination.series.is_banded or now < terms.start or destination.terms is None:
            return _MOST_LOTS
        cap = market_of(self.target).month_cap(destination.terms.index, block=self.block)
        return -(-cap // HOLDERS)


def creation_of(source: Deployment, target: Deployment) -> Call[None]:
    """The contract that moves positions between the two: its address is known before it is."""
    return MarketMigrator.deploy(source.address("FuturesMarket"), target.address("FuturesMarket"))


def _read_holders(source: Session, migrator: Address, block: BlockStamp) -> Holders:
    first = source.deployment.contracts["FuturesMarket"].block
    return Holders.read(market_of(source), first, block, migrator)


def _names(deployment: Deployment, numbers: Sequence[int]) -> Iterator[str]:
    """What the deployment calls its series; those it does not know go by their ids."""
    known = {int(each.series_id): name for name, each in deployment.series.items()}
    for number in numbers:
        yield known.get(number, str(number))
