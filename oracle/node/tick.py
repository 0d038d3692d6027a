"""One look at the chain, and what follows from it: the act that the rest of the oracle serves."""

from dataclasses import dataclass

from oracle.consensus.chain_state import ChainState
from oracle.consensus.slot import Cause, due, require_open, slot_at
from oracle.consensus.validation import Refusal, RefusalReason
from oracle.node.node import Node, part_of
from oracle.node.reporter import NothingToReport
from pargrade.bindings.errors import SlotTooSoon, TooFast
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
    """Another node brought the round first."""

    slot: int


@dataclass(frozen=True, slots=True)
class Landed:
    """This node brought the round to the chain."""

    slot: int
    cause: Cause | None
    """None when it was not waited for a cause."""
    report: Report
    receipt: Receipt
    refusals: tuple[Refusal, ...]


Outcome = Idle | Waiting | Held | Overtaken | Landed


def tick(node: Node, now: float) -> Outcome:
    """Looks once and acts once. `now` is a clock in seconds that only goes forward.

    Raises ChainError and JournalFailed; everything that is expected to happen is an outcome.
    """
    chain_state = node.chain_state_reader.read()
    slot = slot_at(chain_state.head.timestamp, chain_state.timing)
    cause = due(slot, chain_state.last, node.reporter.values(slot), chain_state.timing)
    places = chain_state.places_before(node.reporter.address)
    if cause is None or node.turns.passed(slot):
        return Idle(slot, places)
    if places is None:
        return Held(slot, f"not a reporter in epoch {chain_state.epoch}")
    seconds = node.turns.wait_s(slot, places, now)
    if seconds > 0:
        # Spoken before it is asked for, so that the answer is ready.
        _own(node, slot, chain_state)
        return Waiting(slot, seconds)
    return _bring(node, chain_state, slot, cause)


def bring(node: Node, chain_state: ChainState, slot: int) -> Held | Overtaken | Landed:
    """Brings a round for a slot now, whether it is due or not and whosever turn it is.

    Raises SlotRefused besides what `tick` raises.
    """
    require_open(slot, chain_state.head.timestamp, chain_state.timing)
    return _bring(node, chain_state, slot, None)


def _own(node: Node, slot: int, chain_state: ChainState) -> Part | Refusal:
    """This node's part, or why it has none: it still brings the round that the others make."""
    position = chain_state.position(node.reporter.address)
    if position is None:
        return Refusal("this node", RefusalReason.UNKNOWN_SIGNER, "is not a reporter")
    try:
        return part_of(node.reporter.observe(slot, chain_state).signed, position)
    except NothingToReport as nothing:
        return Refusal("this node", RefusalReason.DECLINED, str(nothing))


def _bring(
    node: Node, chain_state: ChainState, slot: int, cause: Cause | None
) -> Held | Overtaken | Landed:
    # Asked first: the others work on their observations while this node works on its own.
    question = node.peers.ask(node.expected(slot, chain_state))
    gathered = question.gather(_own(node, slot, chain_state))
    refusals, quorum = gathered.refusals, chain_state.reporters.quorum
    if len(gathered.parts) < quorum:
        return Held(slot, f"{len(gathered.parts)} observations, {quorum} needed", refusals)
    report = Report.of(slot, node.reporter.flags, gathered.parts)
    if cause is Cause.DEVIATION and not due(
        slot, chain_state.last, report.medians, chain_state.timing
    ):
        # One node saw a move that the median of all does not share: its error, not the market's.
        node.turns.pass_over(slot)
        return Held(slot, "the others see no such move", refusals)
    try:
        receipt = node.transmitter.offer(report, chain_state.last_slot)
    except SlotTooSoon:
        return Overtaken(slot)
    except TooFast as fast:
        return Held(slot, str(fast), refusals)
    except FailedTransaction:
        # Two reports of one slot in one block: the second one fails, and the round is there.
        if node.chain_state_reader.read().last_slot < slot:
            raise
        return Overtaken(slot)
    return Landed(slot, cause, report, receipt, refusals)
