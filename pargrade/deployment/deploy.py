"""Puts the contracts on a chain and wires their roles: the same steps for every chain."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_lens import FuturesLens
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import GradeTerms as ListedTerms
from pargrade.bindings.structs import Timing
from pargrade.bindings.test_token import TestToken
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.contract import Contract
from pargrade.chain.create2 import FACTORY, NO_SALT, NoFactory, address_by, through_factory
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.deployment.file import DeployedContract, DeployedGrade, Deployment
from pargrade.deployment.roles import PERMISSIONS, Permission, Role
from pargrade.errors import PargradeError
from pargrade.grade.terms import GradeTerms
from pargrade.spot_index.quorum import liars_survived, silent_survived
from pargrade.units import CONTRACT_LOTS, Lots

DEFAULT_TIMING: Final = Timing(
    grid=60,
    heartbeat=3_600,
    grace=300,
    max_age=900,
    min_interval=300,
    deviation_bps=25,
    band_bps=2_000,
)
"""The defaults of the design: an hourly heartbeat on a one-minute grid, 20 % an hour."""

DEFAULT_MONTH_CAP: Final = Lots(100 * CONTRACT_LOTS)
"""A hundred contracts: a cent of S is then worth 730 dollars to whoever could move it."""

ADMIN_DELAY: Final = 7 * DAY_S
"""Seconds an admin's act waits in the open, except on development chains."""


class WeakQuorum(PargradeError):
    """A quorum the contract would refuse, or that protects against nothing."""

    hint = "Take an odd quorum of more than half the reporters, such as 3 of 5 or 5 of 7."

    def __init__(self, quorum: int, reporters: int) -> None:
        self.quorum = quorum
        self.reporters = reporters
        super().__init__(f"a quorum of {quorum} among {reporters} reporters is not usable")


class OtherReporters(PargradeError):
    """The same contracts are on the chain already, with other reporters than planned."""

    hint = "Name the reporters it has, or deploy another instance with another --salt."

    def __init__(self, index: Address) -> None:
        self.index = index
        super().__init__(f"SpotIndex {index} is on this chain already, with other reporters")


