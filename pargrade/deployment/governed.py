"""Calls that a role may make: at once, or scheduled in the open first and made when they are due.

An AccessManager lets a delayed caller schedule a call; made directly once the delay has passed,
the call uses the schedule up. One that is not made for a week after that has to be scheduled anew.
(OpenZeppelin, "Access Control", AccessManager.)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pargrade.bindings.governance import Governance
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError


class LacksRole(PargradeError):
    """A key that has no role for what is to be done."""

    def __init__(self, caller: Address, label: str, chain_id: int) -> None:
        self.caller = caller
        self.label = label
        self.hint = f"Take the key of who may: docs/ROLES.md lists who may call {label}."
        super().__init__(f"{caller} may not call {label} on chain {chain_id}")


@dataclass(frozen=True, slots=True)
class Governed:
    """What is to be sent now for a call, if anything."""

    wanted: Call[Any]
    call: Call[Any] | None
    """The wanted call, or the one that schedules it; None while it waits."""
    due_at: int = 0
    """Unix seconds from which it may be made, where it waits or is scheduled now; else 0."""

    @property
    def is_made(self) -> bool:
        """Whether the wanted call itself is to be sent now."""
        return self.call is self.wanted


def permit(governance: Governance, caller: Address, call: Call[Any]) -> Governed:
    """How a caller brings a call about. Raises LacksRole, ChainError."""
    assert call.to is not None
    chain = governance.chain
    may = governance.can_call(caller, call.to, call.data[:4], block=Tag.LATEST)
    if may.immediate:
        return Governed(call, call)
    if not may.delay:
        raise LacksRole(caller, call.label, chain.chain_id)
    due, now = scheduled_for(governance, caller, call), chain.block(Tag.PENDING).timestamp
    if not due:
        return Governed(call, governance.schedule(call.to, call.data, 0), now + may.delay)
    return Governed(call, None, due) if now < due else Governed(call, call)


def permit_all(
    governance: Governance, caller: Address, calls: Iterable[Call[Any]]
) -> tuple[Governed, ...]:
    """Likewise, for calls none of which needs another one's effect to be permitted."""
    return tuple(permit(governance, caller, call) for call in calls)


def scheduled_for(governance: Governance, caller: Address, call: Call[Any]) -> int:
    """Unix seconds from which a scheduled call may be made; 0 where it is not scheduled.

    Nor is it any more a week after it was due, or once it was made or cancelled.
    """
    assert call.to is not None
    operation = governance.hash_operation(caller, call.to, call.data, block=Tag.LATEST)
    return governance.get_schedule(operation, block=Tag.LATEST)
