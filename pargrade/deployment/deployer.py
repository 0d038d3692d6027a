"""Puts the contracts on a chain and wires their roles: the same steps for every chain."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_lens import FuturesLens
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.test_token import TestToken
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.contract import Contract
from pargrade.chain.create2 import FACTORY, NO_SALT, NoFactory, address_by, through_factory
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.deployment.file import DeployedContract, Deployment
from pargrade.deployment.plan import Plan
from pargrade.deployment.transactions import affordable
from pargrade.deployment.wiring import cap_calls, handover_calls, role_calls
from pargrade.errors import PargradeError


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
        *cap_calls(FuturesMarket(chain, addresses["FuturesMarket"]), plan),
        *role_calls(governance, addresses, plan),
        *handover_calls(governance, wallet.address, plan.admin, plan.admin_delay),
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
            SpotIndex.deploy(stand_in, plan.timing, plan.indices),
            FuturesMarket.deploy(stand_in, stand_in, stand_in),
            FuturesExchange.deploy(stand_in, stand_in),
        ),
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
