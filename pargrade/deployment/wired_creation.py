"""The creation of each contract of a deployment: our code with the addresses of the file.

What constructors are given decides whom a contract trusts. Addresses come from the file; what the
file does not hold, as decimals or limits, from the contract itself, whose code is compared before.
"""

from collections.abc import Callable
from typing import Any, Final

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_lens import FuturesLens
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.last_rung import LastRung
from pargrade.bindings.listing_rules import ListingRules
from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.route_rules import RouteRules
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import At
from pargrade.chain.call import Call
from pargrade.chain.construction import created_by
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment
from pargrade.deployment.front import front_of, index_of_phase, is_index_name

_INDICES: Final = frozenset({SpotIndex.NAME, SpotIndexV2.NAME})

_FEED: Final = IndexFeed.NAME

_DEPLOYED: Final = frozenset(
    kind.NAME
    for kind in (
        *(Governance, GradeRegistry, SpotIndex, SpotIndexV2, PhasedIndex, IndexFeed),
        *(FuturesMarket, FuturesExchange, FuturesLens, BridgeGate, TestToken),
    )
)


_CREATES: Final = {
    FuturesMarket.NAME: (ListingRules.NAME, LastRung.NAME),
    BridgeGate.NAME: (RouteRules.NAME,),
}
"""What constructors create, in order."""


def contracts_named(name: str) -> frozenset[str]:
    """Which contracts, by their Solidity names, a deployment file may list under a name."""
    if is_index_name(name):
        return _INDICES
    if name.startswith(_FEED) and name[len(_FEED) :].isdigit():
        return frozenset({_FEED})
    return frozenset({TestToken.NAME if name == "tUSD" else name})


def is_deployed(contract: str) -> bool:
    """Whether `wired_creation` knows a contract, by its Solidity name."""
    return contract in _DEPLOYED


def wired_creation(
    chain: Chain, deployment: Deployment, name: str, contract: str, block: At
) -> Call[None]:
    """The creation of the contract that a deployment lists under a name.

    `contract` is its Solidity name. Raises NotDeployed where the file lacks what it is wired to,
    KeyError for a contract that no deployment has, and what the chain raises.
    """
    where = deployment.address
    here = where(name)

    def market() -> Call[None]:
        registry = where(GradeRegistry.NAME)
        return FuturesMarket.deploy(where(Governance.NAME), registry, front_of(deployment))

    def lens() -> Call[None]:
        registry = where(GradeRegistry.NAME)
        return FuturesLens.deploy(where(FuturesMarket.NAME), registry, front_of(deployment))

    creations: dict[str, Callable[[], Call[None]]] = {
        # Its first admin is nothing that its code keeps.
        Governance.NAME: lambda: Governance.deploy(here),
        GradeRegistry.NAME: lambda: GradeRegistry.deploy(where(Governance.NAME)),
        SpotIndex.NAME: lambda: _index(chain, where(Governance.NAME), here, block),
        SpotIndexV2.NAME: lambda: _index_v2(chain, where(Governance.NAME), here, block),
        PhasedIndex.NAME: lambda: PhasedIndex.deploy(
            where(Governance.NAME), index_of_phase(deployment, 1)
        ),
        _FEED: lambda: IndexFeed.deploy(front_of(deployment), int(name[len(_FEED) :] or 0)),
        FuturesMarket.NAME: market,
        FuturesExchange.NAME: lambda: FuturesExchange.deploy(
            where(Governance.NAME), where(FuturesMarket.NAME)
        ),
        FuturesLens.NAME: lens,
        BridgeGate.NAME: lambda: BridgeGate.deploy(where(Governance.NAME)),
        TestToken.NAME: lambda: _token(chain, here, block),
    }
    return creations[contract]()


def inner_contracts(contract: str, here: Address) -> dict[str, Address]:
    """What the constructor of a contract at an address creates: addresses by Solidity names."""
    names = _CREATES.get(contract, ())
    return {name: created_by(here, nonce) for nonce, name in enumerate(names, start=1)}


def inner_creation(deployment: Deployment, contract: str) -> Call[None]:
    """The creation of one of `inner_contracts`, with its own artifact's code.

    The code it got is compiled with its creator's settings and may be another; the arguments are
    these. Raises NotDeployed, and KeyError for a contract that none creates.
    """
    creations: dict[str, Callable[[], Call[None]]] = {
        ListingRules.NAME: lambda: ListingRules.deploy(
            deployment.address(GradeRegistry.NAME), front_of(deployment)
        ),
        LastRung.NAME: lambda: LastRung.deploy(front_of(deployment)),
        RouteRules.NAME: RouteRules.deploy,
    }
    return creations[contract]()


def unit_creation(chain: Chain, unit: Address, block: At) -> Call[None]:
    """The creation of a wrapped unit, from its own word."""
    wrapped = WrappedUnit(chain, unit)
    return WrappedUnit.deploy(
        wrapped.grade_id(block=block),
        wrapped.factor(block=block),
        wrapped.name(block=block),
        wrapped.symbol(block=block),
    )


def _index(chain: Chain, authority: Address, here: Address, block: At) -> Call[None]:
    index = SpotIndex(chain, here)
    return SpotIndex.deploy(authority, index.timing(block=block), index.index_names(block=block))


def _index_v2(chain: Chain, authority: Address, here: Address, block: At) -> Call[None]:
    """As it would be created with the indices it has by now: the code is the same."""
    index = SpotIndexV2(chain, here)
    names = index.index_names(block=block)
    limits = tuple(index.limits_of(number, block=block) for number in range(len(names)))
    grid, flags = index.timing(block=block).grid, index.flags(block=block)
    return SpotIndexV2.deploy(authority, grid, flags, names, limits)


def _token(chain: Chain, here: Address, block: At) -> Call[None]:
    token: Any = TestToken(chain, here)
    name, symbol = token.name(block=block), token.symbol(block=block)
    return TestToken.deploy(name, symbol, token.decimals(block=block))
