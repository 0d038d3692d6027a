"""Who holds which position of a market, and who let an operator act: added up from events."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Self

from pargrade.bindings.futures_market import FuturesMarket, OperatorSet, Transfer
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.deployment.series import ListedSeries
from pargrade.errors import PargradeError


class EventsMissing(PargradeError):
    """Positions that add up to something else than the market says is open."""

    hint = "Use an endpoint that has every log since the deployment, or correct its first block."

    def __init__(self, series: ListedSeries, side: int, found: int, wanted: int) -> None:
        self.found = found
        self.wanted = wanted
        name = series.side_name(side)
        super().__init__(f"events show {found} lots of {name} of {series.name}, not {wanted}")


@dataclass(slots=True)
class Holders:
    """Lots by position and holder at one block. Holders of none are left out."""

    lots: dict[int, dict[Address, int]] = field(default_factory=dict)
    agreed: set[Address] = field(default_factory=set)
    """Who has the operator asked about as an operator."""

    @classmethod
    def read(cls, market: FuturesMarket, first: int, block: BlockStamp, operator: Address) -> Self:
        """Adds up all events of blocks `first` to `block`. Raises what the chain raises."""
        found = cls()
        sums: dict[int, dict[Address, int]] = defaultdict(lambda: defaultdict(int))
        for _, event in market.history(OperatorSet, first=first, last=block.number):
            if event.spender == operator and event.approved:
                found.agreed.add(event.owner)
            elif event.spender == operator:
                found.agreed.discard(event.owner)
        for _, transfer in market.history(Transfer, first=first, last=block.number):
            sums[transfer.id][transfer.sender] -= transfer.amount
            sums[transfer.id][transfer.receiver] += transfer.amount
        for position, held in sums.items():
            held.pop(ZERO_ADDRESS, None)
            found.lots[position] = {holder: lots for holder, lots in held.items() if lots}
        return found

    def of(self, position: int) -> dict[Address, int]:
        """Lots of a position by holder, in the order in which they first got any."""
        return self.lots.get(position, {})

    def movable(self, position: int) -> dict[Address, int]:
        """As `of`, of those who agreed."""
        return {holder: lots for holder, lots in self.of(position).items() if holder in self.agreed}

    def total(self, position: int) -> int:
        """Lots of a position that anybody holds."""
        return sum(self.of(position).values())

    def require_all(self, series: ListedSeries) -> None:
        """Raises EventsMissing where a series that is not final has other lots open."""
        if series.is_final:
            return
        open_lots = (series.view.lots, *series.view.lots_of)
        for side, wanted in zip(series.sides, open_lots, strict=True):
            found = self.total(series.number + side)
            if found != wanted:
                raise EventsMissing(series, side, found, wanted)
