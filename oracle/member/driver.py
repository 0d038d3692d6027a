"""Drives a node's machine: clock, quotes, messages and chain in; disk, peers and chain out."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Final

from oracle.member.clock import MemberClock
from oracle.member.day_values import DayValues
from oracle.member.ledger import LedgerState
from oracle.member.ledger_watch import LedgerWatch
from oracle.member.past import Recall, is_decided
from oracle.member.quote_table import QuoteTable
from oracle.member.seat import Seat
from oracle.member.seating import Seating
from oracle.protocol.batch.table import Table
from pargrade.clock import DAY_S, midnight_of
from pargrade.errors import PargradeError

_log = logging.getLogger(__name__)

_LONGEST_WAIT_S: Final = 0.5
"""The machine's clock may be set, and quotes come without a word."""
_RETRY_S: Final = 1.0
_AT_ONCE: Final = 64
"""Messages between two looks at the clock."""


class Driver:
    """The one thread in which a node's machine runs."""

    def __init__(
        self,
        clock: MemberClock,
        watch: LedgerWatch,
        recall: Recall,
        values: DayValues,
        quotes: QuoteTable,
        seating: Seating,
    ) -> None:
        self.seat: Seat | None = None
        """None while the node takes no part."""
        self.problem = "the node has just started"
        """Why it takes no part; empty when it does."""
        self.table: Table = {}
        self.defects = 0
        self.turned_at = time.monotonic()
        """When the thread last went round, by the monotonic clock."""
        self._clock = clock
        self._watch = watch
        self._recall = recall
        self._values = values
        self._quotes = quotes
        self._seating = seating
        self._due = self._ticked_at = 0.0
        self._ended = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="protocol", daemon=True)

    @property
    def left_out(self) -> Mapping[str, str]:
        """By list, what of it is not in this node's batches, and why."""
        return self._quotes.left_out

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, seconds: float) -> bool:
        """End after the step that is under way. Returns whether it ended in time."""
        self._ended.set()
        self.wake()
        self._thread.join(seconds)
        seat = self.seat
        if seat is not None:
            seat.deliveries.close()
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Look around now: the chain or the quotes have changed."""
        self._woken.set()
        # Read once: the driving thread may leave it meanwhile.
        seat = self.seat
        if seat is not None:
            seat.deliveries.inbox.wake()

    def _run(self) -> None:
        while not self._ended.is_set():
            self.turned_at = time.monotonic()
            try:
                self._step()
            except PargradeError as failure:
                self._leave(f"{failure}")
                _log.error("%s (%s)", failure, failure.hint)
                self._ended.wait(_RETRY_S)
            except Exception:  # noqa: BLE001
                # A defect. The machine may believe what is not on disk, so it goes, too.
                self.defects += 1
                self._leave("a step broke")
                _log.exception("a step broke")
                self._ended.wait(_RETRY_S)

    def _step(self) -> None:
        state = self._watch.kept()
        seat = None if state is None else self._find_seat(state)
        if state is None or seat is None:
            self._woken.wait(_LONGEST_WAIT_S)
            self._woken.clear()
            return
        now = self._clock.now()
        inbox = seat.deliveries.inbox
        is_woken = self._woken.is_set()
        self._woken.clear()
        if is_woken or now >= self._due or abs(now - self._ticked_at) >= _LONGEST_WAIT_S:
            self._ticked_at = now
            self.table = self._quotes.read(now)
            self._due = seat.tick(now, self.table, state.last_slot)
        for _ in range(_AT_ONCE):
            arrived = inbox.take()
            if arrived is None:
                break
            self._due = seat.receive(arrived.sender, arrived.raw, self._clock.now())
        else:
            return
        inbox.wait(min(self._due - self._clock.now(), _LONGEST_WAIT_S))

    def _find_seat(self, state: LedgerState) -> Seat | None:
        """The part this node takes at a state; None while it can take none."""
        if self.seat is not None and self.seat.stored != state.stored:
            self._leave("the committee has changed")
        if not self._has_memory(state):
            return None
        if self.seat is None:
            self.seat = self._seating.take(state, self._clock.now())
            self._due = 0.0
        self.problem = "" if self.seat else "the key is not in the committee"
        return self.seat

    def _has_memory(self, state: LedgerState) -> bool:
        now = self._clock.now()
        today = midnight_of(int(now))
        grid_s = state.stored.committee.grid_s
        tomorrow = today + DAY_S
        if now >= tomorrow - grid_s / 2 and is_decided(tomorrow, state):
            # Made ahead, so that the first slot of the day waits for nothing.
            self._recall.want(state, tomorrow)
        elif is_decided(today, state):
            # With every head, as the chain may take back what the memory rests on.
            self._recall.want(state, today)
        for midnight in (today, tomorrow):
            self._values.follow(midnight, self._recall.take(midnight))
        if self._values.knows(today):
            return True
        if self._recall.problem:
            self._leave(self._recall.problem)
        else:
            # The seat is kept: peers need not open it again, and their messages wait.
            self.problem = "what was agreed on before is being read"
        return False

    def _leave(self, problem: str) -> None:
        self.problem = problem
        seat, self.seat = self.seat, None
        if seat is not None:
            seat.deliveries.close()
