"""One tick: read the chain, and transmit a round if one is due."""

import time
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars

from oracle.consensus.chain_state import ChainState
from oracle.consensus.record_rule import find_shortfalls, quorum_medians
from oracle.consensus.slot import Cause, due, require_open, slot_at
from oracle.consensus.validation import Refusal, RefusalReason
from oracle.node.node import Node, part_of
from oracle.node.reporter import NothingToReport
from pargrade.bindings.errors import SlotTooOld, SlotTooSoon, TooFast
from pargrade.chain.errors import FailedTransaction
from pargrade.chain.receipt import Receipt
from pargrade.spot_index.report import Part, Report


@dataclass(frozen=True, slots=True)
class Idle:
    """No round is due."""

    slot: int
    places_before: int | None
    """Reporters whose turn comes before this node's; None when it is not a reporter."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A round is due, and it is another reporter's turn to send it."""

    slot: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Held:
    """A round is due and cannot be sent now."""

    slot: int
    reason: str
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another node transmitted the round first."""

    slot: int


@dataclass(frozen=True, slots=True)
class Landed:
    """This node's transaction recorded the round."""

    slot: int
    cause: Cause | None
    """None when a person asked for the round."""
    report: Report
    receipt: Receipt
    refusals: tuple[Refusal, ...]


Outcome = Idle | Waiting | Held | Overtaken | Landed


def tick(node: Node, now: float) -> Outcome:
    """Read the chain once and act on it. `now` is a monotonic clock in seconds.

    Everything that is expected to happen is an outcome. Raises ChainError and JournalFailed.
    """
    chain_state = node.chain_state_reader.read()
    slot = slot_at(chain_state.head.timestamp, chain_state.timing)
    bind_contextvars(slot=slot, block=chain_state.head.number)
    expected = node.reporter.expected_medians(slot, chain_state)
    cause = due(slot, chain_state.last, expected, chain_state.timing)
    places = chain_state.places_before(node.reporter.address)
    if cause is None or node.turns.is_skipped(slot):
        return Idle(slot, places)
    if places is None:
        return Held(slot, f"not a reporter in epoch {chain_state.epoch}")
    seconds = node.turns.wait_s(slot, places, now)
    if seconds > 0:
        # Signed before the leader asks, so that its request is served at once.
        _observe_own_part(node, slot, chain_state)
        return Waiting(slot, seconds)
    return _gather_and_transmit(node, chain_state, slot, cause)


def transmit_round(node: Node, chain_state: ChainState, slot: int) -> Held | Overtaken | Landed:
    """Transmit a round for a slot now, even if none is due or it is another reporter's turn.

    Raises SlotRefused, and what `tick` raises.
    """
    require_open(slot, chain_state.head.timestamp, chain_state.timing)
    return _gather_and_transmit(node, chain_state, slot, None)


def _observe_own_part(node: Node, slot: int, chain_state: ChainState) -> Part | Refusal:
    """This node's part of a report, or why it has none; a report can be made without it."""
    position = chain_state.position(node.reporter.address)
    if position is None:
        return Refusal("this node", RefusalReason.UNKNOWN_SIGNER, "is not a reporter")
    try:
        return part_of(node.reporter.observe(slot, chain_state).signed, position)
    except NothingToReport as nothing:
        return Refusal("this node", RefusalReason.DECLINED, str(nothing))


def _gather_and_transmit(
    node: Node, chain_state: ChainState, slot: int, cause: Cause | None
) -> Held | Overtaken | Landed:
    # Peers are asked first, so that all nodes compute at the same time.
    request = node.peers.ask(node.expected(slot, chain_state))
    gathered = request.gather(_observe_own_part(node, slot, chain_state))
    node.witness.see(gathered.sightings, time.monotonic())
    refusals = gathered.refusals
    medians = quorum_medians(gathered.parts, chain_state)
    if not any(medians):
        reasons = find_shortfalls(gathered.parts, slot, chain_state)
        return Held(slot, "; ".join(reasons), refusals)
    report = Report.of(slot, node.reporter.flags, gathered.parts)
    if cause is Cause.DEVIATION and not due(slot, chain_state.last, medians, chain_state.timing):
        # A move that the median of all does not show is an error of this node's source.
        node.turns.skip(slot)
        return Held(slot, "the others see no such move", refusals)
    return _transmit(node, chain_state.last_slot, report, cause, refusals)


def _transmit(
    node: Node, last_slot: int, report: Report, cause: Cause | None, refusals: tuple[Refusal, ...]
) -> Held | Overtaken | Landed:
    try:
        receipt = node.transmitter.offer(report, last_slot)
    except SlotTooSoon:
        return Overtaken(report.slot)
    except TooFast as fast:
        return Held(report.slot, str(fast), refusals)
    except (FailedTransaction, SlotTooOld):
        # Of two reports for one slot in one block the second fails; the round is recorded. One that
        # was gathered slowly is too old by then.
        if node.chain_state_reader.read().last_slot < report.slot:
            raise
        return Overtaken(report.slot)
    return Landed(report.slot, cause, report, receipt, refusals)
