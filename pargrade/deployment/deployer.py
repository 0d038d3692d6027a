"""Puts the contracts on a chain and wires their roles: the same steps for every chain."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_lens import FuturesLens
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.test_token import TestToken
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.contract import Contract
from pargrade.chain.create2 import NO_SALT, address_by, through_factory
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.deployment.batch import await_earlier, send_batch
from pargrade.deployment.council import require_safe_roles
from pargrade.deployment.draft import EarlierRuns
from pargrade.deployment.factory import bring_factory, has_factory
from pargrade.deployment.file import DeployedContract, Deployment
from pargrade.deployment.plan import Plan, Reporters
from pargrade.deployment.transactions import affordable
from pargrade.deployment.wiring import cap_calls, handover_calls, role_calls
from pargrade.errors import PargradeError
from pargrade.spot_index.quorum import IndexVersion


class OtherReporters(PargradeError):
    """The same contracts are on the chain already, with other reporters than planned."""

    hint = "Name the reporters it has, or deploy another instance with another --salt."

    def __init__(self, index: Address) -> None:
        self.index = index
        super().__init__(f"SpotIndex {index} is on this chain already, with other reporters")


@dataclass(frozen=True, slots=True)
class Creation:
    """One contract of a deployment, and where it belongs."""

    name: str
    """In the deployment file."""
    contract: str
    """The Solidity name."""
    call: Call[None]
    address: Address
    asks_others: bool
    """Its constructor reads other contracts, which have to be there before."""


Progress = Callable[[str], None]


def creations(deployer: Address, plan: Plan) -> tuple[Creation, ...]:
    """Everything to create, in order. Addresses follow from code and arguments alone."""
    placed: list[Creation] = []

    def place(contract: type[Contract], call: Call[None], name: str = "") -> Address:
        address, asks = address_by(call, plan.salt), contract in (IndexFeed, FuturesLens)
        placed.append(Creation(name or contract.NAME, contract.NAME, call, address, asks))
        return address

    authority = place(Governance, Governance.deploy(deployer))
    registry = place(GradeRegistry, GradeRegistry.deploy(authority))
    version = plan.reporters.index_version
    kind = SpotIndexV2 if version is IndexVersion.COMMON_REPORT else SpotIndex
    # Whatever the version: who reads an index finds it under one name.
    index = place(kind, index_creation(authority, plan), SpotIndex.NAME)
    # Markets and feeds never change whom they read; who submits and watches finds the index itself.
    front = place(PhasedIndex, PhasedIndex.deploy(authority, index)) if plan.phased else index
    for number, _ in enumerate(plan.indices):
        name = "IndexFeed" if number == 0 else f"IndexFeed{number}"
        place(IndexFeed, IndexFeed.deploy(front, number), name)
    market = place(FuturesMarket, FuturesMarket.deploy(authority, registry, front))
    place(FuturesExchange, FuturesExchange.deploy(authority, market))
    place(FuturesLens, FuturesLens.deploy(market, registry, front))
    # Without routes and attesters it moves nothing: both come with a gate on another chain.
    place(BridgeGate, BridgeGate.deploy(authority))
    if plan.quote_token is None:
        place(TestToken, TestToken.deploy("Test US Dollar", "tUSD", 6), "tUSD")
    return tuple(placed)


def index_creation(authority: Address, plan: Plan) -> Call[None]:
    """The creation of the index in the version that the plan's reporters sign for."""
    if plan.reporters.index_version is IndexVersion.COMMON_REPORT:
        return SpotIndexV2.deploy(
            authority, plan.timing.grid, plan.flags, plan.indices, plan.limits
        )
    return SpotIndex.deploy(authority, plan.timing, plan.indices)


def deploy(
    wallet: Wallet,
    plan: Plan,
    progress: Progress = lambda _: None,
    earlier: EarlierRuns | None = None,
) -> Deployment:
    """Deploys everything in `plan` and returns where it is. The wallet pays and is admin meanwhile.

    What is on the chain already is found, not deployed again: after a crash the same call goes on
    where it stopped, and a finished deployment costs nothing. Transactions go out in batches: what
    stands alone, then what asks it and the roles, last the handover. When what is found was created
    comes from `earlier` runs, else from logs. Raises NoFactory, OtherReporters, UnsafeRoles,
    StuckTransaction, and what the wallet raises.
    """
    earlier = earlier or EarlierRuns()
    require_safe_roles(plan)
    chain = wallet.chain
    planned = creations(wallet.address, plan)
    addresses = {each.name: each.address for each in planned}
    await_earlier(wallet)
    is_seated = _is_seated(chain, addresses["SpotIndex"], plan.reporters)
    since = earlier.draft.begin(chain, addresses["Governance"]) if earlier.draft else 0
    if not has_factory(chain):
        progress("The chain lacks the CREATE2 proxy: sending its presigned transaction")
        bring_factory(wallet)
    alone = [each for each in planned if not each.asks_others]
    asking = [each for each in planned if each.asks_others]
    blocks = _create(wallet, alone, plan.salt, (), progress)
    wiring = list(_wiring_calls(chain, addresses, plan, is_seated=is_seated))
    blocks |= _create(wallet, asking, plan.salt, wiring, progress)
    governance = Governance(chain, addresses["Governance"])
    send_batch(wallet, handover_calls(governance, wallet.address, plan.admin, plan.admin_delay))

    blocks = {**earlier.blocks, **blocks}
    first = blocks.get("Governance") or _first_block(chain, addresses["Governance"], since)
    placed = {
        each.name: DeployedContract(
            each.address, blocks.get(each.name, first), load_artifact(each.contract).input_hash
        )
        for each in planned
    }
    progress(
        f"{len(plan.reporters.addresses)} reporters, quorum {plan.reporters.quorum}: a value "
        f"survives {plan.reporters.liars} liars, the index {plan.reporters.silent} silent reporters"
    )
    return Deployment(
        chain_id=chain.chain_id,
        block=min(entry.block for entry in placed.values()),
        quote_token=plan.quote_token or addresses["tUSD"],
        contracts=placed,
    )


