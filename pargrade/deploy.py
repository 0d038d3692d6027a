"""Puts the contracts on a chain and wires their roles: the same steps for every chain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Final

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import GradeTerms as ListedTerms
from pargrade.bindings.structs import Timing
from pargrade.bindings.test_token import TestToken
from pargrade.chain.artifact import load_artifact
from pargrade.chain.call import Call
from pargrade.chain.contract import Contract
from pargrade.chain.deployments import DeployedContract, DeployedGrade, Deployment
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.wallet import Wallet
from pargrade.errors import PargradeError
from pargrade.grade import GradeTerms
from pargrade.roles import PERMISSIONS, Permission, Role

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

ADMIN_DELAY: Final = 7 * 86_400
"""Seconds an admin's act waits in the open, except on development chains."""


class WeakQuorum(PargradeError):
    """A quorum the contract would refuse, or that protects against nothing."""

    hint = "Take an odd quorum of more than half the reporters, such as 3 of 5 or 5 of 7."

    def __init__(self, quorum: int, reporters: int) -> None:
        self.quorum = quorum
        self.reporters = reporters
        super().__init__(f"a quorum of {quorum} among {reporters} reporters is not usable")


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
        return (self.quorum + 1) // 2 - 1

    @property
    def silent(self) -> int:
        """Silent reporters the index survives: n - q."""
        return len(self.addresses) - self.quorum


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


@dataclass(slots=True)
class _Site:
    """Where the pieces land, one transaction after the other."""

    wallet: Wallet
    progress: Callable[[str], None]
    placed: dict[str, DeployedContract] = field(default_factory=dict)

    def place(self, contract: type[Contract], creation: Call[None], name: str = "") -> Address:
        """Creates a contract and remembers it under its name."""
        receipt = self.wallet.send(creation)
        known_as = name or contract.NAME
        self.placed[known_as] = DeployedContract(
            receipt.contract, receipt.block.number, load_artifact(contract.NAME).input_hash
        )
        self.progress(f"{known_as} at {receipt.contract}")
        return receipt.contract


def deploy(
    wallet: Wallet, plan: Plan, progress: Callable[[str], None] = lambda _: None
) -> Deployment:
    """Deploys everything in `plan` and returns where it is. The wallet pays and is admin meanwhile.

    Raises what the wallet raises; what was deployed until then stays unused on the chain.
    """
    chain = wallet.chain
    site = _Site(wallet, progress)
    governance = Governance(chain, site.place(Governance, Governance.deploy(wallet.address)))
    authority = governance.address
    registry = site.place(GradeRegistry, GradeRegistry.deploy(authority))
    index = SpotIndex(
        chain, site.place(SpotIndex, SpotIndex.deploy(authority, plan.timing, plan.indices))
    )
    for number, _ in enumerate(plan.indices):
        name = "IndexFeed" if number == 0 else f"IndexFeed{number}"
        site.place(IndexFeed, IndexFeed.deploy(index.address, number), name)
    site.place(FuturesMarket, FuturesMarket.deploy(authority, registry, index.address))
    # Without routes and attesters it moves nothing: both come with a gate on another chain.
    site.place(BridgeGate, BridgeGate.deploy(authority))
    quote = plan.quote_token or site.place(
        TestToken, TestToken.deploy("Test US Dollar", "tUSD", 6), "tUSD"
    )

    reporters = plan.reporters
    wallet.send(index.set_reporters(reporters.quorum, reporters.method_hash, reporters.addresses))
    addresses = {name: entry.address for name, entry in site.placed.items()}
    for call in _wiring(governance, addresses, plan):
        wallet.send(call)
    if plan.admin is not None:
        for call in _handover(governance, wallet.address, plan.admin, plan.admin_delay):
            wallet.send(call)
    progress(
        f"{len(reporters.addresses)} reporters, quorum {reporters.quorum}: a value survives "
        f"{reporters.liars} liars, the index {reporters.silent} silent reporters"
    )
    return Deployment(
        chain_id=chain.chain_id,
        block=min(entry.block for entry in site.placed.values()),
        quote_token=quote,
        contracts=site.placed,
    )


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


def _wiring(
    governance: Governance, addresses: dict[str, Address], plan: Plan
) -> Iterator[Call[Any]]:
    def by_target(permission: Permission) -> tuple[str, Role]:
        return permission.contract, permission.role

    for (contract, role), group in groupby(sorted(PERMISSIONS, key=by_target), by_target):
        selectors = tuple(permission.selector for permission in group)
        yield governance.set_target_function_role(addresses[contract], selectors, role)
    for role, holders in ((Role.CURATOR, plan.curators), (Role.GUARDIAN, plan.guardians)):
        for holder in holders:
            yield governance.grant_role(role, holder, 0)


def _handover(
    governance: Governance, deployer: Address, admin: Address, delay: int
) -> Iterator[Call[Any]]:
    yield governance.set_grant_delay(Role.ADMIN, delay)
    yield governance.grant_role(Role.ADMIN, admin, delay)
    if admin != deployer:
        yield governance.renounce_role(Role.ADMIN, deployer)
