"""Rolls: two halves of one signature, filled from two books for equal lots, or not.

A roll takes and never makes: the exchange fills it from orders of each series, and a fill names one
order as its maker. So a roll that is not filled whole waits beside the books, and takes again when
both have something for it, the earliest first.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from bridge.orders.book.entry import BookOrder, Ended, OrderEnd, Outcome, Parts
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.matches import OpenMatches
from bridge.orders.book.matching import FillPlan
from bridge.orders.book.out_of_turn import NotReturning
from bridge.orders.book.returns import MOST_RETURNS
from bridge.orders.book.waiting import WaitingOrders

_MOST_ROUNDS: Final = 8
"""Of planning: each round asks both books for what the poorer one had."""

PlanHalf = Callable[[BookOrder, int, Tallies], FillPlan]


class RollDesk:
    """Rolls of all series, those that wait among them."""

    __slots__ = ("_epochs", "_lanes", "_matches", "_plan_half", "_waiting")

    def __init__(
        self,
        lanes: Lanes,
        waiting: WaitingOrders,
        matches: OpenMatches,
        epochs: dict[bytes, int],
        plan_half: PlanHalf,
    ) -> None:
        self._lanes = lanes
        self._waiting = waiting
        self._matches = matches
        self._epochs = epochs
        self._plan_half = plan_half

    def place(
        self, near: BookOrder, far: BookOrder, sequence: int, *, waits: bool = False
    ) -> Outcome:
        """Fills both halves for equal lots; what the books do not have ends, or waits.

        Both have the roll's hash, and `Book.refuse` lets both pass. Raises RollsFull.
        """
        if waits:
            self._waiting.admit_roll(near.maker)
        for half in (near, far):
            half.sequence = sequence
        outcome = self._match(near, far, self._plan(near, far), sequence, waits=waits)
        left = self._lanes.left(near)
        if not waits or not left:
            return outcome
        self._waiting.add((near, far), sequence)
        return replace(outcome, rests=left, end=OrderEnd.NONE)

    def may_fill(self, near: BookOrder, far: BookOrder) -> bool:
        """Whether both books have something for a roll that waits."""
        return bool(self._plan(near, far))

    def resume(self, near: BookOrder, far: BookOrder, sequence: int) -> Outcome:
        """A roll that waits takes again; `near` and `far` have the ways that are paid for now.

        Raises NotReturning, having changed nothing, where it does not wait, an earlier one of the
        same books comes before it, or there is nothing for it.
        """
        kept = self._waiting.by_hash.get(near.hash, ())
        if len(kept) != 2:
            raise NotReturning(near.hash, "it does not wait")
        if not near.ways or not far.ways:
            self._waiting.end(near.hash)
            return Outcome(end=OrderEnd.UNFUNDED)
        self._require_first(near)
        plans = self._plan(near, far)
        if not plans and (near.ways, far.ways) == (kept[0].ways, kept[1].ways):
            raise NotReturning(near.hash, "the books have nothing for it")
        self._waiting.replace((near, far))
        outcome = self._match(near, far, plans, sequence, waits=True)
        left = self._lanes.left(near)
        return replace(outcome, rests=left, end=OrderEnd.NONE) if left else outcome

    def wait_again(self, roll: Parts) -> list[Ended]:
        """After a match that the chain refused: the roll waits on, a stated number of times."""
        near = roll[0]
        kept = self._waiting.by_hash.get(near.hash)
        first = kept[0] if kept else near
        first.returns += 1
        if first.returns > MOST_RETURNS:
            if kept is None:
                return []
            self._waiting.end(near.hash)
            return [Ended(near.hash, OrderEnd.PAIR_UNFILLED)]
        lane = self._lanes.state(near.key)
        is_over = near.epoch < self._epochs.get(near.maker, 0) or (
            lane is not None and near.nonce <= lane.cancelled
        )
        if kept is None and not is_over and self._lanes.left(near):
            self._waiting.add(roll, near.sequence)
        return []

    def _require_first(self, near: BookOrder) -> None:
        for other, across in self._waiting.rolls():
            if other.hash == near.hash:
                return
            same_books = (other.series, other.side) == (near.series, near.side)
            if same_books and self.may_fill(other, across):
                raise NotReturning(near.hash, f"roll 0x{other.hash.hex()} came before it")

    def _plan(self, near: BookOrder, far: BookOrder) -> tuple[FillPlan, ...]:
        """A plan for each half, of equal lots; none where the books have nothing in common."""
        wanted = self._lanes.left(near)
        for _ in range(_MOST_ROUNDS):
            tallies: Tallies = {}
            plans = tuple(self._plan_half(half, wanted, tallies) for half in (near, far))
            got = min(plan.lots for plan in plans)
            if not got:
                break
            if all(plan.lots == got for plan in plans):
                return plans
            wanted = got
        return ()

    def _match(
        self,
        near: BookOrder,
        far: BookOrder,
        plans: tuple[FillPlan, ...],
        sequence: int,
        *,
        waits: bool,
    ) -> Outcome:
        if not plans:
            return Outcome(end=OrderEnd.PAIR_UNFILLED)
        spent = [(near.key, near.nonce, plans[0].lots), *plans[0].spent, *plans[1].spent]
        met = tuple(maker for plan in plans for maker in plan.makers)
        ended = self._matches.begin(sequence, spent, met, (near, far) if waits else ())
        end = OrderEnd.PAIR_UNFILLED if self._lanes.left(near) else OrderEnd.FILLED
        fills, far_fills = (tuple(plan.fills) for plan in plans)
        return Outcome(fills, far_fills, 0, end, tuple(ended))
