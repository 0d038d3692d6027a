"""Calls that a role may make: at once, or scheduled in the open first and made when they are due.

An AccessManager lets a delayed caller schedule a call; made directly once the delay has passed,
the call uses the schedule up. (OpenZeppelin, "Access Control", AccessManager.)
"""

from dataclasses import dataclass
from typing import Any

from bridge.gate.route.end import GateEnd
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError


class NotPermitted(PargradeError):
    """A key that has no role for what is to be done."""

    def __init__(self, caller: Address, label: str, chain_id: int) -> None:
        self.caller = caller
        self.label = label
        self.hint = f"Take the key of who may: docs/ROLES.md lists who may call {label}."
        super().__init__(f"{caller} may not call {label} on chain {chain_id}")


@dataclass(frozen=True, slots=True)
class Permitted:
    """What is to be sent now for a call, if anything."""

    call: Call[Any] | None
    """The call itself, or the one that schedules it; None while it waits."""
    due_at: int = 0
    """Unix seconds from which a scheduled call may be made; 0 for one that is made now."""
    wait_s: int = 0
    """Delay that begins once the schedule is sent; 0 for a call that is made now."""


def permit(end: GateEnd, caller: Address, call: Call[Any]) -> Permitted:
    """How a caller brings a call of the gate about. Raises NotPermitted, ChainError."""
    assert call.to is not None
    governance = end.governance
    may = governance.can_call(caller, call.to, call.data[:4], block=Tag.LATEST)
    if may.immediate:
        return Permitted(call)
    if not may.delay:
        raise NotPermitted(caller, call.label, end.chain.chain_id)
    operation = governance.hash_operation(caller, call.to, call.data, block=Tag.LATEST)
    due = governance.get_schedule(operation, block=Tag.LATEST)
    if not due:
        return Permitted(governance.schedule(call.to, call.data, 0), wait_s=may.delay)
    if end.chain.block(Tag.PENDING).timestamp < due:
        return Permitted(None, due)
    return Permitted(call)
