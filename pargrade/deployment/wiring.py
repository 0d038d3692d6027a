"""The calls that give a new deployment its caps and roles, and hand it over to its admin."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.deployment.plan import Plan
from pargrade.deployment.roles import PERMISSIONS, Permission, Role


def cap_calls(market: FuturesMarket, plan: Plan) -> Iterator[Call[Any]]:
    """Sets the caps of open interest that nobody has set yet; all where there is no market yet."""
    is_new = not market.chain.code(market.address, block=Tag.LATEST)
    for index, _ in enumerate(plan.indices):
        if plan.month_cap and (is_new or not market.month_cap(index, block=Tag.LATEST)):
            yield market.set_month_cap(index, plan.month_cap)


def role_calls(
    governance: Governance, addresses: Mapping[str, Address], plan: Plan
) -> Iterator[Call[Any]]:
    """Gives functions their roles and roles their holders, as far as that is not done yet."""
    yield from function_role_calls(governance, addresses)
    is_new = _is_new(governance)
    people = {
        Role.CURATOR: plan.curators,
        Role.GUARDIAN: plan.guardians,
        Role.COUNCIL: plan.council,
    }
    for role, holders in people.items():
        for holder in holders:
            if is_new or not governance.has_role(role, holder, block=Tag.LATEST).is_member:
                yield governance.grant_role(role, holder, 0)


def function_role_calls(
    governance: Governance, addresses: Mapping[str, Address]
) -> Iterator[Call[Any]]:
    """Gives functions of contracts, by Solidity name, their roles, as far as they lack them."""
    is_new = _is_new(governance)

    def by_target(permission: Permission) -> tuple[str, Role]:
        return permission.contract, permission.role

    def is_wired(permission: Permission) -> bool:
        if is_new:
            return False
        target = addresses[permission.contract]
        role = governance.get_target_function_role(target, permission.selector, block=Tag.LATEST)
        return role == permission.role

    placed = [permission for permission in PERMISSIONS if permission.contract in addresses]
    missing = [permission for permission in placed if not is_wired(permission)]
    for (contract, role), group in groupby(sorted(missing, key=by_target), by_target):
        selectors = tuple(permission.selector for permission in group)
        yield governance.set_target_function_role(addresses[contract], selectors, role)


def handover_calls(
    governance: Governance, deployer: Address, admin: Address | None, delay: int
) -> Iterator[Call[Any]]:
    """Hands the admin role over; the deployer keeps nothing. No call once that has been done."""
    if admin is None:
        return
    is_admin = _is_new(governance) or (
        governance.has_role(Role.ADMIN, deployer, block=Tag.LATEST).is_member
    )
    if not is_admin:
        return
    yield governance.set_grant_delay(Role.ADMIN, delay)
    yield governance.grant_role(Role.ADMIN, admin, delay)
    if admin != deployer:
        yield governance.renounce_role(Role.ADMIN, deployer)


def _is_new(governance: Governance) -> bool:
    """Whether it is planned and not on the chain yet; the deployer is its admin then."""
    return not governance.chain.code(governance.address, block=Tag.LATEST)
