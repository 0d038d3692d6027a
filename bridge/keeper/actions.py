"""What the keeper does to a series. Acts may be repeated: the contract passes over what is done.

Anyone may send any of them, and none names a price or an amount.
"""

from dataclasses import dataclass

from bridge.ledger.entry import PositionId
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address


@dataclass(frozen=True, slots=True)
class Propose:
    """Fix the price of a series from its rounds, or deliver where none is needed."""

    series: int

    def call(self, market: FuturesMarket) -> Call[None]:
        """The contract call."""
        return market.propose(self.series)

    def __str__(self) -> str:
        return f"propose {short(self.series)}"


@dataclass(frozen=True, slots=True)
class Finalise:
    """Make a proposed price final."""

    series: int

    def call(self, market: FuturesMarket) -> Call[None]:
        """The contract call."""
        return market.finalise(self.series)

    def __str__(self) -> str:
        return f"finalise {short(self.series)}"


@dataclass(frozen=True, slots=True)
class Redeem:
    """Pay a page of holders of one position."""

    position: PositionId
    holders: tuple[Address, ...]

    def call(self, market: FuturesMarket) -> Call[None]:
        """The contract call."""
        return market.redeem_for(self.position, self.holders)

    def __str__(self) -> str:
        count = len(self.holders)
        return f"redeem {side(self.position)} for {count} holder{'' if count == 1 else 's'}"


Act = Propose | Finalise | Redeem


def short(series: int) -> str:
    """A series' id for people: the first eight hex digits of what is a hash."""
    return f"{series:064x}"[:8]


def side(position: PositionId) -> str:
    """A position for people."""
    number = position & 0xFF
    return f"{short(position)} " + ("LONG" if number == 0 else f"SHORT {number - 1}")
