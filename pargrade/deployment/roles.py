"""Which role may call what: the one table that deployments wire and documents print.

Everything that is not listed here is either open to all or, like unwrap, merge, redeem, claim and
cancel, open to whoever holds the tokens or signed the order. No role reaches those.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2


class Role(IntEnum):
    """Role ids in Governance, an OpenZeppelin AccessManager."""

    ADMIN = 0
    CURATOR = 1
    GUARDIAN = 2
    COUNCIL = 3


@dataclass(frozen=True, slots=True)
class Permission:
    """One privileged function."""

    role: Role
    contract: str
    function: str
    selector: bytes


def _may(
    role: Role,
    contract: type[
        BridgeGate
        | FuturesExchange
        | FuturesMarket
        | GradeRegistry
        | PhasedIndex
        | SpotIndex
        | SpotIndexV2
    ],
    *functions: str,
) -> tuple[Permission, ...]:
    return tuple(
        Permission(role, contract.NAME, name, contract.SELECTORS[name]) for name in functions
    )


PERMISSIONS: Final = (
    *_may(
        Role.CURATOR,
        GradeRegistry,
        "list",
        "reopen",
        "announce_impairment",
        "withdraw_impairment",
    ),
    *_may(Role.CURATOR, FuturesMarket, "create", "allow_entry"),
    *_may(Role.CURATOR, FuturesExchange, "allow_entry"),
    *_may(Role.CURATOR, BridgeGate, "add_route", "set_limit", "allow_entry", "start_route"),
    *_may(Role.GUARDIAN, GradeRegistry, "close"),
    *_may(Role.GUARDIAN, FuturesMarket, "stop_entry", "exclude", "reject"),
    *_may(Role.GUARDIAN, FuturesExchange, "stop_entry"),
    *_may(Role.GUARDIAN, BridgeGate, "stop_entry", "delay_inbound"),
    *_may(Role.COUNCIL, BridgeGate, "revoke_epoch", "stop_routes"),
    *_may(Role.ADMIN, SpotIndex, "set_reporters"),
    *_may(Role.ADMIN, SpotIndexV2, "set_reporters", "append"),
    *_may(Role.ADMIN, PhasedIndex, "follow", "withdraw"),
    *_may(Role.ADMIN, FuturesMarket, "set_month_cap"),
    *_may(Role.ADMIN, FuturesExchange, "set_fee"),
    *_may(Role.ADMIN, BridgeGate, "set_attesters"),
)