def least_gas(wallet: Wallet, plan: Plan) -> int:
    """Gas of the creations whose arguments are known before anything is on chain, together.

    Raises the refusal of the first that would fail, and UnfundedWallet when they are too dear.
    """
    stand_in = wallet.address
    return affordable(
        wallet,
        (
            Governance.deploy(stand_in),
            GradeRegistry.deploy(stand_in),
            index_creation(stand_in, plan),
            FuturesMarket.deploy(stand_in, stand_in, stand_in),
            FuturesExchange.deploy(stand_in, stand_in),
        ),
    )


def place_all(
    wallet: Wallet, creations: Sequence[Call[None]], salt: bytes = NO_SALT
) -> tuple[Address, ...]:
    """Creates contracts at their own addresses, those that are not there, in one batch.

    Raises NoFactory.
    """
    bring_factory(wallet)
    addresses = tuple(address_by(creation, salt) for creation in creations)
    chain = wallet.chain
    missing = [
        creation
        for creation, address in zip(creations, addresses, strict=True)
        if not chain.code(address, block=Tag.LATEST)
    ]
    send_batch(wallet, _through_factory(wallet, missing, salt))
    return addresses


def _through_factory(
    wallet: Wallet, creations: Iterable[Call[None]], salt: bytes
) -> list[Call[None]]:
    """The creations as calls of the proxy, none of which would be refused."""
    calls = []
    for creation in creations:
        # The proxy swallows the reason of a refusal; the creation alone tells it.
        wallet.estimate(creation)
        calls.append(through_factory(creation, salt))
    return calls


def _create(
    wallet: Wallet,
    planned: Sequence[Creation],
    salt: bytes,
    others: Sequence[Call[Any]],
    progress: Progress,
) -> dict[str, int]:
    """Creates what is missing, and sends `others` in the same batch. Blocks by name of the new."""
    chain = wallet.chain
    missing = [each for each in planned if not chain.code(each.address, block=Tag.LATEST)]
    for each in planned:
        if each not in missing:
            progress(f"{each.name} found at {each.address}")
    calls = [*_through_factory(wallet, [each.call for each in missing], salt), *others]
    if calls:
        progress(f"Sending {len(calls)} transactions")
    blocks = {}
    for each, receipt in zip(missing, send_batch(wallet, calls), strict=False):
        progress(f"{each.name} at {each.address}")
        blocks[each.name] = receipt.block.number
    return blocks


def _wiring_calls(
    chain: Chain, addresses: dict[str, Address], plan: Plan, *, is_seated: bool
) -> Iterator[Call[Any]]:
    """Seats the reporters, caps the market, gives the roles, as far as that is not done yet."""
    if not is_seated:
        index, wanted = SpotIndex(chain, addresses["SpotIndex"]), plan.reporters
        yield index.set_reporters(wanted.quorum, wanted.method_hash, wanted.addresses)
    yield from cap_calls(FuturesMarket(chain, addresses["FuturesMarket"]), plan)
    yield from role_calls(Governance(chain, addresses["Governance"]), addresses, plan)


def _is_seated(chain: Chain, address: Address, wanted: Reporters) -> bool:
    """Whether the index has the reporters wanted; False before it has any."""
    if not chain.code(address, block=Tag.LATEST):
        return False
    config = SpotIndex(chain, address).reporter_config(block=Tag.LATEST)
    found = (config.quorum, config.method_hash, config.reporters)
    if config.epoch and found != (wanted.quorum, wanted.method_hash, wanted.addresses):
        raise OtherReporters(address)
    return config.epoch != 0


def _first_block(chain: Chain, governance: Address, since: int) -> int:
    """Of the first thing that Governance said: no contract that names it can be older."""
    logs = chain.logs([governance], first=since, last=chain.head().number)
    return logs[0].block_number
