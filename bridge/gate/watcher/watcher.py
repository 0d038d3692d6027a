"""Watches a route at every block of both chains, and stops it where it may when something is wrong.

The supply of a representation changes by its gate's events alone, and the ledger holds each of them
against those before it; so nothing is minted beyond what is locked at any block without a fault
here. A watcher reads the newest blocks: it would rather stop once too often than once too late.
What the two chains are read at is not one moment, so a fault counts when a second look finds it.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.gate.ledger.ends import Followers
from bridge.gate.ledger.messages import Unexplained
from bridge.gate.ledger.reconciliation import compare_books
from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.outbox.records import Outcome
from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError

_log: Final = logging.getLogger("bridge.gate")

Send = Callable[[Call[Any], str], Outcome]
"""Sends a call under a name."""


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What one look found."""

    blocks: dict[str, int]
    """Newest block that was read, by end."""
    faults: tuple[str, ...]
    """What this look found."""
    alarms: tuple[str, ...]
    """What the look before found, too."""
    stopped: tuple[str, ...] = ()
    """What was sent to stop the route."""

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "blocks": self.blocks,
            "faults": list(self.faults),
            "alarms": list(self.alarms),
            "stopped": list(self.stopped),
        }


@dataclass(slots=True)
class Watcher:
    """One route, watched by who may be able to stop it."""

    pair: RoutePair
    followers: Followers
    account: Address | None = None
    """Whose roles are used; None only watches."""
    senders: Mapping[RouteSide, Send] = field(default_factory=dict)
    _before: frozenset[str] = frozenset()

    def look(self) -> WatchReport:
        """Reads both chains. Raises ChainError, DatabaseDown: then nothing is known or stopped."""
        faults = tuple(dict.fromkeys(self._find()))
        # Figures move on from look to look; what is wrong keeps its name.
        names = frozenset(fault.partition(" (")[0] for fault in faults)
        alarms = tuple(fault for fault in faults if fault.partition(" (")[0] in self._before)
        self._before = names
        for alarm in alarms:
            _log.critical("route 0x%s: %s", self.pair.route.id.hex()[:8], alarm)
        stopped = tuple(self._stop()) if alarms else ()
        heads = {"home": self.followers.home.head, "remote": self.followers.remote.head}
        blocks = {end: head.number for end, head in heads.items() if head is not None}
        return WatchReport(blocks, faults, alarms, stopped)

    def _find(self) -> list[str]:
        try:
            ledger = self.followers.sync()
        except Unexplained as unexplained:
            return [f"chain {unexplained.chain_id}: {unexplained.reason}"]
        found = list(ledger.unexplained())
        for follower in (self.followers.home, self.followers.remote):
            for each in compare_books(follower):
                figures = f"(block {each.block}: {each.ledger}, not {each.gate})"
                found.append(
                    f"chain {each.chain_id}: {each.what} differs from the gate's {figures}"
                )
        return found

    def _stop(self) -> list[str]:
        """Uses whatever role there is, at both ends; each failure is its own."""
        done = []
        for side in RouteSide:
            try:
                stops = self._stops(self.pair.end(side))
            except PargradeError as failure:
                _log.error("%s could not be stopped: %s (%s)", side.value, failure, failure.hint)
                continue
            for name, call in stops:
                try:
                    outcome = self.senders[side](call, name)
                except PargradeError as failure:
                    _log.error("%s did not succeed: %s (%s)", name, failure, failure.hint)
                else:
                    done.append(f"{name}: {outcome.verdict.value}")
        return done

    def _stops(self, end: GateEnd) -> list[tuple[str, Call[Any]]]:
        """What this account may do to stop an end that is not stopped yet, strongest first."""
        route, gate = self.pair.route.id, end.gate
        state = gate.route_state(route, block=Tag.LATEST)
        now = end.chain.head().timestamp
        if state.stopped_until > now or self.account is None:
            return []
        if self._may(end, "stop_routes"):
            return [(f"{end.side.value}: stop the route", gate.stop_routes((route,)))]
        calls: list[tuple[str, Call[Any]]] = []
        if not state.entry_stopped and self._may(end, "stop_entry"):
            calls.append((f"{end.side.value}: stop entry", gate.stop_entry((route,))))
        is_delayed = gate.delayed_until(route, block=Tag.LATEST) > now
        if not is_delayed and self._may(end, "delay_inbound"):
            calls.append((f"{end.side.value}: hold arrivals back", gate.delay_inbound((route,))))
        return calls

    def _may(self, end: GateEnd, function: str) -> bool:
        assert self.account is not None
        selector = BridgeGate.SELECTORS[function]
        may = end.governance.can_call(self.account, end.gate.address, selector, block=Tag.LATEST)
        return bool(may.immediate)
