"""Messages that are ready to be delivered, and which of them a gate has taken by now."""

from collections.abc import Iterable
from typing import NamedTuple

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.route.end import GateEnd
from pargrade.bindings.bridge_gate import Executed, InboundQueued
from pargrade.bindings.structs import Attestation, Passage, Transfer
from pargrade.chain.block import BlockStamp
from pargrade.gate.transfer import Crossing


class Ready(NamedTuple):
    """A message with the signatures of a quorum."""

    crossing: Crossing
    attestation: Attestation


class Ledgered(NamedTuple):
    """What is known of an end without asking it."""

    ledger: EndLedger
    block: int
    """The last one that the ledger has."""


def read_taken(end: GateEnd, known: Ledgered, block: BlockStamp, nonces: list[int]) -> set[int]:
    """Those of these nonces that a gate does not take at a block: through, or on a live epoch.

    One question, however many messages: the events since the ledger's block. An endpoint that
    leaves some out costs a delivery that is refused.
    """
    ledger, taken = known.ledger, set()
    queued: dict[int, int] = {}
    for nonce in nonces:
        arrival = ledger.arrivals.get(nonce)
        if arrival is not None and arrival.passage is Passage.QUEUED:
            queued[nonce] = arrival.epoch
        elif arrival is not None:
            taken.add(nonce)
    first = known.block + 1
    if first <= block.number:
        for _, event in end.gate.history(Executed, InboundQueued, first=first, last=block.number):
            match event:
                case InboundQueued(route=ledger.route.id):
                    queued[event.nonce] = event.epoch
                case Executed(route=ledger.route.id):
                    # What went through in part has its epoch from the ledger once that is final.
                    queued.pop(event.nonce, None)
                    taken.add(event.nonce)
    epochs = set(queued.values()) - ledger.revoked
    live = {each for each in epochs if not end.gate.attester_config(each, block=block).revoked}
    return taken | {nonce for nonce, epoch in queued.items() if epoch in live}


def split_by_budget(ready: Iterable[Ready], budget: int) -> tuple[list[Ready], list[Ready]]:
    """Those that go through together within a budget of steps, in order, and the others."""
    together, alone = [], []
    for each in ready:
        steps = each.crossing.amount.value
        if steps <= budget:
            budget -= steps
            together.append(each)
        else:
            alone.append(each)
    return together, alone


def transfer_of(crossing: Crossing) -> Transfer:
    """A message as the gate takes it."""
    return Transfer(
        crossing.route,
        crossing.nonce,
        crossing.sender,
        crossing.recipient,
        crossing.amount.pack(),
    )
