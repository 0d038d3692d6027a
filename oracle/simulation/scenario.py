"""One simulated run as data: who takes part, who lies and how, what the network does and when."""

from dataclasses import dataclass

from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.committee.committee import Committee
from oracle.simulation.chain import Reorg
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.spot_index.common_report import common_domain

BEGIN = 1_780_000_200
GRID_S = 60
HEARTBEAT_S = 300
BLOCK_S = 1


@dataclass(frozen=True, slots=True)
class Partition:
    """Two groups that do not hear each other."""

    begin: float
    end: float
    side: frozenset[int]


@dataclass(frozen=True, slots=True)
class Crash:
    """A node that ends in the middle of its outputs, and starts again."""

    position: int
    crashed_at: float
    down_s: float
    is_restored: bool
    """Starts on a copy of its journal from the beginning of the run."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a run is determined by."""

    seed: int
    bounds: Bounds
    liars: tuple[tuple[int, str], ...] = ()
    """Position and name of the strategy."""
    latency_s: tuple[float, float] = (0.02, 0.12)
    loss: float = 0.0
    """Share of messages lost until the network has healed."""
    loss_after: float = 0.0
    skew_s: float = 0.0
    """Clocks are off by so much at most."""
    partitions: tuple[Partition, ...] = ()
    crashes: tuple[Crash, ...] = ()
    hunts_leader: bool = False
    """Until healed, nothing reaches or leaves the leader of the slot."""
    two_faced: bool = False
    reorgs: tuple[Reorg, ...] = ()
    slow_fetchers: frozenset[int] = frozenset()
    dead: frozenset[int] = frozenset()
    healed_at: float = BEGIN
    end: float = BEGIN + 3 * HEARTBEAT_S

    @property
    def is_calm(self) -> bool:
        """Whether every message arrives once the network has healed."""
        return self.loss_after == 0.0

    @property
    def honest(self) -> tuple[int, ...]:
        """Positions that follow the protocol, dead ones too."""
        liars = {position for position, _ in self.liars}
        return tuple(each for each in range(self.bounds.nodes) if each not in liars)


def committee_of(bounds: Bounds) -> Committee:
    """The committee of simulated worlds."""
    return Committee(
        bounds=bounds,
        domain=common_domain(31_337, ZERO_ADDRESS),
        index_set=bytes(31) + b"\1",
        epoch=1,
        method_hash=bytes(31) + b"\2",
        indices=2,
        flags=0,
        grid_s=GRID_S,
        heartbeat_s=HEARTBEAT_S,
        min_interval_s=GRID_S,
        deviation_bps=300,
    )
