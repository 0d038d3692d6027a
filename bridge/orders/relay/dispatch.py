"""Matches sent by the relay: many at a time, each with an end of its own.

    in turn → cut to what blocks may hold → estimated → sent in a row → all waited for

Whatever one match meets, a refusal of its contract, of the node or of a cap, is that match's own.
Nothing here changes the book: `MatchSettlement` asks where a match is, and looks at the chain.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from bridge.orders.funds.chain_state import MarketState
from bridge.orders.relay.gas_shares import GasShares
from bridge.orders.relay.match_calls import MatchCalls
from bridge.orders.relay.match_plan import MatchPlan, PlannedMatch
from bridge.orders.relay.sender import Sender
from bridge.orders.relay.sendings import Sending, Sendings
from bridge.outbox.records import Outcome, PlannedCall, Verdict
from pargrade.chain.errors import (
    ChainError,
    FeesAboveCap,
    RpcDown,
    StuckTransaction,
    UnfundedWallet,
)
from pargrade.chain.fee_budget import FeesAboveDailyCap
from pargrade.process.failpoint import reached

_CANNOT_PAY: Final = (FeesAboveCap, FeesAboveDailyCap, UnfundedWallet)

_log = logging.getLogger("bridge.orders")


class MatchDispatch:
    """One relay's sending. `send` may be called from any thread, the rest with the book held."""

    def __init__(
        self,
        state: MarketState,
        calls: MatchCalls,
        sender: Sender,
        taker_percent: int,
        lock: threading.RLock,
        clock: Callable[[], int],
    ) -> None:
        self._state = state
        self._sender = sender
        self._clock = clock
        self._turn = threading.Lock()
        self._shares = GasShares(sender.fee_cap_per_day, taker_percent)
        self._sendings = Sendings(lock, clock)
        self._plan = MatchPlan(state, calls, sender, self._shares, self._sendings, clock)
        self._is_clear = False
        """Whether nothing is open that an earlier pass or run left."""
        self._failure = ""
        """Why the last pass could not go on."""

    @property
    def is_sending(self) -> bool:
        """Whether matches that wait can be sent: else their time runs from when they were made."""
        return not self._failure

    @property
    def problem(self) -> str:
        """Why matches were not sent lately; empty where they are."""
        found = self._failure or self._sendings.unpaid
        return found and f"matches are not sent, takers can send theirs: {found}"

    def find(self, sequence: int) -> Sending | None:
        """Where a match is; None before its turn."""
        return self._sendings.find(sequence)

    def forget_others(self, waiting: Sequence[int]) -> None:
        """Keeps what is known of matches that still wait."""
        self._sendings.keep(waiting)

    def take_blamed(self) -> set[bytes]:
        """Makers' orders that matches could not fill, since the last time."""
        return self._sendings.take_blamed()

    def send(self, waiting: Sequence[int]) -> None:
        """Sends matches, some at a time, in this order, and waits for their ends.

        Raises ChainError where the endpoint is down or an earlier transaction is stuck: what is
        open is taken up the next time.
        """
        with self._turn:
            self._take_up()
            planned = self._plan.make(self._sendings.in_turn(waiting))
            if planned:
                self._send(planned)

    def _take_up(self) -> None:
        if self._is_clear:
            return
        try:
            self._sender.recover()
        except (RpcDown, StuckTransaction) as failure:
            self._failure = str(failure)
            raise
        except ChainError as failure:
            # What is sent next takes the nonce of what the node refuses, and so ends it.
            self._failure = str(failure)
            _log.warning("what was open is not taken up: %s", failure)
            return
        self._is_clear, self._failure = True, ""
        self._sendings.close_all()

    def _send(self, planned: Sequence[PlannedMatch]) -> None:
        waiting = self._sendings.open({each.sequence: len(each.parts) for each in planned})
        planned = [each for each in planned if each.sequence in waiting]
        calls = [
            PlannedCall(part.call(self._state.exchange), f"match {each.sequence}", gas)
            for each in planned
            for part, gas in each.parts
        ]
        try:
            ends = self._sender.send_each(calls)
        except ChainError as failure:
            self._is_clear, self._failure = False, str(failure)
            raise
        reached("matches-sent")
        for each in planned:
            own, ends = ends[: len(each.parts)], ends[len(each.parts) :]
            self._note_ends(each, own)

    def _note_ends(self, planned: PlannedMatch, ends: Sequence[Outcome | ChainError]) -> None:
        sequence, sending = planned.sequence, self._sendings.find(planned.sequence)
        mined = [end for end in ends if isinstance(end, Outcome)]
        failed = [end for end in ends if not isinstance(end, Outcome)]
        cost = sum((o.gas_used or 0) * o.inclusion.gas_price for o in mined if o.inclusion)
        self._shares.note(planned.taker, cost, self._clock())
        is_sent = any(outcome.verdict is Verdict.DONE for outcome in mined)
        if is_sent and not failed:
            self._sendings.all_paid()
        for failure in failed:
            _log.warning("match %d is not sent whole: %s", sequence, failure)
        if sending is None:
            return
        if any(isinstance(end, StuckTransaction) for end in failed):
            # It may still be mined: until it is taken up nobody knows.
            self._is_clear, self._failure = False, str(failed[0])
            return
        self._sendings.close(sending, is_sent=is_sent)
        unpaid = [end for end in failed if isinstance(end, _CANNOT_PAY)]
        if unpaid:
            self._sendings.note_unpaid(sequence, sending, unpaid[0])
        elif not is_sent:
            self._sendings.refuse(sending, max((o.block or 0 for o in mined), default=0))
            _log.warning("match %d is refused: %s", sequence, [_describe(end) for end in ends])


def _describe(end: Outcome | ChainError) -> str:
    return end.verdict.value if isinstance(end, Outcome) else str(end)
