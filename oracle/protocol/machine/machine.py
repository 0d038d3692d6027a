"""One node as a state machine: ticks and bytes in, an ordered list of outputs out. No I/O."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.batch.table import Table
from oracle.protocol.committee.committee import Committee
from oracle.protocol.machine.agreed import find_agreement, find_input_set
from oracle.protocol.machine.bodies import Bodies
from oracle.protocol.machine.dispatch import Dispatch
from oracle.protocol.machine.intake import Intake
from oracle.protocol.machine.outputs import Ignored, Output
from oracle.protocol.machine.pace import DEAD_AFTER, PACE, Pace
from oracle.protocol.machine.phases import Phases
from oracle.protocol.machine.promises import Promises
from oracle.protocol.machine.slot_state import SlotState
from oracle.protocol.message.calls import DeviationCall, Want
from oracle.protocol.message.envelope import Envelope, MessageKind
from oracle.protocol.report.attested import own_lines
from oracle.protocol.report.common_report import fit_figures
from oracle.protocol.report.input_set import Agreement, InputSet
from oracle.protocol.report.valuation import Figure, Valuation, deviates
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import Signatory

STEP_S: Final = 0.25
"""A slot in progress is looked at so often."""


@dataclass(frozen=True, slots=True)
class View:
    """What a node sees of the world at a tick."""

    table: Table
    last_slot: int
    """Slot of the last round on chain; 0 before the first."""


class Machine:
    """The protocol of one node. Times are seconds of its own clock, which may be off."""

    def __init__(
        self,
        committee: Committee,
        position: int,
        signatory: Signatory,
        valuation: Valuation,
        promises: Promises,
        pace: Pace = PACE,
        read: Callable[[bytes], Envelope] | None = None,
    ) -> None:
        """`read` reads messages: a simulator keeps for all nodes what it read for one."""
        self._shelf = shelf = Shelf()
        self._committee = committee
        self._valuation = valuation
        self._pace = pace
        self._intake = Intake(committee, signatory, shelf, read)
        self._dispatch = dispatch = Dispatch(committee, position, signatory, promises)
        self._bodies = bodies = Bodies(committee, shelf, pace, dispatch)
        self._phases = Phases(committee, valuation, shelf, pace, dispatch, bodies)
        self._view = View({}, 0)
        self._reference: tuple[Figure, ...] | None = None
        """This node's own figures as of the last round."""
        self._expected = frozenset(range(committee.bounds.nodes))
        """Positions that are not known to be dead."""
        self._absent: dict[int, int] = {}
        """By position, opened slots in a row without a batch."""
        self._current: int = 0
        self._resumed = False

    def tick(self, now: float, view: View) -> list[Output]:
        """What time and the world ask for."""
        moved = view.table is not self._view.table
        if view.last_slot != self._view.last_slot:
            self._refer_to(view)
        self._view = view
        self._resume(now)
        self._count_absent(now)
        self._open(now)
        if moved or self._calls(now):
            self._call(now)
        self._intake.forget(now)
        self._advance_all(now)
        return self._handed_out()

    def receive(self, sender: int, raw: bytes, now: float) -> list[Output]:
        """What another node's bytes ask for. Whatever they are, nothing is raised."""
        try:
            taken = self._intake.take(raw, now)
        except UnreadableMessage as refusal:
            return [Ignored(sender, str(refusal))]
        if taken is None:
            return []
        envelope, state = taken
        content, position = envelope.signed.content, envelope.signed.position
        if isinstance(content, Want):
            if position != sender:
                # Brought again by another, it would make this node send where nobody asked.
                return [Ignored(sender, f"WANT: of position {position}, not of its sender")]
            self._bodies.serve(state, content.root, position, now)
        else:
            self._open(now)
            self._advance(state, now)
        return self._handed_out()

    def wake_at(self, now: float) -> float:
        """When the next tick is due at the latest."""
        active, last_slot = False, self._view.last_slot
        for slot, state in self._intake.slots.items():
            active = active or (slot > last_slot and state.opened_at is not None)
        next_slot = float(self._committee.slot_at(now) + self._committee.grid_s)
        return min(next_slot, now + STEP_S) if active else next_slot

    def input_set(self, slot: int, digest: bytes) -> InputSet | None:
        """What the report with a digest was computed from here; None where it was not."""
        state = self._intake.slots.get(slot)
        if state is None:
            return None
        return find_input_set(state, digest, self._shelf, self._committee)

    def agreements(self, after: int = 0) -> Iterator[Agreement]:
        """The agreed reports of the slots in memory that are later than one, unix seconds."""
        for slot in sorted(self._intake.slots):
            if slot <= after:
                continue
            agreed = find_agreement(self._intake.slots[slot], self._committee.bounds.signatures)
            if agreed is not None:
                yield agreed

    def _resume(self, now: float) -> None:
        """After a start: take back what was promised for slots that are still open."""
        if self._resumed:
            return
        self._resumed = True
        for record in self._dispatch.promises.newest():
            try:
                self._intake.take(record.raw, now)
            except UnreadableMessage:
                continue  # of a slot that is over, or of an earlier epoch

    def _open(self, now: float) -> None:
        """Open the newest slot when a round is due in it."""
        slot = self._committee.slot_at(now)
        if slot <= self._view.last_slot:
            return
        state = self._intake.state(slot)
        if state.opened_at is not None or not self._is_due(state):
            return
        state.opened_at = now
        state.leader = self._committee.leader(slot, self._view.last_slot)
        self._current = slot
        self._phases.cut(state, self._view.table, now)

    def _is_due(self, state: SlotState) -> bool:
        since, attesters = state.slot - self._view.last_slot, self._committee.bounds.attesters
        if since >= self._committee.heartbeat_s:
            return True
        # Of f+1 batches one is an honest node's, which had a reason that this one missed.
        if len({root.position for root in state.batches}) >= attesters:
            return True
        return since >= self._committee.min_interval_s and len(state.callers) >= attesters

    def _count_absent(self, now: float) -> None:
        """Once a slot that was opened is over: whose batch came, and whose did not."""
        if not 0 < self._current < self._committee.slot_at(now):
            return
        before, self._current = self._intake.state(self._current), 0
        present = {root.position for root in before.batches}
        for position in range(self._committee.bounds.nodes):
            missed = self._absent.get(position, 0) + 1
            self._absent[position] = 0 if position in present else missed
        self._expected = frozenset(
            position for position, missed in self._absent.items() if missed < DEAD_AFTER
        )

    def _calls(self, now: float) -> bool:
        state = self._intake.slots.get(self._committee.slot_at(now) + self._committee.grid_s)
        sent_at = None if state is None else state.sent_at.get(MessageKind.CALL)
        return sent_at is not None and now - sent_at >= self._pace.call_again_s

    def _call(self, now: float) -> None:
        """Call for the next slot when this node's own values have moved."""
        slot = self._committee.slot_at(now) + self._committee.grid_s
        since, own = slot - self._view.last_slot, self._own_figures(slot)
        if self._reference is None:
            self._reference = own
        if not self._committee.min_interval_s <= since < self._committee.heartbeat_s:
            return
        if deviates(self._reference, own, self._committee.deviation_bps):
            state = self._intake.state(slot)
            state.callers.add(self._dispatch.position)
            self._dispatch.call_for(state, DeviationCall(slot), now)

    def _own_figures(self, slot: int) -> tuple[Figure, ...]:
        return fit_figures(self._committee, self._valuation(own_lines(self._view.table), slot))

    def _refer_to(self, view: View) -> None:
        """Values are held against this node's own at the round that landed."""
        state = self._intake.slots.get(view.last_slot)
        self._reference = None if state is None else state.own_figures

    def _advance_all(self, now: float) -> None:
        for state in list(self._intake.slots.values()):
            self._advance(state, now)

    def _advance(self, state: SlotState, now: float) -> None:
        if state.opened_at is None or state.slot < self._view.last_slot:
            return
        if state.slot == self._view.last_slot:
            if self._committee.indices > 1:
                self._phases.land_rest(state, now)
            return
        if state.slot == self._committee.slot_at(now):
            self._phases.have(state, self._expected, now)
            self._phases.propose(state, self._expected, now)
            self._bodies.ask(state, now)
            self._phases.prepare(state, now)
            self._phases.report(state, now)
        self._phases.land(state, now)

    def _handed_out(self) -> list[Output]:
        out = self._dispatch.hand_out()
        out += self._intake.proofs
        self._intake.proofs = []
        return out
