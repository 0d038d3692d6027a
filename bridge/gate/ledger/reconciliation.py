"""Holds the ledger of one end against what its gate says at the same block."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bridge.gate.ledger.follower import GateFollower
from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.structs import RouteState
from pargrade.chain.block import BlockStamp
from pargrade.chain.rpc import Chain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BookMismatch:
    """A figure in which ledger and gate differ."""

    chain_id: int
    block: int
    what: str
    ledger: int
    gate: int

    def describe(self) -> str:
        """For people."""
        where = f"chain {self.chain_id}, block {self.block}"
        return f"{where}: the events make {self.what} {self.ledger}, the gate {self.gate}"


def ask_gate(follower: GateFollower, what: str, read: Callable[[BridgeGate], T]) -> T:
    """What all endpoints of an end say its gate has. Raises EndpointsDiffer, TooFewEndpoints."""
    address = follower.ledger.end.gate

    def read_gate(chain: Chain) -> T:
        return read(BridgeGate(chain, address))

    return follower.witnesses.agree(what, read_gate)


def read_state(follower: GateFollower, block: BlockStamp) -> RouteState:
    """The gate's books of the route at a block."""
    route = follower.ledger.route.id
    return ask_gate(follower, "its books", lambda gate: gate.route_state(route, block=block))


def compare_books(follower: GateFollower) -> list[BookMismatch]:
    """Where they differ, as of the block the ledger is of; nothing before the route is added."""
    ledger, block = follower.ledger, follower.head
    if block is None or not ledger.is_added:
        return []
    state = read_state(follower, block)
    route = ledger.route.id
    nonce = ask_gate(follower, "its nonce", lambda gate: gate.last_nonce(route, block=block))
    step = 10 ** (ledger.end.decimals - ledger.route.decimals)
    figures = {
        "last nonce": (ledger.last_nonce, nonce),
        "locked": (ledger.locked * step, state.locked),
        "set aside": (ledger.set_aside * step, state.set_aside),
    }
    if not ledger.is_home:
        figures["minted"] = (ledger.minted * step, state.minted)
    return [
        BookMismatch(ledger.end.chain, block.number, what, ours, theirs)
        for what, (ours, theirs) in figures.items()
        if ours != theirs
    ]
