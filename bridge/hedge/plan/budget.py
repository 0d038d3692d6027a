"""What is left of a policy's lots and cash while months are planned, and what an order may pay."""

from fractions import Fraction
from typing import Final

from bridge.hedge.plan.policy import Policy, SeriesOffer
from pargrade.units import TICK, Rounding, divide

LOTS_A_SCU: Final = 100
_PRICE_ONE: Final = 10**8


class Budget:
    """What is left of the policy's lots and cash while months are planned, the nearest first."""

    def __init__(self, policy: Policy, held_lots: int) -> None:
        self.policy = policy
        self._lots = max(policy.max_lots - held_lots, 0)
        self._cash6 = int(Fraction(policy.max_cash_usd) * 10**6)

    def take(self, wanted: int, offer: SeriesOffer) -> tuple[int, int, tuple[str, ...]]:
        """Lots that may be bought, their cash in micro-dollars, and the bounds that bit."""
        bounds = []
        lots = wanted
        a_month = max(self.policy.max_lots_a_month - offer.held_lots, 0)
        if lots > a_month:
            lots = a_month
            bounds.append(f"max_lots_a_month {self.policy.max_lots_a_month}")
        if lots > self._lots:
            lots = self._lots
            bounds.append(f"max_lots {self.policy.max_lots}")
        limit8 = limit_of(offer, self.policy)
        affordable = int(self._cash6 * LOTS_A_SCU / _cash_a_scu6(offer, limit8))
        if lots > affordable:
            lots = affordable
            bounds.append(f"max_cash_usd {self.policy.max_cash_usd}")
        cash6 = cash_of(offer, limit8, lots)
        self._lots -= lots
        self._cash6 -= cash6
        return lots, cash6, tuple(bounds)


def limit_of(offer: SeriesOffer, policy: Policy) -> int:
    """The most an order may pay: price and slippage, down to the tick, at most max_price_usd."""
    exact = int(offer.price) * (1 + Fraction(policy.orders.slippage))
    most = min(exact, Fraction(policy.max_price_usd) * _PRICE_ONE)
    return max(int(most / TICK) * int(TICK), int(offer.price))


def cash_of(offer: SeriesOffer, limit8: int, lots: int) -> int:
    """Micro-dollars that lots tie up at a limit, less L of a BANDED series. Rounded up."""
    amount = _cash_a_scu6(offer, limit8) * lots / LOTS_A_SCU
    return divide(amount.numerator, amount.denominator, Rounding.CEIL)


def _cash_a_scu6(offer: SeriesOffer, limit8: int) -> Fraction:
    low8 = int(offer.low) if offer.style == "BANDED" else 0
    return Fraction(limit8 - low8, _PRICE_ONE) * 10**6
