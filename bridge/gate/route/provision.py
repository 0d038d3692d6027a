"""Brings calls about at both ends: all rehearsed on both chains before the first is sent."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.gate.route.end import GateEnd
from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.chain.call import Call
from pargrade.chain.wallet import Wallet
from pargrade.deployment.governed import permit
from pargrade.deployment.roles import PERMISSIONS
from pargrade.deployment.transactions import CannotRehearse, Step, carry_out
from pargrade.process.failpoint import reached

_RESTRICTED: Final = {entry.selector for entry in PERMISSIONS if entry.contract == BridgeGate.NAME}
"""Functions of a gate that take a role."""


@dataclass(slots=True)
class EndWork:
    """What is to be done at one end, and what became of it."""

    end: GateEnd
    wallet: Wallet
    wanted: Sequence[Call[Any]]
    waiting: dict[str, int] = field(default_factory=dict)
    """Unix time by what waits for it."""
    steps: tuple[Step, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "chain": self.end.chain.chain_id,
            "steps": [step.to_json() for step in self.steps],
            "waiting": self.waiting,
        }


def provision(works: Sequence[EndWork], *, dry_run: bool) -> None:
    """Rehearses everything, then sends it, the first end's calls first.

    An end whose caller has a delay gets its calls scheduled, and made by a later run once they are
    due. Run again after an interruption, it does what is left. Raises before anything is sent:
    LacksRole, UnfundedWallet, the contracts' own refusals.
    """
    now = [_permitted(work) for work in works]
    for work, calls in zip(works, now, strict=True):
        if calls:
            # An endpoint that cannot simulate a sequence is found out by a dry run alone.
            with suppress(*(() if dry_run else (CannotRehearse,))):
                work.steps = carry_out(work.wallet, calls, dry_run=True)
    if dry_run:
        return
    for work, calls in zip(works, now, strict=True):
        if calls:
            work.steps = carry_out(work.wallet, calls)
            reached("end-provisioned")


def _permitted(work: EndWork) -> list[Call[Any]]:
    calls = []
    for call in work.wanted:
        if call.to != work.end.gate.address or call.data[:4] not in _RESTRICTED:
            calls.append(call)
            continue
        permitted = permit(work.end.governance, work.wallet.address, call)
        if permitted.call is None:
            work.waiting[call.label] = permitted.due_at
        else:
            calls.append(permitted.call)
    return calls
