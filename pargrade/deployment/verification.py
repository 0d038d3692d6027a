"""What of a deployment is compared beside its code: the file's series, its money, and its roles.

Only contracts whose own check passed are asked: what others say of themselves proves nothing, and
one that reverts takes nobody else's result away.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pargrade.bindings.errors import UnknownSeries
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance, TargetFunctionRoleUpdated
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import BlockStamp
from pargrade.chain.development import is_development
from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.council import holder_faults
from pargrade.deployment.file import Deployment
from pargrade.deployment.role_holders import read_role_holders
from pargrade.deployment.roles import PERMISSIONS, Role
from pargrade.deployment.shipped_code import CodeCheck

_ID_BITS: Final = 256
"""Of a series' id."""

_FILED_AS: Final = {SpotIndexV2.NAME: SpotIndex.NAME}
"""Names in a deployment file, by Solidity names of contracts that go by another there."""


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """One thing that the file says or a role decides, and how it stands on the chain."""

    name: str
    state: str
    """What is there, for people; why it is not as it has to be, where it is not."""
    fits: bool

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {"fits": self.fits, "state": self.state}


def check_entries(
    chain: Chain, deployment: Deployment, code: Collection[CodeCheck]
) -> Iterator[EntryCheck]:
    """Series and money of the file, then roles, at the head. `code` is of the same deployment.

    Raises NotDeployed for a file without Governance or market, and what stops all reads.
    """
    block = chain.head()
    differing = {check.name for check in code if check.difference}
    yield _check_money(chain, deployment, block)
    if FuturesMarket.NAME not in differing:
        yield from _check_series(chain, deployment, block)
    elif deployment.series:
        yield EntryCheck("series", "they cannot be told: the market is not what ships", fits=False)
    if Governance.NAME in differing:
        yield EntryCheck("roles", "they cannot be told: Governance is not what ships", fits=False)
        return
    try:
        yield from tuple(_check_roles(chain, deployment, block))
    except RpcRefused as refused:
        yield EntryCheck("roles", f"they cannot be told: {refused}", fits=False)


def _check_money(chain: Chain, deployment: Deployment, block: BlockStamp) -> EntryCheck:
    token, placed = deployment.quote_token, deployment.contracts.get("tUSD")
    if placed is not None and placed.address != token:
        why = f"the file names {token}, and its tUSD is {placed.address}"
        return EntryCheck("quote token", why, fits=False)
    if not chain.code(token, block=block):
        return EntryCheck("quote token", f"there is no code at {token}", fits=False)
    return EntryCheck("quote token", token, fits=True)


def _check_series(chain: Chain, deployment: Deployment, block: BlockStamp) -> Iterator[EntryCheck]:
    market = FuturesMarket(chain, deployment.address(FuturesMarket.NAME))
    for name, each in deployment.series.items():
        number = int(each.series_id)
        token = _token_of(market, number, block)
        if token is None:
            yield EntryCheck(f"series {name}", f"the market lists no {number}", fits=False)
        elif token != deployment.quote_token:
            why = f"it is paid in {token}, and the file's quote token is {deployment.quote_token}"
            yield EntryCheck(f"series {name}", why, fits=False)
        else:
            yield EntryCheck(f"series {name}", "listed", fits=True)


def _token_of(market: FuturesMarket, number: int, block: BlockStamp) -> Address | None:
    """What a series is paid in; None where the market lists none of this id."""
    if number < 0 or number.bit_length() > _ID_BITS:
        return None
    try:
        return market.series(number, block=block).terms.quote_token
    except UnknownSeries:
        return None


def _check_roles(chain: Chain, deployment: Deployment, block: BlockStamp) -> Iterator[EntryCheck]:
    placed = deployment.contracts[Governance.NAME]
    governance = Governance(chain, placed.address)
    yield from _check_functions(governance, deployment, block)
    holders = read_role_holders(governance, placed.block, block)
    for role in Role:
        owner = governance.get_role_admin(role, block=block)
        if owner != Role.ADMIN:
            yield EntryCheck(f"role {role.name}", f"role {owner} gives it", fits=False)
        else:
            yield EntryCheck(f"role {role.name}", _describe(holders[role]), fits=True)
    if is_development(chain.chain_id):
        return
    faults = [
        *holder_faults(holders[Role.COUNCIL], holders[Role.CURATOR], holders[Role.ADMIN]),
        *(f"{who} of the council waits {delay} s" for who, delay in _late(holders[Role.COUNCIL])),
    ]
    yield EntryCheck("who holds roles", "; ".join(faults) or "safe", fits=not faults)


def _check_functions(
    governance: Governance, deployment: Deployment, block: BlockStamp
) -> Iterator[EntryCheck]:
    """Which role may call what, of every contract of the file; ADMIN where the table is silent."""
    first = deployment.contracts[Governance.NAME].block
    wanted: dict[tuple[Address, bytes], int] = {}
    names: dict[bytes, str] = {}
    for each in PERMISSIONS:
        contract = deployment.contracts.get(_FILED_AS.get(each.contract, each.contract))
        if contract is not None:
            wanted[contract.address, each.selector] = each.role
            names[each.selector] = each.function
    events = governance.history(TargetFunctionRoleUpdated, first=first, last=block.number)
    for _, event in events:
        wanted.setdefault((event.target, event.selector), Role.ADMIN)
    for name, contract in deployment.contracts.items():
        faults = []
        if governance.is_target_closed(contract.address, block=block):
            faults.append("it is closed to every role")
        for (target, selector), role in wanted.items():
            if target != contract.address:
                continue
            found = governance.get_target_function_role(target, selector, block=block)
            if found != role:
                function = names.get(selector, f"0x{selector.hex()}")
                faults.append(f"{function} is of {_role(found)}, not of {_role(role)}")
        if faults:
            yield EntryCheck(f"functions of {name}", "; ".join(faults), fits=False)


def _role(number: int) -> str:
    return Role(number).name if number in set(Role) else f"role {number}"


def _late(holders: Mapping[Address, int]) -> Iterator[tuple[Address, int]]:
    return ((holder, delay) for holder, delay in holders.items() if delay)


def _describe(holders: Mapping[Address, int]) -> str:
    shown = (f"{who} after {delay:,} s" if delay else f"{who}" for who, delay in holders.items())
    return ", ".join(shown) or "nobody"
