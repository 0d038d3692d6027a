"""Every transfer of a route, from both ledgers. Pure."""

from collections.abc import Iterator

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.messages import SentMessage
from bridge.gate.ledger.route_ledger import RouteLedger
from bridge.gate.route.end import Side
from bridge.gate.transfer.stage import Stage, TransferState
from pargrade.bindings.structs import Passage


def list_transfers(
    ledger: RouteLedger, final: dict[Side, int], account: str | None = None
) -> list[TransferState]:
    """All of them, or those an account sends or gets. `final` is the newest final block by end."""
    found: list[TransferState] = []
    for side in Side:
        found += _waiting(_end(ledger, side), side)
        found += _sent(ledger, side, final[side])
    return [each for each in found if account in (None, each.sender, each.recipient)]


def _end(ledger: RouteLedger, side: Side) -> EndLedger:
    return ledger.home if side is Side.HOME else ledger.remote


def _waiting(end: EndLedger, side: Side) -> Iterator[TransferState]:
    for each in end.waiting.values():
        if each.passage is Passage.DONE:
            continue
        is_waiting = each.passage is Passage.QUEUED
        yield TransferState(
            side,
            each.id,
            each.sender,
            each.recipient,
            each.amount,
            Stage.WAITING if is_waiting else Stage.CANCELLED,
        )


def _sent(ledger: RouteLedger, side: Side, final: int) -> Iterator[TransferState]:
    destination = _end(ledger, side.other)
    for message in _end(ledger, side).sent.values():
        yield state_of(message, side, destination, final)


def state_of(message: SentMessage, side: Side, destination: EndLedger, final: int) -> TransferState:
    """Where a message stands that left an end."""
    crossing = message.crossing
    arrival = destination.arrivals.get(crossing.nonce)
    if arrival is None:
        stage = Stage.FINAL if message.block <= final else Stage.SENT
    elif arrival.passage is Passage.DONE:
        stage = Stage.DONE
    else:
        stage = Stage.QUEUED
    return TransferState(
        side, crossing.nonce, crossing.sender, crossing.recipient, crossing.amount, stage
    )
