"""Roles and delays under which a stolen threshold could take more than a bucket are refused."""

from dataclasses import replace

import pytest

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.errors import CouncilCannotStop, CouncilCanStart
from pargrade.bindings.governance import Governance
from pargrade.bindings.structs import RouteTerms
from pargrade.bindings.test_token import TestToken
from pargrade.chain.hashing import Address, address_of, keccak
from pargrade.deployment.council import (
    STARTS,
    STOPS,
    WINDOW,
    UnsafeRoles,
    find_faults,
    require_safe_roles,
)
from pargrade.deployment.plan import ADMIN_DELAY, Plan, Reporters
from pargrade.deployment.roles import PERMISSIONS, Role
from tests.support.evm import ME, Evm

NOW = 1_772_582_400


def person(number: int) -> Address:
    return address_of(bytes([number]) * 20)


CURATOR, GUARDIAN, COUNCIL, ADMIN, ELSEWHERE = map(person, range(2, 7))
SAFE = Plan(
    Reporters((person(9),), 1, keccak(b"method")),
    curators=(CURATOR,),
    guardians=(GUARDIAN,),
    council=(COUNCIL,),
    admin=ADMIN,
    admin_delay=ADMIN_DELAY,
)


def test_require_safe_roles__council_apart_and_an_admin_who_waits__passes():
    require_safe_roles(SAFE)
    require_safe_roles(replace(SAFE, admin_delay=WINDOW))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"council": ()}, "nobody can stop"),
        ({"council": (COUNCIL, CURATOR)}, "could start what it stopped"),
        ({"council": (ADMIN,)}, "could seat attesters"),
        ({"admin_delay": WINDOW - 1}, f"after {WINDOW - 1} s"),
    ],
)
def test_require_safe_roles__anything_a_thief_could_use__is_named(change, fault):
    with pytest.raises(UnsafeRoles, match=fault) as refused:
        require_safe_roles(replace(SAFE, **change))
    assert len(refused.value.faults) == 1


def test_require_safe_roles__development_chain__needs_no_council():
    require_safe_roles(replace(SAFE, council=(), admin=None, admin_delay=0))


def test_permissions__of_the_gate__give_the_council_stops_alone():
    of_gate = [each for each in PERMISSIONS if each.contract == BridgeGate.NAME]
    assert {each.function for each in of_gate if each.role is Role.COUNCIL} == set(STOPS)
    others = {each.function for each in of_gate if each.role is not Role.COUNCIL}
    assert others >= set(STARTS)


class Gate:
    """A gate whose roles are wired as a deployment wires them."""

    def __init__(self) -> None:
        self.evm = Evm(NOW)
        self.governance = Governance(self.evm, self.evm.create(Governance.deploy(ME)))
        self.gate = BridgeGate(
            self.evm, self.evm.create(BridgeGate.deploy(self.governance.address))
        )
        for each in PERMISSIONS:
            if each.contract == BridgeGate.NAME:
                self.give(each.selector, each.role)
        self.grant(Role.CURATOR, CURATOR, 0)
        self.grant(Role.COUNCIL, COUNCIL, 0)
        self.grant(Role.ADMIN, ADMIN, ADMIN_DELAY)

    def give(self, selector: bytes, role: int) -> None:
        target = self.gate.address
        self.evm.send(self.governance.set_target_function_role(target, (selector,), role))

    def grant(self, role: int, account: Address, delay: int) -> None:
        self.evm.send(self.governance.grant_role(role, account, delay))

    def faults(self, council: Address = COUNCIL) -> tuple[str, ...]:
        return find_faults(self.governance, self.gate, council, ADMIN, block=self.evm.time)

    def add_route(self, council: Address) -> bytes:
        token = self.evm.create(TestToken.deploy("token", "T", 18))
        here = (self.evm.chain_id, self.gate.address, token, 18)
        terms = RouteTerms(*here, 77, ELSEWHERE, ELSEWHERE, 18)
        return self.evm.send(self.gate.add_route(terms, 10**24, council), sender=CURATOR)


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_find_faults__roles_as_a_deployment_wires_them__finds_none_and_the_gate_opens(gate):
    assert gate.faults() == ()
    assert gate.add_route(COUNCIL)


def test_find_faults__council_with_a_delay__is_found_and_refused_on_chain(gate):
    slow = person(8)
    gate.grant(Role.COUNCIL, slow, 3_600)
    assert len(gate.faults(slow)) == len(STOPS)
    with pytest.raises(CouncilCannotStop):
        gate.add_route(slow)


@pytest.mark.parametrize("function", STARTS)
def test_find_faults__council_that_may_start_anything__is_found_and_refused_on_chain(
    gate, function
):
    gate.give(gate.gate.SELECTORS[function], 9)
    gate.grant(9, COUNCIL, 86_400)
    gate.grant(9, CURATOR, 0)
    assert any(function in fault for fault in gate.faults())
    with pytest.raises(CouncilCanStart):
        gate.add_route(COUNCIL)


def test_find_faults__admin_who_seats_attesters_within_hours__is_found(gate):
    gate.evm.send(gate.governance.revoke_role(Role.ADMIN, ADMIN))
    gate.grant(Role.ADMIN, ADMIN, 3_600)
    assert any("seats attesters after 3600 s" in fault for fault in gate.faults())
