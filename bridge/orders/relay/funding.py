"""Which orders their makers can pay for and their series have room for, at the chain's block."""

from bridge.orders.funds.chain_state import MarketState
from bridge.orders.funds.means import paid_ways, why_unpaid
from bridge.orders.funds.room import open_ways, why_no_room
from bridge.orders.signed.order import Signed, SignedOrder
from bridge.orders.signed.refusals import NoFunds, NoRoomToOpen
from bridge.orders.signed.verification import Verifier


class Funding:
    """Safe to share between threads."""

    def __init__(self, state: MarketState, verifier: Verifier) -> None:
        self._state = state
        self._verifier = verifier

    def ways(self, order: SignedOrder, lots: int | None = None) -> int:
        """The ways in which the maker can fill so many lots, all by default.

        Raises NoFunds, or NoRoomToOpen where all that it can pay for opens pairs, without room.
        """
        wanted = order.lots if lots is None else lots
        paid = self._paid(order, wanted)
        means, room = self._state.means(order.maker, order.series), self._state.room(order.series)
        if found := open_ways(order.side, paid, wanted, means, room):
            return found
        raise NoRoomToOpen(order.hash, wanted, why_no_room(order.side, wanted, means, room))

    def lacks_all(self, signed: Signed) -> NoFunds | None:
        """Why a maker can pay for no lot of an order; its lane may have filled all the others.

        None where it can, and where that is not known without a question.
        """
        for half in signed.halves:
            if not self._state.knows(half.maker, half.series):
                continue
            try:
                self._paid(half, 1)
            except NoFunds as refused:
                return refused
        return None

    def _paid(self, order: SignedOrder, lots: int) -> int:
        detail = self._state.series[order.series]
        means = self._state.means(order.maker, order.series)
        ways = self._verifier.ways(order)
        if paid := paid_ways(order, ways, lots, detail, means):
            return paid
        raise NoFunds(order.hash, why_unpaid(order, ways, lots, detail, means))
