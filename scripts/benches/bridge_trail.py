"""What was minted beyond what was locked, at every block of two chains that know no common time.

A watch asks for both heights on and on. A pair counts where the first height is the same before
and after the second was asked for: then both chains were there at one moment. Between two such
pairs blocks of both chains may have come in more than one order; every block of one chain that came
while the other stood still is judged as it was.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Final

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.follower import GateFollower
from pargrade.chain.rpc import Chain

_PAUSE_S: Final = 0.002

Heights = tuple[int, int]
"""Of home and of the remote end, at one moment."""


class HeightTrail:
    """The heights that two chains had together."""

    def __init__(self, home: str, remote: str) -> None:
        """Endpoints of both, which are asked over connections of its own."""
        self._chains = (Chain.connect(home), Chain.connect(remote))
        self.seen: list[Heights] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watches until the context ends; both ends of it are in the trail."""
        over = threading.Event()
        self._note()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self._note()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(_PAUSE_S):
            self._note()

    def _note(self) -> None:
        home, remote = self._chains
        while True:
            before, there, after = home.height(), remote.height(), home.height()
            if before == after:
                break
            time.sleep(_PAUSE_S)
        if not self.seen or self.seen[-1] != (before, there):
            self.seen.append((before, there))


def most_beyond(trail: HeightTrail, home: GateFollower, remote: GateFollower) -> int:
    """Steps minted beyond what was locked, the most at any block of either chain."""
    locked, minted = _locked_by_block(home), _minted_by_block(remote)
    return max(
        _beyond_between(before, after, locked, minted)
        for before, after in pairwise([*trail.seen, trail.seen[-1]])
    )


def _beyond_between(
    before: Heights, after: Heights, locked: Mapping[int, int], minted: Mapping[int, int]
) -> int:
    """The most in the order of blocks that makes least of it: the only one, where one chain stood.

    Row by row of home's blocks: what is known of a pair is the least that leads to it.
    """
    remote_blocks = range(before[1], after[1] + 1)
    least: dict[int, int] = {}
    for home_block in range(before[0], after[0] + 1):
        reached: dict[int, int] = {}
        for remote_block in remote_blocks:
            found = minted[remote_block] - locked[home_block]
            ways = (least.get(remote_block), reached.get(remote_block - 1))
            before_it = min((way for way in ways if way is not None), default=found)
            reached[remote_block] = max(found, before_it)
        least = reached
    return least[after[1]]


def _locked_by_block(home: GateFollower) -> dict[int, int]:
    return {block: ledger.locked for block, ledger in _ledgers(home)}


def _minted_by_block(remote: GateFollower) -> dict[int, int]:
    return {block: ledger.minted for block, ledger in _ledgers(remote)}


def _ledgers(follower: GateFollower) -> Iterator[tuple[int, EndLedger]]:
    """The ledger of an end after every block up to its head, added up anew."""
    ledger = EndLedger(follower.ledger.route, follower.ledger.end)
    entries = follower._store.read()
    assert follower.head is not None
    place = 0
    for block in range(follower.head.number + 1):
        first = place
        while place < len(entries) and entries[place].log.block_number == block:
            place += 1
        ledger.post_all(entries[first:place])
        yield block, ledger
