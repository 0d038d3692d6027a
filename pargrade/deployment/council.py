"""Whether the roles of a gate bound what a stolen threshold of attesters can take.

A thief who signs for the attesters takes what the limit of a gate's end of a route lets through
until a council stops him: at most that end's capacity within `WINDOW`, whatever he does and
whenever. So there has to be a council that can stop at once; it must not be able to start again
what it stopped, or its key would be worth stealing; and nobody may seat attesters in less time than
it has to look.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.governance import Governance
from pargrade.chain.hashing import Address
from pargrade.deployment.plan import Plan
from pargrade.deployment.roles import PERMISSIONS, Role
from pargrade.errors import PargradeError
from pargrade.gate.rate_limit import PERIOD

WINDOW: Final = PERIOD
"""Seconds a council has from the first theft on: within them at most the capacity goes."""

STOPS: Final = ("revoke_epoch", "stop_routes")
STARTS: Final = ("set_attesters", "set_limit", "add_route", "allow_entry", "start_route")


class UnsafeRoles(PargradeError):
    """Roles and delays under which a stolen threshold could take more than a route's capacity."""

    hint = (
        "Name a council apart from admin and curators, without a delay, and an admin who waits at "
        "least a day."
    )

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("unsafe roles of the gate: " + "; ".join(faults))


def require_safe_roles(plan: Plan) -> None:
    """Raises UnsafeRoles. A plan without an admin is of a development chain and passes."""
    faults = tuple(_faults_of(plan))
    if faults:
        raise UnsafeRoles(faults)


def find_faults(
    governance: Governance,
    gate: BridgeGate,
    council: Address,
    admin: Address,
    *,
    block: int,
) -> tuple[str, ...]:
    """What is unsafe about the roles of a gate as they stand on its chain; empty when nothing."""
    return tuple(_faults_on_chain(governance, gate, council, admin, block))


def holder_faults(
    council: Collection[Address], curators: Collection[Address], admins: Mapping[Address, int]
) -> Iterator[str]:
    """What is unsafe about who holds roles; admins with their delays in seconds."""
    if not council:
        yield "nobody can stop a route at once"
    for member in council:
        if member in curators:
            yield f"{member} of the council is a curator and could start what it stopped"
        if member in admins:
            yield f"{member} of the council is the admin and could seat attesters"
    for delay in admins.values():
        if delay < WINDOW:
            yield (
                f"the admin seats attesters after {delay} s, less than the {WINDOW} s "
                "in which a council stops them"
            )


def _faults_of(plan: Plan) -> Iterator[str]:
    if plan.admin is None:
        return
    yield from holder_faults(plan.council, plan.curators, {plan.admin: plan.admin_delay})
    wired = {(each.contract, each.function): each.role for each in PERMISSIONS}
    for function in STOPS:
        if wired.get((BridgeGate.NAME, function)) is not Role.COUNCIL:
            yield f"{function} of the gate is not the council's"


def _faults_on_chain(
    governance: Governance, gate: BridgeGate, council: Address, admin: Address, block: int
) -> Iterator[str]:
    for function in STOPS:
        may = governance.can_call(council, gate.address, gate.SELECTORS[function], block=block)
        if not may.immediate:
            yield f"{council} cannot call {function} at once"
    for function in STARTS:
        may = governance.can_call(council, gate.address, gate.SELECTORS[function], block=block)
        if may.immediate or may.delay:
            yield f"{council} of the council may call {function}"
    seats = gate.SELECTORS["set_attesters"]
    may = governance.can_call(admin, gate.address, seats, block=block)
    if may.immediate or (may.delay and may.delay < WINDOW):
        yield f"{admin} seats attesters after {may.delay} s, less than {WINDOW} s"
