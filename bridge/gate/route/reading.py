"""One end of a route as it is on its chain, all of one block."""

from dataclasses import dataclass
from typing import Any, Self

from bridge.gate.route.end import GateEnd
from bridge.gate.route.pair import RoutePair
from pargrade.bindings.structs import AttesterConfig, Direction, Limit, RouteState
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.gate.rate_limit import Bucket

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
    limit: Limit | None
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
        limit, budgets = None, (0, 0)
        if is_there:
            limit = gate.limit(route, block=block)
            ways = (Direction.OUT, Direction.IN)
            leaving, arriving = (gate.budget(route, way, block=block) for way in ways)
            budgets = (leaving, arriving)
        return cls(
            block=block,
            state=gate.route_state(route, block=block) if is_there else None,
            taken_by=taken,
            limit=limit,
            budgets=budgets,
            attesters=read_attesters(end, block),
            delayed_until=gate.delayed_until(route, block=block) if is_there else 0,
        )

    @property
    def bucket(self) -> Bucket:
        """What may cross, now and later; nothing where the route is not added."""
        if self.limit is None:
            return Bucket(0, 0, self.block.timestamp)
        return Bucket(self.limit.capacity, self.limit.level, self.limit.updated_at)

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
        if self.state is not None and self.limit is not None:
            document |= {
                "locked": str(self.state.locked),
                "set_aside": str(self.state.set_aside),
                "minted": str(self.state.minted),
                "held": str(self.state.held),
                "is_entry_stopped": self.state.entry_stopped,
                "stopped_until": self.state.stopped_until,
                "limit": str(self.limit.capacity),
                "pending_limit": str(self.limit.pending),
                "limit_ready_at": self.limit.ready_at,
                "may_leave": str(self.budgets[0]),
                "may_arrive": str(self.budgets[1]),
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
