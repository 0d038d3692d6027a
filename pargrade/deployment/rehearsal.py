"""What deploying would do, simulated as one sequence on top of the head: nothing is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import (
    FACTORY,
    FACTORY_CODE,
    address_by,
    through_factory,
)
from pargrade.chain.errors import RpcRefused
from pargrade.chain.reverts import decode_revert
from pargrade.chain.simulation import Message, SimulatedCall, cannot_simulate, simulate_messages
from pargrade.chain.wallet import Wallet
from pargrade.deployment.council import require_safe_roles
from pargrade.deployment.deployer import creations
from pargrade.deployment.factory import factory_cost
from pargrade.deployment.plan import Plan
from pargrade.deployment.revert_hints import explained
from pargrade.deployment.transactions import require_funds
from pargrade.deployment.wiring import cap_calls, handover_calls, role_calls


def deployment_messages(wallet: Wallet, plan: Plan) -> Iterator[Message]:
    """Every call that `deploy` would send now, in its order, but what brings the proxy.

    Raises UnsafeRoles.
    """
    require_safe_roles(plan)
    chain, deployer = wallet.chain, wallet.address
    planned = creations(deployer, plan)
    addresses = {each.name: each.address for each in planned}
    yield from creation_messages(wallet, [each.call for each in planned], plan.salt)
    index, wanted = SpotIndex(chain, addresses["SpotIndex"]), plan.reporters
    is_new = not chain.code(index.address, block=Tag.LATEST)
    if is_new or not index.reporter_config(block=Tag.LATEST).epoch:
        seating = index.set_reporters(wanted.quorum, wanted.method_hash, wanted.addresses)
        yield Message(seating, deployer)
    governance = Governance(chain, addresses["Governance"])
    wiring = (
        *cap_calls(FuturesMarket(chain, addresses["FuturesMarket"]), plan),
        *role_calls(governance, addresses, plan),
        *handover_calls(governance, deployer, plan.admin, plan.admin_delay),
    )
    for call in wiring:
        yield Message(call, deployer)


def creation_messages(
    wallet: Wallet, calls: Sequence[Call[None]], salt: bytes
) -> Iterator[Message]:
    """The creations whose contracts are not there, as calls of the proxy."""
    for call in calls:
        if not wallet.chain.code(address_by(call, salt), block=Tag.LATEST):
            # With the creation's errors: the proxy has none, and passes none on.
            yield Message(replace(through_factory(call, salt), errors=call.errors), wallet.address)


def rehearse(wallet: Wallet, messages: Sequence[Message]) -> int | None:
    """Gas units of all messages together; None where the endpoint cannot simulate.

    The CREATE2 proxy counts as there: bringing it takes another 0.2 million gas at most, and what
    `factory_cost` says. Raises the refusal of the first that would fail, with a hint, NoFactory,
    and UnfundedWallet where the wallet could not pay for all of it.
    """
    if not messages:
        return 0
    first = wallet.chain.block(Tag.PENDING).timestamp
    try:
        simulated = simulate_messages(wallet.chain, messages, first, {FACTORY: FACTORY_CODE})
    except RpcRefused as refused:
        if cannot_simulate(refused):
            return None
        raise
    for message, result in zip(messages, simulated, strict=True):
        _require_success(wallet, message, result)
    gas = sum(result.gas_used for result in simulated)
    require_funds(wallet, gas, factory_cost(wallet.chain))
    return gas


def _require_success(wallet: Wallet, message: Message, result: SimulatedCall) -> None:
    if result.succeeded:
        return
    call = message.call
    if not result.returned and call.to == FACTORY:
        # A creation's reason is lost in the proxy: what follows the salt is the creation itself.
        wallet.estimate(replace(call, to=None, data=call.data[32:]))
    raise explained(decode_revert(result.returned, call.errors, call.label))
