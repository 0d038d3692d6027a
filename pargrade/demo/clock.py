"""Moves the devnet's time from slot to slot, as fast as the committee keeps up."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.chain.endpoint.head_feed import HeadFeed
from pargrade.devnet.anvil import DevChain
from pargrade.process.child import Child
from pargrade.world.errors import TooQuiet
from pargrade.world.waiting import Watch

HOUR: Final = 3_600

_UNANNOUNCED_S: Final = 0.25
"""After so long without an announced block the chain is asked whether there is one."""
_STANDS_S: Final = 6.0
"""Time stands still for so long of the wall's before a round has to be waited for by the chain's
time. With all members up a round waits for messages alone, and a busy machine gets it done.
"""
_TICK_S: Final = 0.5
"""A second of the chain lasts so long of the wall's while a round is waited for."""
_GIVEN_UP: Final = 15
"""After so many seconds of the chain a slot's leader is dead: the next slot has another one."""
_PATIENCE_S: Final = 240.0


class Clock:
    """The one who decides what time it is on a development chain."""

    def __init__(
        self,
        chain: DevChain,
        heads: HeadFeed,
        index: SpotIndexV2,
        services: Sequence[Child],
        logs: str,
    ) -> None:
        """`heads` announces the chain's blocks. `services` are those that have to be up; more may
        join.
        """
        self.stands_s = _STANDS_S
        """How long time stands still at a slot: less where a member is known to be down."""
        self._chain = chain
        self._heads = heads
        self._index = index
        self._logs = logs
        self._watch = Watch(services, logs, _PATIENCE_S)
        self._height = 0
        self._tick_s = _TICK_S

    def run(self, slots: Iterable[int], landed: Callable[[int], None]) -> None:
        """Lets every slot come and its round land, in order; `landed` hears of each round's slot,
        a later one where a slot had no round.

        Raises TooQuiet or ServiceEnded when a round does not come.
        """
        self._height = self._chain.height()
        for slot in slots:
            self.pass_to(slot)
            landed(self._await_round(slot))

    def pass_to(self, instant: int) -> None:
        """Lets an instant come, unix seconds; nothing is waited for."""
        self._chain.mine_at(instant)

    def until(self, done: Callable[[], bool], awaited: str) -> None:
        """Waits in wall time, in which the chain's time stands still.

        Raises TooQuiet, ServiceEnded.
        """
        self._watch.until(done, awaited, pause_s=0.05)

    def _await_round(self, slot: int) -> int:
        grid = self._index.timing(block=Tag.LATEST).grid
        begun = time.monotonic()
        next_tick = begun + self.stands_s
        while (last := self._last_slot()) < slot:
            self._watch.check()
            now = time.monotonic()
            if now > begun + _PATIENCE_S:
                raise TooQuiet(f"round at {slot}", _PATIENCE_S, self._logs)
            if now >= next_tick:
                self._tick(grid)
                next_tick = now + self._tick_s
        self._tick_s = _TICK_S
        return last

    def _tick(self, grid: int) -> None:
        head = self._chain.head().timestamp
        if head % grid < _GIVEN_UP:
            self._chain.mine_at(head + 1)
        else:
            # On a machine that is too busy for one slot the next one gets more time.
            self._tick_s *= 2
            self._chain.mine_at(head - head % grid + grid)

    def _last_slot(self) -> int:
        """Of the last round as of a block that was not looked at before; else 0."""
        # Whoever asks all the time takes the members' processors from them.
        newest = self._heads.wait_above(self._height, _UNANNOUNCED_S)
        if newest <= self._height:
            newest = self._chain.height()
        if newest <= self._height:
            return 0
        self._height = newest
        return self._index.last_slot(block=newest)
