"""Messages that left a gate, and transfers that wait at one: values of the ledger."""

from dataclasses import dataclass

from pargrade.bindings.structs import Passage
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError
from pargrade.gate.transfer import Amount, Crossing


class Unexplained(PargradeError):
    """An event of a gate that what came before does not allow. Nothing is attested after it."""

    hint = "An endpoint lies, or a gate is broken: stop the route, and compare other endpoints."

    def __init__(self, chain_id: int, block: int, reason: str) -> None:
        self.chain_id = chain_id
        self.block = block
        self.reason = reason
        super().__init__(f"chain {chain_id}, block {block}: {reason}")


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A transfer that left, and where."""

    crossing: Crossing
    block: int
    time: int
    """Of the block, Unix seconds."""
    was_queued: bool
    """Whether it waited before it left."""


@dataclass(frozen=True, slots=True)
class WaitingTransfer:
    """A transfer in the queue of the gate it leaves."""

    id: int
    sender: Address
    recipient: Address
    amount: Amount
    """What still waits, or was taken back."""
    passage: Passage
    tx_hash: bytes
    whole_steps: int
    """Of all of it, when it was queued."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A transfer at the gate it goes to: queued there, or through."""

    nonce: int
    recipient: Address
    executed: int
    """Steps that went through."""
    waiting: int
    """Steps that still wait."""
    passage: Passage
    id: int
    """In the queue; 0 for one that was never queued."""
    epoch: int
    """Of the attesters it is queued on; 0 for one that was never queued."""
