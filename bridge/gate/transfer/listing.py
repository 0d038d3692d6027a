"""Every transfer of a route, from both ledgers. Pure."""

from collections.abc import Iterator

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.messages import SentMessage
from bridge.gate.ledger.route_ledger import RouteLedger
from bridge.gate.ledger.way_ledger import WayLedger
from bridge.gate.route.end import RouteSide
from bridge.gate.transfer.stage import TransferStage, TransferState
from pargrade.bindings.structs import Passage


def list_transfers(
    ledger: RouteLedger, final: dict[RouteSide, int], account: str | None = None
) -> list[TransferState]:
    """All of them, or those an account sends or gets. `final` is the newest final block by end."""
    found: list[TransferState] = []
    for side in RouteSide:
        found += _waiting(_end(ledger, side), side)
        found += _sent(ledger, side, final[side])
    return [each for each in found if account in (None, each.sender, each.recipient)]


def _end(ledger: RouteLedger, side: RouteSide) -> EndLedger:
    return ledger.home if side is RouteSide.HOME else ledger.remote


def _waiting(end: EndLedger, side: RouteSide) -> Iterator[TransferState]:
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
            TransferStage.WAITING if is_waiting else TransferStage.CANCELLED,
        )


def _sent(ledger: RouteLedger, side: RouteSide, final: int) -> Iterator[TransferState]:
    way = ledger.way_from(_end(ledger, side))
    for message in _end(ledger, side).sent.values():
        yield state_of(message, side, way, final)


def state_of(message: SentMessage, side: RouteSide, way: WayLedger, final: int) -> TransferState:
    """Where a message stands that left an end."""
    crossing = message.crossing
    arrival = way.arrival_of(crossing.nonce)
    if way.is_cover(crossing.nonce):
        stage = TransferStage.COVER
    elif arrival is None:
        stage = TransferStage.FINAL if message.block <= final else TransferStage.SENT
    elif arrival.passage is Passage.DONE:
        stage = TransferStage.DONE
    else:
        stage = TransferStage.QUEUED
    return TransferState(
        side, crossing.nonce, crossing.sender, crossing.recipient, crossing.amount, stage
    )