@dataclass(frozen=True, slots=True)
class Reporters:
    """Who signs observations. Tolerates `liars` and `silent` reporters, computed from the sizes."""

    addresses: tuple[Address, ...]
    quorum: int
    method_hash: bytes

    def __post_init__(self) -> None:
        count = len(self.addresses)
        if self.quorum % 2 == 0 or not count < 2 * self.quorum <= 2 * count:
            raise WeakQuorum(self.quorum, count)

    @property
    def liars(self) -> int:
        """Dishonest reporters a value survives: ⌈q/2⌉ - 1."""
        return liars_survived(self.quorum)

    @property
    def silent(self) -> int:
        """Silent reporters the index survives: n - q."""
        return silent_survived(len(self.addresses), self.quorum)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to deploy. `admin` takes over from the deploying wallet behind `admin_delay` seconds."""

    reporters: Reporters
    curators: tuple[Address, ...]
    guardians: tuple[Address, ...]
    quote_token: Address | None = None
    """None puts a six-decimal test token on the chain."""
    admin: Address | None = None
    """None leaves the deploying wallet in charge, without delay: for development chains."""
    admin_delay: int = ADMIN_DELAY
    timing: Timing = DEFAULT_TIMING
    indices: tuple[str, ...] = ("SCU / USD",)
    salt: bytes = NO_SALT
    """32 bytes; another salt is another instance of the same contracts."""
    month_cap: Lots = DEFAULT_MONTH_CAP
    """Most lots of all BANDED series of one index in one month; 0 for none."""


@dataclass(frozen=True, slots=True)
class Creation:
    """One contract of a deployment, and where it belongs."""

    name: str
    """In the deployment file."""
    contract: str
    """The Solidity name."""
    call: Call[None]
    address: Address


def creations(deployer: Address, plan: Plan) -> tuple[Creation, ...]:
    """Everything to create, in order. Addresses follow from code and arguments alone."""
    placed: list[Creation] = []

    def place(contract: type[Contract], call: Call[None], name: str = "") -> Address:
        address = address_by(call, plan.salt)
        placed.append(Creation(name or contract.NAME, contract.NAME, call, address))
        return address

    authority = place(Governance, Governance.deploy(deployer))
    registry = place(GradeRegistry, GradeRegistry.deploy(authority))
    index = place(SpotIndex, SpotIndex.deploy(authority, plan.timing, plan.indices))
    for number, _ in enumerate(plan.indices):
        name = "IndexFeed" if number == 0 else f"IndexFeed{number}"
        place(IndexFeed, IndexFeed.deploy(index, number), name)
    market = place(FuturesMarket, FuturesMarket.deploy(authority, registry, index))
    place(FuturesExchange, FuturesExchange.deploy(authority, market))
    place(FuturesLens, FuturesLens.deploy(market, registry, index))
    # Without routes and attesters it moves nothing: both come with a gate on another chain.
    place(BridgeGate, BridgeGate.deploy(authority))
    if plan.quote_token is None:
        place(TestToken, TestToken.deploy("Test US Dollar", "tUSD", 6), "tUSD")
    return tuple(placed)


def deploy(
    wallet: Wallet, plan: Plan, progress: Callable[[str], None] = lambda _: None
) -> Deployment:
    """Deploys everything in `plan` and returns where it is. The wallet pays and is admin meanwhile.

    What is on the chain already is found, not deployed again: after a crash the same call goes on
    where it stopped, and a finished deployment costs nothing. Raises NoFactory, OtherReporters, and
    what the wallet raises.
    """
    chain = wallet.chain
    planned = creations(wallet.address, plan)
    reporters = plan.reporters
    wanted = (reporters.quorum, reporters.method_hash, reporters.addresses)
    is_seated = _is_seated(chain, _where(planned)["SpotIndex"], wanted)
    blocks = [_place(wallet, each, plan.salt, progress) for each in planned]
    addresses = _where(planned)
    first = _first_block(chain, addresses["Governance"])
    placed = {
        each.name: DeployedContract(
            each.address, block or first, load_artifact(each.contract).input_hash
        )
        for each, block in zip(planned, blocks, strict=True)
    }

    if not is_seated:
        index = SpotIndex(chain, addresses["SpotIndex"])
        wallet.send(index.set_reporters(*wanted))
    governance = Governance(chain, addresses["Governance"])
    for call in (
        *_caps(FuturesMarket(chain, addresses["FuturesMarket"]), plan),
        *_wiring(governance, addresses, plan),
        *_handover(governance, wallet.address, plan.admin, plan.admin_delay),
    ):
        wallet.send(call)
    progress(
        f"{len(reporters.addresses)} reporters, quorum {reporters.quorum}: a value survives "
        f"{reporters.liars} liars, the index {reporters.silent} silent reporters"
    )
    return Deployment(
        chain_id=chain.chain_id,
        block=min(entry.block for entry in placed.values()),
        quote_token=plan.quote_token or addresses["tUSD"],
        contracts=placed,
    )


def place(wallet: Wallet, creation: Call[None], salt: bytes = NO_SALT) -> Address:
    """Creates a contract at its own address, unless it is there. Raises NoFactory."""
    address = address_by(creation, salt)
    if not wallet.chain.code(address, block=Tag.LATEST):
        if not wallet.chain.code(FACTORY, block=Tag.LATEST):
            raise NoFactory(wallet.chain.chain_id)
        # The proxy swallows the reason of a refusal; the creation alone tells it.
        wallet.estimate(creation)
        wallet.send(through_factory(creation, salt))
    return address


def _where(planned: Iterable[Creation]) -> dict[str, Address]:
    return {each.name: each.address for each in planned}


def _is_seated(
    chain: Chain, address: Address, wanted: tuple[int, bytes, tuple[Address, ...]]
) -> bool:
    """Whether the index has the reporters wanted; False before it has any."""
    if not chain.code(address, block=Tag.LATEST):
        return False
    config = SpotIndex(chain, address).reporter_config(block=Tag.LATEST)
    if config.epoch and (config.quorum, config.method_hash, config.reporters) != wanted:
        raise OtherReporters(address)
    return config.epoch != 0


def _place(
    wallet: Wallet, creation: Creation, salt: bytes, progress: Callable[[str], None]
) -> int | None:
    """The block it was created in, None when it was found on the chain."""
    before = wallet.chain.head().number
    if wallet.chain.code(creation.address, block=Tag.LATEST):
        progress(f"{creation.name} found at {creation.address}")
        return None
    place(wallet, creation.call, salt)
    progress(f"{creation.name} at {creation.address}")
    return before + 1


def _first_block(chain: Chain, governance: Address) -> int:
    """Of the first thing that Governance said: no contract that names it can be older."""
    logs = chain.logs([governance], first=0, last=chain.head().number)
    return logs[0].block_number


def list_grade(
    curator: Wallet, deployment: Deployment, terms: GradeTerms, name: str, symbol: str
) -> Deployment:
    """Lists a grade; the deployment returned knows it by `symbol`. Raises the registry's errors."""
    registry = GradeRegistry(curator.chain, deployment.address("GradeRegistry"))
    receipt = curator.send(registry.list(on_chain(terms), name, symbol))
    listed = receipt.event(GradeListed)
    grade = DeployedGrade(
        token=listed.token,
        unit=listed.unit,
        grade_id="0x" + listed.grade_id.hex(),
        decimals=terms.decimals,
    )
    return replace(deployment, grades={**deployment.grades, symbol: grade})


