"""Access to a chain that distrusts it: typed reads, endpoints in a pool, one local key that sends.

The names below are for other packages. Each is imported when it is first asked for, so that who
needs an address or an event gets no connection with it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pargrade.chain.block import BlockStamp, Tag
    from pargrade.chain.call import Call
    from pargrade.chain.contract import Contract
    from pargrade.chain.endpoint_health import EndpointReport, PoolPolicy
    from pargrade.chain.endpoint_pool import EndpointPool
    from pargrade.chain.endpoints import Endpoints
    from pargrade.chain.errors import ChainError, ContractError, Reverted
    from pargrade.chain.fees import FeePolicy, Fees
    from pargrade.chain.hashing import Address
    from pargrade.chain.keys import Key, Signature
    from pargrade.chain.log import Event, Log
    from pargrade.chain.receipt import Receipt
    from pargrade.chain.rpc import Chain
    from pargrade.chain.typed_data import Domain
    from pargrade.chain.wallet import Wallet

__all__ = (
    "Address", "BlockStamp", "Call", "Chain", "ChainError", "Contract", "ContractError", "Domain",
    "EndpointPool", "EndpointReport", "Endpoints", "Event", "FeePolicy", "Fees", "Key", "Log",
    "PoolPolicy", "Receipt", "Reverted", "Signature", "Tag", "Wallet",
)  # fmt: skip

_HOMES: Final = {
    "block": ("BlockStamp", "Tag"),
    "call": ("Call",),
    "contract": ("Contract",),
    "endpoint_health": ("EndpointReport", "PoolPolicy"),
    "endpoint_pool": ("EndpointPool",),
    "endpoints": ("Endpoints",),
    "errors": ("ChainError", "ContractError", "Reverted"),
    "fees": ("FeePolicy", "Fees"),
    "hashing": ("Address",),
    "keys": ("Key", "Signature"),
    "log": ("Event", "Log"),
    "receipt": ("Receipt",),
    "rpc": ("Chain",),
    "typed_data": ("Domain",),
    "wallet": ("Wallet",),
}
"""Where each name lives."""

_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
