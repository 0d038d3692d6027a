"""Moves the devnet's time from slot to slot, as fast as the reporters keep up."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.devnet.anvil import DevChain
from pargrade.process.child import Child
from pargrade.world.waiting import Watch

HOUR: Final = 3_600


class Clock:
    """The one who decides what time it is on a development chain."""

    def __init__(
        self,
        chain: DevChain,
        index: SpotIndex,
        services: Sequence[Child],
        logs: str,
        patience: float = 60,
    ) -> None:
        """`services` are those that have to be up; more may join. `patience` is wall seconds."""
        self._chain = chain
        self._index = index
        self._watch = Watch(services, logs, patience)
        self._height = 0

    def run(self, slots: Iterable[int], landed: Callable[[int], None]) -> None:
        """Lets every slot come and its round land, in order; `landed` hears of each.

        Raises TooQuiet or ServiceEnded when a round does not come.
        """
        took = 0.0
        for slot in slots:
            started = time.monotonic()
            self._chain.mine_at(slot)
            # No round lands in half the time of the last one: whoever asks takes the reporters'
            # processors from them.
            time.sleep(took / 2)
            self.until(partial(self._landed, slot), "round")
            took = time.monotonic() - started
            landed(slot)

    def until(self, done: Callable[[], bool], awaited: str, pause: float = 0.002) -> None:
        """Waits in wall time, in which the chain's time stands still.

        Raises TooQuiet, ServiceEnded.
        """
        self._watch.until(done, awaited, pause)

    def _landed(self, slot: int) -> bool:
        # Asking for the height is the cheapest question; the index is asked when it has risen.
        newest = self._chain.height()
        if newest == self._height:
            return False
        self._height = newest
        return self._index.latest(0, block=newest).slot >= slot
