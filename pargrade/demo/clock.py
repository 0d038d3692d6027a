"""Moves the devnet's time from slot to slot, as fast as the reporters keep up."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.endpoint.head_feed import HeadFeed
from pargrade.devnet.anvil import DevChain
from pargrade.process.child import Child
from pargrade.world.waiting import Watch

HOUR: Final = 3_600

_UNANNOUNCED_S: Final = 0.25
"""After so long without an announced block the chain is asked whether there is one."""


class Clock:
    """The one who decides what time it is on a development chain."""

    def __init__(
        self,
        chain: DevChain,
        heads: HeadFeed,
        index: SpotIndex,
        services: Sequence[Child],
        logs: str,
        patience: float = 60,
    ) -> None:
        """`heads` announces the chain's blocks. `services` are those that have to be up; more may
        join. `patience` is wall seconds.
        """
        self._chain = chain
        self._heads = heads
        self._index = index
        self._watch = Watch(services, logs, patience)
        self._height = 0

    def run(self, slots: Iterable[int], landed: Callable[[int], None]) -> None:
        """Lets every slot come and its round land, in order; `landed` hears of each.

        Raises TooQuiet or ServiceEnded when a round does not come.
        """
        self._height = self._chain.height()
        for slot in slots:
            self._chain.mine_at(slot)
            self._height += 1
            self._watch.until(partial(self._landed, slot), "round", pause_s=0)
            landed(slot)

    def until(self, done: Callable[[], bool], awaited: str) -> None:
        """Waits in wall time, in which the chain's time stands still.

        Raises TooQuiet, ServiceEnded.
        """
        self._watch.until(done, awaited, pause_s=0.05)

    def _landed(self, slot: int) -> bool:
        # Whoever asks all the time takes the reporters' processors from them.
        newest = self._heads.wait_above(self._height, _UNANNOUNCED_S)
        if newest <= self._height:
            newest = self._chain.height()
        if newest <= self._height:
            return False
        self._height = newest
        return self._index.latest(0, block=newest).slot >= slot
