"""Gets what a node has to remember: rounds from the chain, input sets from its store or peers."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from oracle.index.method import Method
from oracle.member.ledger import CommitteeLedger, LedgerState
from oracle.member.set_finder import NotRemembered, SetFinder
from oracle.protocol.report.attested import Lines
from oracle.quotes.history import History
from oracle.quotes.quote import Quote
from oracle.valuation.lists import quotes_of
from oracle.valuation.memory import AgreedRound, CommonMemory, make_memory, midnight_rounds
from pargrade.chain.block import BlockStamp
from pargrade.clock import day_name, midnight_of
from pargrade.errors import PargradeError

_log = logging.getLogger(__name__)

_RETRY_S: Final = 2.0
_KEPT_DAYS: Final = 2
"""Today's, and that of tomorrow before it begins."""


class _Basis(NamedTuple):
    """All that the chain decides of a memory."""

    first_day: int | None
    """The midnight at or before the first round; None without one."""
    rounds: dict[int, AgreedRound]
    """Of every midnight that rounds decide."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A day's memory, and what it rests on."""

    memory: CommonMemory
    basis: _Basis
    block: BlockStamp
    """The chain with this block says so."""


class Past:
    """Makes the memory of a day. For one thread at a time."""

    def __init__(
        self, method: Method, opening: History, ledger: CommitteeLedger, finder: SetFinder
    ) -> None:
        """`opening` has the times of slots."""
        self._method = method
        self._opening = opening
        self._ledger = ledger
        self._finder = finder
        self._quotes: dict[AgreedRound, list[Quote]] = {}

    def remember(self, state: LedgerState, midnight: int) -> Remembered:
        """The memory of the day that begins at a midnight, unix seconds, as of a state after it.

        Raises NotRemembered, ChainError, DatabaseDown.
        """
        basis = self._basis(state, midnight)
        self._quotes = {each: self._quotes_of(each) for each in basis.rounds.values()}
        agreed = {instant: self._quotes[each] for instant, each in basis.rounds.items()}
        memory = make_memory(self._method, self._opening, basis.first_day, agreed, midnight)
        return Remembered(memory, basis, state.head)

    def renew(self, made: Remembered, state: LedgerState) -> Remembered | None:
        """The same memory as of a later state; None where the chain has taken back what it rests
        on. Raises ChainError.
        """
        # Whatever a midnight rests on landed before its memory was made, or never will.
        is_held = self._ledger.holds(made.block, state.head)
        if not is_held and self._basis(state, made.memory.midnight) != made.basis:
            return None
        return replace(made, block=state.head)

    def _basis(self, state: LedgerState, midnight: int) -> _Basis:
        rounds = self._ledger.rounds(state)
        first = min((each.slot for each in rounds), default=None)
        needed = midnight_rounds(rounds, midnight, state.stored.committee.grid_s)
        return _Basis(None if first is None else midnight_of(first), needed)

    def _quotes_of(self, wanted: AgreedRound) -> list[Quote]:
        known = self._quotes.get(wanted)
        return quotes_of(self._lines_of(wanted)) if known is None else known

    def _lines_of(self, wanted: AgreedRound) -> Lines:
        return self._finder.find(wanted).lines(self._finder.committee(wanted.epoch).committee)


class Recall:
    """Makes the memory of the day in a thread of its own, before the day begins where it can."""

    def __init__(self, past: Past) -> None:
        self.on_made: Callable[[], None] = _ignore
        """Called when a memory was made, or could not be."""
        self._past = past
        self._lock = threading.Lock()
        self._wanted: tuple[LedgerState, int] | None = None
        self._changed = threading.Condition(self._lock)
        self._made: Mapping[int, Remembered] = {}
        """By midnight."""
        self._is_closed = False
        self.problem = ""
        """Why the last try failed; empty when it did not."""
        self.lacks_inputs = False
        """Whether it failed for an input set that no peer gave."""
        self._thread = threading.Thread(target=self._run, name="recall", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End after what is under way."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def want(self, state: LedgerState, midnight: int) -> None:
        """Ask for a day's memory as of a state; the same again is asked for once."""
        with self._changed:
            made = self._made.get(midnight)
            if made is not None and made.block.hash == state.head.hash:
                return
            if self._wanted is None or self._wanted[1] != midnight:
                self._wanted = state, midnight
                self._changed.notify()

    def take(self, midnight: int) -> CommonMemory | None:
        """A day's memory, once it is made, and while the chain has what it rests on."""
        made = self._made.get(midnight)
        return None if made is None else made.memory

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted is not None or self._is_closed)
                if self._is_closed or self._wanted is None:
                    return
                state, midnight = self._wanted
            before = self.take(midnight)
            try:
                self._recall(state, midnight)
            except PargradeError as failure:
                self.problem = str(failure)
                self.lacks_inputs = isinstance(failure, NotRemembered)
                what = "memory not looked at" if self.take(midnight) else "not ready to take part"
                _log.warning("%s: %s (%s)", what, failure, failure.hint)
            except Exception:  # noqa: BLE001
                # A defect: without a memory the node takes no part, and says so.
                self.problem = "a memory could not be made"
                _log.exception("recalling broke")
            else:
                self.problem = ""
                self.lacks_inputs = False
            made = self.take(midnight)
            if made is None or made is not before:
                self.on_made()
            with self._changed:
                if not self.problem or self._is_closed:
                    self._wanted = None
                    continue
                self._changed.wait_for(lambda: self._is_closed, _RETRY_S)
                self._wanted = None

    def _recall(self, state: LedgerState, midnight: int) -> None:
        """Raises like `Past.remember`."""
        made = self._made.get(midnight)
        kept = None if made is None else self._past.renew(made, state)
        if made is not None and kept is None:
            _log.warning("a re-org changed what %s rests on", day_name(midnight))
            # Nothing is valued by it until it is made anew.
            self._made = self._others(midnight)
            self.on_made()
        found = kept or self._past.remember(state, midnight)
        others = list(self._others(midnight).items())[1 - _KEPT_DAYS :]
        self._made = dict([*others, (midnight, found)])

    def _others(self, midnight: int) -> dict[int, Remembered]:
        return {each: made for each, made in self._made.items() if each != midnight}


def _ignore() -> None:
    """Nobody waits."""


def is_decided(midnight: int, state: LedgerState) -> bool:
    """Whether all rounds that a midnight rests on have landed by a state's block, or never will."""
    return state.head.timestamp >= midnight - state.stored.committee.grid_s


def opening_history(history: History | None, shift_s: int) -> History:
    """An opening history with the times of slots; an empty one for None."""
    if history is None:
        return History.of(())
    columns = history.columns
    return History.of(replace(columns, observed_at=columns.observed_at + shift_s))
