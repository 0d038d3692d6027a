"""Reading the followed events of a block range, from the endpoint's raw logs."""

from typing import Final

from bridge.ledger.addresses import Watched
from bridge.ledger.entry import FOLLOWED, Entry
from bridge.ledger.ledger import Ledger
from pargrade.bindings.grade_registry import GradeListed
from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain

SPAN: Final = 2_000
"""Blocks asked for at once; halved as often as an endpoint finds that too much."""


class EventReader:
    """Asks for as many blocks at once as the endpoint puts up with."""

    def __init__(self, chain: Chain, watched: Watched, span: int = SPAN) -> None:
        self._chain = chain
        self._watched = watched
        self._span = self._widest = span

    def last(self, first: int, head: int) -> int:
        """Where a range that starts at `first` had best end."""
        return min(first + self._span - 1, head)

    def read(self, first: int, last: int, ledger: Ledger) -> tuple[Entry, ...] | None:
        """Entries of blocks first to last, both included, where `ledger` knows all before them.

        None when the endpoint finds the range too long: ask `last` again. Raises RpcRefused when a
        single block is too much, and the chain's other errors.
        """
        try:
            found = self._entries(first, last, ledger)
        except RpcRefused:
            if first == last:
                raise
            self._span = max((last - first + 1) // 2, 1)
            return None
        self._span = min(self._span + self._span // 8 + 1, self._widest)
        return found

    def replay(self, to: int) -> Ledger:
        """A ledger made from the chain alone, from the deployment's first block to block `to`."""
        ledger = Ledger()
        first = self._watched.first_block
        while first <= to:
            last = self.last(first, to)
            entries = self.read(first, last, ledger)
            if entries is not None:
                ledger.post_all(entries)
                first = last + 1
        return ledger

    def _entries(self, first: int, last: int, ledger: Ledger) -> tuple[Entry, ...]:
        watched = self._watched
        roots = (watched.market, watched.registry, watched.spot_index)
        entries = self._of((*roots, *ledger.grades), first, last)
        listed = tuple(e.event.unit for e in entries if isinstance(e.event, GradeListed))
        if listed:
            entries += self._of(listed, first, last)
            entries.sort(key=lambda entry: entry.place)
        return tuple(entries)

    def _of(self, contracts: tuple[Address, ...], first: int, last: int) -> list[Entry]:
        logs = self._chain.logs(contracts, first=first, last=last, topics=(tuple(FOLLOWED),))
        return [entry for entry in map(Entry.of, logs) if entry is not None]
