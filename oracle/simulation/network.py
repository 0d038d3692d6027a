"""A network in virtual time: latency, loss, partitions, and one who hunts the leader."""

import random
from typing import Final

from oracle.simulation.scenario import Scenario

_LATE_CHANCE: Final = 0.03
_LATE_S: Final = 2.0
"""Until the network has healed some messages take so long."""


class Network:
    """Says when a message arrives, if it does."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._draw = random.Random(f"network {scenario.seed}")  # noqa: S311 - a simulated network

    def arrival(self, sender: int, to: int, now: float, leader: int | None) -> float | None:
        """When a message arrives; None when it is lost."""
        scenario, healed = self._scenario, now >= self._scenario.healed_at
        if self._draw.random() < (scenario.loss_after if healed else scenario.loss):
            return None
        if not healed and self._is_cut(sender, to, now, leader):
            return None
        delay = self._draw.uniform(*scenario.latency_s)
        if not healed and self._draw.random() < _LATE_CHANCE:
            delay += self._draw.uniform(0, _LATE_S)
        return now + delay

    def _is_cut(self, sender: int, to: int, now: float, leader: int | None) -> bool:
        if self._scenario.hunts_leader and leader in (sender, to):
            return True
        return any(
            each.begin <= now < each.end and (sender in each.side) != (to in each.side)
            for each in self._scenario.partitions
        )
