"""Whether a node does its work: a recent round, punctual polls, a chain, a journal, a value."""

import math
import os
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

from oracle.consensus.chain_state import ChainState
from oracle.node.node import Node
from oracle.node.reporter import NotReporter, WrongMethod
from pargrade.chain.errors import ChainError
from pargrade.journal.refusals import JournalFailed
from pargrade.process.schedule import ScheduleReport
from pargrade.text import printable

_VERSION: Final = version("pargrade")

_HEARTBEATS: Final = 2
"""A round has to land within so many."""

_KEPT_S: Final = 0.25
"""A result serves all who ask within so many seconds: each reads the chain."""

_MOST_SHOWN: Final = 300
"""Characters of a problem: some hold an endpoint's text."""


class HealthCheck:
    """The health of one node. Safe to share between threads."""

    def __init__(self, node: Node, polls: Callable[[], ScheduleReport]) -> None:
        self._node = node
        self._polls = polls
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._kept: dict[str, Any] = {}
        self._kept_since = -math.inf

    def kept(self) -> dict[str, Any] | None:
        """The last result while it is new enough; asks nobody and waits for nobody."""
        # The time is read first: a newer result than it belongs to is as good.
        is_new = time.monotonic() - self._kept_since < _KEPT_S
        return self._kept if is_new else None

    def read(self) -> dict[str, Any]:
        """What `/health` says; `ok` is true when `problems` is empty.

        Askers who wait while another one is served share the next result.
        """
        asked = time.monotonic()
        with self._lock:
            kept = self._kept if self._kept_since >= asked else self.kept()
            if kept is None:
                began = time.monotonic()
                kept = self._kept = self._read()
                self._kept_since = began
            return kept

    def _read(self) -> dict[str, Any]:
        node, polls = self._node, self._polls()
        facts: dict[str, Any] = {
            "ok": True,
            "problems": [],
            "name": node.config.name,
            "version": _VERSION,
            "pid": os.getpid(),
            "reporter": node.reporter.address,
            "chain_id": node.config.chain.id,
            "spot_index": node.config.chain.spot_index,
            "replayed": node.reporter.replayed,
            "missed_polls": polls.missed,
            "late_polls": polls.late,
            "poll_lateness_s": round(polls.lateness_s, 3),
            "clock_jumps": polls.clock_jumps,
        }
        problems = [] if polls.on_time else ["the last poll was not on time"]
        facts["journal"] = self._find_journal_problem() or "ok"
        chain_facts, chain_problems = self._read_chain()
        facts |= chain_facts
        if facts["journal"] != "ok":
            problems.append(facts["journal"])
        problems += chain_problems
        return facts | {
            "ok": not problems,
            "problems": [printable(problem, _MOST_SHOWN) for problem in problems],
        }

    def _find_journal_problem(self) -> str | None:
        try:
            self._node.journal.check()
        except JournalFailed as failure:
            return str(failure)
        return None

    def _read_chain(self) -> tuple[dict[str, Any], list[str]]:
        """Facts of the chain, and problems with them."""
        node = self._node
        try:
            state = node.chain_state_reader.read()
        except ChainError as failure:
            text = printable(str(failure), _MOST_SHOWN)
            return {"chain": text}, [text]
        head, last = state.head, state.last_slot
        ages = node.chain_state_reader.ages()
        facts = {
            "chain": "ok",
            "head": {"number": head.number, "timestamp": head.timestamp},
            "head_age_s": round(ages.head_s, 1),
            "epoch": state.epoch,
            "position": state.position(node.reporter.address),
            "last_slot": last or None,
            "last_round_age_s": head.timestamp - last if last else None,
        }
        found = (
            self._find_duty_problem(state),
            self._find_value_problem(),
            _find_head_problem(ages.head_s, state),
            self._find_round_problem(ages.round_s, state),
        )
        return facts, [problem for problem in found if problem]

    def _find_duty_problem(self, state: ChainState) -> str | None:
        try:
            self._node.reporter.require_may_sign(state)
        except (NotReporter, WrongMethod) as refused:
            return str(refused)
        return None

    def _find_value_problem(self) -> str | None:
        latest = self._node.reporter.latest
        if latest is None or latest.value.reportable:
            return None
        facts = latest.value.to_json()
        return f"the index has no value: {facts.get('absent', facts.get('state'))}"

    def _find_round_problem(self, seen_s: float, state: ChainState) -> str | None:
        """By chain time, and by ours too: on a chain that stands still its own time does not run.

        An index without any round yet is given as long from the start of the node.
        """
        most = _HEARTBEATS * state.timing.heartbeat
        if not state.last_slot:
            watched_s = time.monotonic() - self._started
            return f"no round in {watched_s:.0f} s" if watched_s > most else None
        age_s = max(state.head.timestamp - state.last_slot, int(seen_s))
        return f"the last round is {age_s} s old, at most {most} are well" if age_s > most else None


def _find_head_problem(age_s: float, state: ChainState) -> str | None:
    # No slot is open any more after maxAge, so no value is possible.
    if age_s <= state.timing.max_age:
        return None
    return f"the head of the chain has not moved for {age_s:.0f} s"
