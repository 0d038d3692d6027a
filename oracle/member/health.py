"""Whether a committee node does its work: a part in the committee, rounds, peers, disk, chain."""

import os
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from oracle.member.ledger import LedgerState
from oracle.member.member import CommitteeNode
from oracle.member.seat import Seat
from pargrade.database import DatabaseDown
from pargrade.journal.refusals import JournalFailed
from pargrade.text import printable

_VERSION: Final = version("pargrade")

_HEARTBEATS: Final = 2
"""A round has to land within so many."""
_TURN_S: Final = 10.0
"""The thread that drives the machine goes round at least twice a second."""
_HEAD_SLOTS: Final = 3
"""A report is usable so long: with an older head no round is possible."""
_MOST_SHOWN: Final = 300
_MOST_LISTS: Final = 20


class MemberHealth:
    """The health of one node: everything was known before, but whether the disk takes a write."""

    def __init__(self, member: CommitteeNode) -> None:
        self._member = member
        self._started = time.monotonic()

    def read(self) -> dict[str, Any]:
        """What `/health` says; `ok` is true when `problems` is empty."""
        member, state, seat = self._member, self._member.watch.kept(), self._member.driver.seat
        problems = [self._find_disk_problem(), member.driver.problem, member.watch.problem]
        facts: dict[str, Any] = {
            "ok": True,
            "problems": [],
            "name": member.config.name,
            "version": _VERSION,
            "pid": os.getpid(),
            "reporter": member.config.reporter,
            "chain_id": member.config.chain.id,
            "spot_index": member.config.chain.spot_index,
            "lists": len(member.driver.table),
            "left_out": _shown(member.driver.left_out),
            "landed": member.lander.landed,
            "archive_problem": printable(member.archiving.problem, _MOST_SHOWN),
        }
        turn_s = time.monotonic() - member.driver.turned_at
        if turn_s > _TURN_S:
            problems.append(f"the machine has not moved for {turn_s:.0f} s")
        if not member.driver.table and seat is not None:
            problems.append("it has no quotes")
        if state is None:
            problems.append("the chain was not read yet")
        else:
            facts |= _chain_facts(state, member)
            problems += self._find_chain_problems(state)
        if seat is not None:
            facts |= _seat_facts(seat)
            problems.append(_find_peer_problem(seat))
        shown = [printable(each, _MOST_SHOWN) for each in problems if each]
        return facts | {"ok": not shown, "problems": shown}

    def _find_disk_problem(self) -> str:
        try:
            self._member.journal.check()
            self._member.store.check()
        except (JournalFailed, DatabaseDown) as failure:
            return str(failure)
        return ""

    def _find_chain_problems(self, state: LedgerState) -> list[str]:
        committee, watch = state.stored.committee, self._member.watch
        found = []
        head_s = watch.head_age_s()
        if head_s > _HEAD_SLOTS * committee.grid_s:
            found.append(f"the head of the chain has not moved for {head_s:.0f} s")
        most = _HEARTBEATS * committee.heartbeat_s
        age_s = max(state.head.timestamp - state.last_slot, int(watch.round_age_s()))
        if not state.last_slot:
            # An index without any round yet is given as long from the start of the node.
            age_s = int(time.monotonic() - self._started)
        if age_s > most:
            found.append(f"the last round is {age_s} s old, at most {most} are well")
        return found


def _shown(left_out: Mapping[str, str]) -> dict[str, str]:
    """A venue's doing, and so no problem of the node: the other lists count as before."""
    named = sorted(left_out.items())[:_MOST_LISTS]
    return {printable(name, _MOST_SHOWN): reason for name, reason in named}


def _chain_facts(state: LedgerState, member: CommitteeNode) -> dict[str, Any]:
    last = state.last_slot
    return {
        "head": {"number": state.head.number, "timestamp": state.head.timestamp},
        "head_age_s": round(member.watch.head_age_s(), 1),
        "epoch": state.epoch,
        "position": state.position(member.config.reporter),
        "last_slot": last or None,
        "last_round_age_s": state.head.timestamp - last if last else None,
        "replayed": bool(state.stored.committee.flags),
    }


def _seat_facts(seat: Seat) -> dict[str, Any]:
    deliveries = seat.deliveries
    facts: dict[str, Any] = {
        "agreed_slot": seat.agreed_slot or None,
        "contradictions": seat.contradictions,
        "ignored": seat.ignored,
        "peers": {
            str(position): {
                "reached": deliveries.is_reached(position),
                "sent": sender.report.sent,
                "sent_bytes": sender.report.sent_bytes,
                "lost": sender.report.lost + sender.outbox.dropped,
                "problem": printable(sender.report.problem, _MOST_SHOWN),
            }
            for position, sender in deliveries.senders.items()
        },
    }
    link = deliveries.link
    if link is not None:
        facts["nats"] = {
            "reached": [each for each in deliveries.inbox.refused if link.reaches(each)],
            "sent": link.sent,
            "refused": link.refused,
            "by_http": link.failed,
            "problem": printable(link.problem, _MOST_SHOWN),
        }
    return facts


def _find_peer_problem(seat: Seat) -> str:
    """A node that reaches too few others takes part in no round."""
    deliveries = seat.deliveries
    reports = {position: each.report for position, each in deliveries.senders.items()}
    reached = {each for each in deliveries.inbox.refused if deliveries.is_reached(each)}
    untried = [each for each in reports if each not in reached and not reports[each].problem]
    live = seat.stored.committee.bounds.live
    if not untried and len(reached) + 1 < live:
        return f"it reaches {len(reached)} members, {live - 1} are needed"
    return ""
