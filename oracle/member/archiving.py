"""Moves the input sets of finished days from the store to Parquet, in a thread of its own."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from oracle.member.ledger import CommitteeLedger, LedgerState
from oracle.member.set_archivist import SetArchivist
from oracle.member.set_finder import SetFinder
from oracle.protocol_store.day_sets import archive_of, day_root, part_name
from oracle.protocol_store.input_store import KEPT_S, InputStore
from oracle.valuation.memory import AgreedRound, midnight_rounds
from pargrade.clock import DAY_S, midnight_of
from pargrade.errors import PargradeError

_log = logging.getLogger(__name__)

SETTLED_S: Final = 3_600
"""A day is sealed so long after its end, by the head of the chain: no report of it is usable any
more. Should a re-org reach back further, the other rounds make another part beside this one."""
_LOOK_S: Final = 1.0
_LEAST_S: Final = 60.0
"""Between two sealings: where days are replayed, they would pass as fast as processes start."""
_RETRY_S: Final = 600.0
"""After a day that could not be sealed: a peer that has what is missing may be back."""


class Archiving:
    """Seals days in which this member took part."""

    def __init__(
        self,
        ledger: CommitteeLedger,
        kept: Callable[[], LedgerState | None],
        store: InputStore,
        finder: SetFinder,
        archivist: SetArchivist,
    ) -> None:
        """`kept` gives the last state of the chain."""
        self.problem = ""
        """Why a finished day stays in the store, as of the last look; empty when none does."""
        self.sealed = 0
        """Days that this process moved to the archive."""
        self._ledger = ledger
        self._kept = kept
        self._store = store
        self._finder = finder
        self._archivist = archivist
        self._sealed: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a day that is being sealed is continued at the next start."""
        self._ended.set()
        self._archivist.close()

    def join(self, seconds: float) -> bool:
        """Waits so long for what is under way. Returns whether it is over."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def seal_due(self, state: LedgerState) -> str:
        """Seal every finished day that is not yet. Returns why a day stays in the store, or "".

        Raises ChainError, DatabaseDown.
        """
        end = midnight_of(state.head.timestamp - SETTLED_S)
        open_days = [each for each in self._store.agreed_days(end) if each not in self._sealed]
        if not open_days:
            return ""
        rounds = self._ledger.rounds(state)
        decided = midnight_rounds(rounds, end, state.stored.committee.grid_s)
        # The memory of every later day is made of these.
        held = {each.slot for each in decided.values()}
        found = ""
        for midnight in open_days:
            of_day = [each for each in rounds if midnight <= each.slot < midnight + DAY_S]
            if not self._is_done(midnight, of_day, held):
                problem = self._seal(midnight, of_day, held, state.head.timestamp)
                if problem or self._ended.is_set():
                    found = problem
                    continue
                self.sealed += 1
            self._sealed.add(midnight)
        self._discard_before(midnight_of(state.last_slot - KEPT_S), held)
        return found

    def _discard_before(self, midnight: int, held: set[int]) -> None:
        """Days that could not be archived in all that time go; what memories rest on never does."""
        if self._store.kept_slots(0, midnight) - held:
            self._store.release(0, midnight, held)

    def _is_done(self, midnight: int, rounds: Sequence[AgreedRound], held: set[int]) -> bool:
        if self._store.kept_slots(midnight, midnight + DAY_S) - held:
            return False
        root = day_root((each.slot, each.root) for each in rounds)
        name = part_name(midnight, root)
        return not rounds or (archive_of(self._store.path.parent) / name).is_dir()

    def _seal(self, midnight: int, rounds: Sequence[AgreedRound], held: set[int], now: int) -> str:
        """Returns why the day stays in the store, or an empty text."""
        try:
            for each in rounds:
                if self._ended.is_set():
                    return ""
                self._finder.find(each)
        except PargradeError as failure:
            return str(failure)
        slots = [each.slot for each in rounds if each.slot in held]
        stated = [(each.slot, each.root) for each in rounds]
        return self._archivist.seal(midnight, stated, slots, now)

    def _run(self) -> None:
        done_until = 0
        pause_s = 0.0
        while not self._ended.wait(pause_s):
            pause_s = _LOOK_S
            state = self._kept()
            if state is None or midnight_of(state.head.timestamp - SETTLED_S) == done_until:
                continue
            before = self.sealed
            try:
                self.problem = self.seal_due(state)
            except PargradeError as failure:
                self.problem = str(failure)
            except Exception:  # noqa: BLE001
                # A defect: evidence stays in the store, and nothing else is held up.
                self.problem = "a day could not be sealed"
                _log.exception("archiving broke")
            if self.sealed > before:
                pause_s = _LEAST_S
                _log.info("input sets of %d days are in the archive", self.sealed - before)
            if self.problem:
                pause_s = _RETRY_S
                _log.warning("%s", self.problem)
            else:
                done_until = midnight_of(state.head.timestamp - SETTLED_S)