def on_chain(terms: GradeTerms) -> ListedTerms:
    """Terms as the registry takes them: the same fields in the same order."""
    fields: dict[str, Any] = {name: getattr(terms, name) for name in ListedTerms.__slots__}
    return ListedTerms(**{**fields, "token": parse_address(terms.token)})


def _caps(market: FuturesMarket, plan: Plan) -> Iterator[Call[Any]]:
    """Caps of open interest that nobody has set yet."""
    for index, _ in enumerate(plan.indices):
        if plan.month_cap and not market.month_cap(index, block=Tag.LATEST):
            yield market.set_month_cap(index, plan.month_cap)


def _wiring(
    governance: Governance, addresses: dict[str, Address], plan: Plan
) -> Iterator[Call[Any]]:
    """What is not wired yet."""

    def by_target(permission: Permission) -> tuple[str, Role]:
        return permission.contract, permission.role

    def is_wired(permission: Permission) -> bool:
        target = addresses[permission.contract]
        role = governance.get_target_function_role(target, permission.selector, block=Tag.LATEST)
        return role == permission.role

    missing = [permission for permission in PERMISSIONS if not is_wired(permission)]
    for (contract, role), group in groupby(sorted(missing, key=by_target), by_target):
        selectors = tuple(permission.selector for permission in group)
        yield governance.set_target_function_role(addresses[contract], selectors, role)
    for role, holders in ((Role.CURATOR, plan.curators), (Role.GUARDIAN, plan.guardians)):
        for holder in holders:
            if not governance.has_role(role, holder, block=Tag.LATEST).is_member:
                yield governance.grant_role(role, holder, 0)


def _handover(
    governance: Governance, deployer: Address, admin: Address | None, delay: int
) -> Iterator[Call[Any]]:
    """From the deployer, who keeps nothing, to the admin; nothing when that has been done."""
    if admin is None or not governance.has_role(Role.ADMIN, deployer, block=Tag.LATEST).is_member:
        return
    yield governance.set_grant_delay(Role.ADMIN, delay)
    yield governance.grant_role(Role.ADMIN, admin, delay)
    if admin != deployer:
        yield governance.renounce_role(Role.ADMIN, deployer)
