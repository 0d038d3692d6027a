"""One end of a route as it is on its chain, all of one block."""

from dataclasses import dataclass
from typing import Any, Self

from bridge.gate.route.end import GateEnd
from bridge.gate.route.pair import RoutePair
from pargrade.bindings.structs import AttesterConfig, Direction, Limit, RouteState
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address

NO_ATTESTERS = AttesterConfig(0, 0, 0, False, ())
"""Of a gate before its first set."""


@dataclass(frozen=True, slots=True)
class EndReading:
    """What an end has of a route."""

    block: BlockStamp
    state: RouteState | None
    """None where the route was not added."""
    taken_by: bytes
    """The route of the token at this gate; zero for none."""
    limits: tuple[Limit, Limit] | None
    """Out and in."""
    budgets: tuple[int, int]
    """Steps that may leave and arrive now."""
    attesters: AttesterConfig
    delayed_until: int

    @classmethod
    def of(cls, end: GateEnd, route: bytes, token: Address) -> Self:
        """Reads an end. Raises ChainError."""
        block = end.chain.head()
        gate = end.gate
        taken = gate.route_of(token, block=block)
        is_there = taken == route
        limits, budgets = None, (0, 0)
        if is_there:
            ways = (Direction.OUT, Direction.IN)
            out, into = (gate.limit(route, way, block=block) for way in ways)
            limits = (out, into)
            leaving, arriving = (gate.budget(route, way, block=block) for way in ways)
            budgets = (leaving, arriving)
        return cls(
            block=block,
            state=gate.route_state(route, block=block) if is_there else None,
            taken_by=taken,
            limits=limits,
            budgets=budgets,
            attesters=read_attesters(end, block),
            delayed_until=gate.delayed_until(block=block),
        )

    def to_json(self) -> dict[str, Any]:
        """The end for machines; amounts are base units or steps, as decimal text."""
        document: dict[str, Any] = {
            "block": self.block.number,
            "is_added": self.state is not None,
            "epoch": self.attesters.epoch,
            "threshold": self.attesters.threshold,
            "is_revoked": self.attesters.revoked,
            "attesters": list(self.attesters.attesters),
            "delayed_until": self.delayed_until,
        }
        if self.state is not None and self.limits is not None:
            document |= {
                "locked": str(self.state.locked),
                "set_aside": str(self.state.set_aside),
                "minted": str(self.state.minted),
                "held": str(self.state.held),
                "is_entry_stopped": self.state.entry_stopped,
                "limit_out": _limit_json(self.limits[0], self.budgets[0]),
                "limit_in": _limit_json(self.limits[1], self.budgets[1]),
            }
        return document


def read_attesters(end: GateEnd, block: BlockStamp) -> AttesterConfig:
    """The current set of a gate; NO_ATTESTERS before the first."""
    epoch = end.gate.attester_epoch(block=block)
    return end.gate.attester_config(epoch, block=block) if epoch else NO_ATTESTERS


def read_pair(pair: RoutePair) -> tuple[EndReading, EndReading]:
    """Home and remote."""
    ends = ((pair.home, pair.route.home), (pair.remote, pair.route.remote))
    home, remote = (EndReading.of(gate, pair.route.id, end.token) for gate, end in ends)
    return home, remote


def _limit_json(limit: Limit, budget: int) -> dict[str, Any]:
    return {
        "capacity": str(limit.capacity),
        "pending": str(limit.pending),
        "ready_at": limit.ready_at,
        "budget": str(budget),
    }
