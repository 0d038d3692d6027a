"""What gas may cost: offers from what the chain asks now, within caps. Integers, wei per gas."""

from dataclasses import dataclass
from typing import Final

from pargrade.chain.errors import FeesAboveCap

COIN_DECIMALS: Final = 18
"""Of a chain's native coin: one is 10^18 wei."""

_BUMP_EIGHTHS: Final = 9
"""A replacement offers an eighth more: nodes want a tenth, some an eighth."""

_MOST_OVER_ASKED: Final = 2
"""No replacement offers more than so many times what the chain asks: price is not what holds it."""

_IDLE_SHARE: Final = 10
"""Part of the base fee that is tipped where blocks are empty."""


@dataclass(frozen=True, slots=True)
class Fees:
    """What one transaction offers, wei per unit of gas."""

    max_fee: int
    """Most paid in all."""
    tip: int
    """Most paid above the base fee."""


@dataclass(frozen=True, slots=True)
class FeeMarket:
    """What the chain asks now, wei per unit of gas."""

    base_fee: int
    """Of the next block."""
    paid_tip: int | None
    """Median of the tips of recent blocks that held transactions; None when none did."""
    suggested_tip: int | None
    """The node's own advice; None when it gives none."""


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How much a transaction may cost and how long it may take."""

    tip: int = 1_000_000_000
    """Tip offered, at most a tenth of the base fee, where no node and no recent block names one."""
    base_fee_percent: int = 175
    """Offered of the base fee: it may grow for four full blocks before the transaction waits."""
    max_fee: int = 500_000_000_000
    """Most ever offered in all, wei per gas."""
    max_cost: int | None = None
    """Most that one transaction may cost in gas, wei; None for no limit but `max_fee`."""
    max_cost_per_day: int | None = None
    """Most that all transactions of 24 hours may cost in gas, wei; None for no limit. Kept by who
    keeps a record of them over restarts: see `FeeBudget`."""
    patience: float = 30.0
    """Seconds before a transaction is replaced by a dearer one."""
    attempts: int = 5
    """Times a transaction is waited for before giving up."""
    gas_margin_percent: int = 25
    """Gas limit above the estimate: state may change between the two."""

    def cap(self, gas: int) -> int:
        """Most a transaction with this gas limit may offer, wei per gas, rounded down."""
        if self.max_cost is None:
            return self.max_fee
        return min(self.max_fee, self.max_cost // max(gas, 1))

    def offer(self, market: FeeMarket, gas: int, least_tip: int = 0) -> Fees:
        """What the first transaction offers. Raises FeesAboveCap when that cannot be enough."""
        tip = max(self._tip(market), least_tip)
        cap = self.cap(gas)
        if market.base_fee + tip > cap:
            raise FeesAboveCap(market.base_fee + tip, cap)
        return Fees(min(self._most(market, tip), cap), tip)

    def raise_offer(
        self, refused: Fees, market: FeeMarket, gas: int, needed_tip: int | None
    ) -> Fees | None:
        """The next offer after a node found this one too cheap; None when the cap is reached.

        `needed_tip` is the least tip that the node named. Where it named none, its advice is taken
        next, and then twice the last offer each time.
        """
        tip = needed_tip
        if tip is None:
            advice = market.suggested_tip or 0
            tip = advice if advice > refused.tip else refused.tip * 2
        cap = self.cap(gas)
        wanted = max(self._most(market, tip), refused.max_fee)
        if tip > cap or min(wanted, cap) <= market.base_fee:
            return None
        raised = Fees(min(wanted, cap), tip)
        return None if raised == refused else raised

    def replace_offer(self, old: Fees, market: FeeMarket, gas: int) -> Fees | None:
        """What a replacement offers: what the chain asks now, and an eighth more than before.

        None when no replacement helps: the old offer is far above what is asked, or the cap is
        below what nodes would take.
        """
        tip = self._tip(market)
        asked = Fees(self._most(market, tip), tip)
        bumped = Fees(_bumped(old.max_fee), _bumped(old.tip))
        if bumped.max_fee > asked.max_fee * _MOST_OVER_ASKED:
            return None
        cap = self.cap(gas)
        new_tip = max(asked.tip, bumped.tip)
        new_max = min(max(asked.max_fee, bumped.max_fee, new_tip), cap)
        new_tip = min(new_tip, new_max)
        if new_max < bumped.max_fee or new_tip < bumped.tip:
            return None
        return Fees(new_max, new_tip)

    def _most(self, market: FeeMarket, tip: int) -> int:
        return market.base_fee * self.base_fee_percent // 100 + tip

    def _tip(self, market: FeeMarket) -> int:
        if market.paid_tip is not None:
            advice = market.suggested_tip
            tip = market.paid_tip if advice is None else min(market.paid_tip, advice)
        else:
            advice = self.tip if market.suggested_tip is None else market.suggested_tip
            # Nobody competes for these blocks. Where the node wants more, it refuses and says so.
            tip = min(advice, market.base_fee // _IDLE_SHARE)
        return max(tip, 1)


def _bumped(fee: int) -> int:
    """An eighth more, rounded up, and at least one wei."""
    return -(-fee * _BUMP_EIGHTHS // 8) + (fee == 0)
