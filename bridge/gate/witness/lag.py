"""How long an endpoint has been behind what another one of the same chain has."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

LAG_S: Final = 120.0
"""Honest endpoints of one chain reach each other's head within seconds; one that takes so long
stands still, or the other one is ahead of the chain."""


@dataclass(frozen=True, slots=True)
class Lag:
    """An endpoint that has not reached a height which another one had."""

    behind: str
    ahead: str
    height: int
    since: float
    """Monotonic seconds."""


class LagWatch:
    """The endpoints of one chain. Blocks mined meanwhile do not matter: each has to come to where
    another one was, not to where that one is.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lags: dict[str, Lag] = {}

    def note(self, heights: Mapping[str, int]) -> None:
        """Takes in the heights of heads that were read together, by endpoint."""
        if not heights:
            return
        ahead = max(heights, key=heights.__getitem__)
        top = heights[ahead]
        for endpoint, height in heights.items():
            lag = self._lags.get(endpoint)
            if height == top:
                self._lags.pop(endpoint, None)
            # Where the top fell in a re-org, nobody can come to where it was.
            elif lag is None or not height < lag.height <= top:
                self._lags[endpoint] = Lag(endpoint, ahead, top, self._clock())

    def longest(self) -> Lag | None:
        """The oldest lag that lasts for longer than LAG_S; None while there is none."""
        oldest = min(self._lags.values(), key=lambda lag: lag.since, default=None)
        if oldest is None or self._clock() - oldest.since <= LAG_S:
            return None
        return oldest
