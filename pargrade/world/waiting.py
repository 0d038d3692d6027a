"""Waiting for what services do, while they are alive and for so long only."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pargrade.process.child import Child
from pargrade.world.errors import ServiceEnded, TooQuiet


@dataclass(frozen=True, slots=True)
class Watch:
    """Services that have to be up, and where their words are."""

    services: Sequence[Child]
    """More may join."""
    logs: str
    patience_s: float = 60.0

    def check(self) -> None:
        """Raises ServiceEnded for the first that has ended."""
        for service in self.services:
            if not service.alive:
                raise ServiceEnded(service.name, self.logs)

    def until(self, done: Callable[[], bool], awaited: str, pause_s: float) -> None:
        """Waits until it is done. Raises TooQuiet, ServiceEnded."""
        deadline = time.monotonic() + self.patience_s
        while not done():
            self.check()
            if time.monotonic() > deadline:
                raise TooQuiet(awaited, self.patience_s, self.logs)
            time.sleep(pause_s)
