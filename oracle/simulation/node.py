"""One simulated node: its state machine, its disk, its clock, and who lies in its place."""

from dataclasses import dataclass, field

from oracle.protocol.batch.table import Fetched
from oracle.protocol.machine.machine import Machine
from oracle.protocol.machine.promises import PromiseRecord
from oracle.simulation.liar import Liar
from oracle.simulation.scenario import Crash


@dataclass(slots=True)
class Node:
    """One simulated node."""

    position: int
    skew_s: float
    machine: Machine
    liar: Liar | None
    table: dict[str, Fetched] = field(default_factory=dict)
    journal: list[PromiseRecord] = field(default_factory=list)
    tick_at: float = 0.0
    is_up: bool = True
    crash: Crash | None = None
