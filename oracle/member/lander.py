"""Brings reports to the chain in a thread of its own: a stuck transaction delays no message."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from oracle.member.ledger import CommitteeLedger, Landed, LandingRefused
from oracle.protocol.transmission.landing import Landing
from pargrade.errors import PargradeError

_log = logging.getLogger(__name__)

_TRIES: Final = 8
_PAUSE_S: Final = 0.25
"""A block of the slot's own second may be still to come: between tries of one report."""


class Lander:
    """Takes the newest report that is its turn. `offer` may be called from any thread."""

    def __init__(self, ledger: CommitteeLedger, last_slot: Callable[[], int]) -> None:
        """`last_slot` is that of the last round known here."""
        self.landed = 0
        self.refused = 0
        """Reports that the chain did not take: mostly those that another node had brought."""
        self.failed = 0
        self._ledger = ledger
        self._last_slot = last_slot
        self._changed = threading.Condition()
        self._next: Landing | None = None
        self._landed: Landed | None = None
        self._landed_votes = 0
        """REPORTs that the last report it brought had with it."""
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="landing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Begin nothing more. What was sent will be mined."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def join(self, seconds: float) -> bool:
        """Waits so long for what is under way. Returns whether it is over."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def offer(self, landing: Landing) -> None:
        """Bring a report, unless a later one is waiting."""
        with self._changed:
            waiting = self._next
            if waiting is None or waiting.report.slot <= landing.report.slot:
                self._next = landing
                self._changed.notify()

    def _run(self) -> None:
        while (landing := self._take()) is not None:
            slot = landing.report.slot
            try:
                landed = self._land(landing)
            except LandingRefused as refusal:
                self.refused += 1
                _log.info("%s", refusal)
            except PargradeError as failure:
                self.failed += 1
                _log.error("slot %d did not land: %s (%s)", slot, failure, failure.hint)
            except Exception:  # noqa: BLE001
                # A defect that one report shows: the next one is brought as usual.
                self.failed += 1
                _log.exception("landing slot %d broke", slot)
            else:
                if landed is not None:
                    self.landed += 1
                    self._landed, self._landed_votes = landed, len(landing.certificate.votes)
                    _log.info("landed slot %d, %d gas", slot, landed.gas)
                    if landed.too_fast:
                        _log.warning(
                            "indices %s move too fast for the signatures of slot %d",
                            sorted(landed.too_fast),
                            slot,
                        )

    def _take(self) -> Landing | None:
        with self._changed:
            self._changed.wait_for(lambda: self._next is not None or self._is_closed)
            landing, self._next = self._next, None
            return None if self._is_closed else landing

    def _land(self, landing: Landing) -> Landed | None:
        """None where another one came first, or a later report or one with more votes waits."""
        for left in reversed(range(_TRIES)):
            if self._next is not None or not self._is_open(landing):
                return None
            try:
                return self._ledger.land(landing, self._last_slot())
            except LandingRefused as refusal:
                if not refusal.is_early or not left or self._is_closed:
                    raise
            time.sleep(_PAUSE_S)
        return None

    def _is_open(self, landing: Landing) -> bool:
        """Whether the chain may still take a report of that slot, as far as is known here."""
        slot, last, known = landing.report.slot, self._landed, self._last_slot()
        if last is None or slot != last.slot:
            return slot > max(known, 0 if last is None else last.slot)
        # What this node brought goes again for the indices that asked for more signatures.
        has_more = len(landing.certificate.votes) > self._landed_votes
        return has_more and bool(last.too_fast) and slot >= known
