"""Reads the followed events of a block range from an endpoint."""

from typing import Final

from bridge.ledger.addresses import Watched
from bridge.ledger.entry import FOLLOWED, Entry
from bridge.ledger.ledger import Ledger
from pargrade.bindings.grade_registry import GradeListed
from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain

SPAN: Final = 2_000
"""Blocks per request; halved whenever an endpoint refuses a range as too long."""


class EventReader:
    """Reads ranges as long as the endpoint allows."""

    def __init__(self, chain: Chain, watched: Watched, span: int = SPAN) -> None:
        self._chain = chain
        self._watched = watched
        self._span = self._widest = span

    def range_end(self, first: int, head: int) -> int:
        """The last block of the next range from `first`, at most `head`."""
        return min(first + self._span - 1, head)

    def read(self, first: int, last: int, ledger: Ledger) -> tuple[Entry, ...] | None:
        """Entries of blocks first to last, both included; `ledger` must hold all before them.

        None when the endpoint refuses the range as too long; `range_end` then gives a shorter one.
        Raises RpcRefused when a single block is refused, and the chain's other errors.
        """
        try:
            found = self._read_entries(first, last, ledger)
        except RpcRefused:
            if first == last:
                raise
            self._span = max((last - first + 1) // 2, 1)
            return None
        self._span = min(self._span + self._span // 8 + 1, self._widest)
        return found

    def replay(self, to: int) -> Ledger:
        """A ledger read from the chain alone, from the deployment's first block to block `to`."""
        ledger = Ledger()
        first = self._watched.first_block
        while first <= to:
            last = self.range_end(first, to)
            entries = self.read(first, last, ledger)
            if entries is not None:
                ledger.post_all(entries)
                first = last + 1
        return ledger

    def _read_entries(self, first: int, last: int, ledger: Ledger) -> tuple[Entry, ...]:
        watched = self._watched
        roots = (watched.market, watched.registry, watched.spot_index)
        entries = self._read_contracts((*roots, *ledger.grades), first, last)
        listed = tuple(e.event.unit for e in entries if isinstance(e.event, GradeListed))
        if listed:
            entries += self._read_contracts(listed, first, last)
            entries.sort(key=lambda entry: entry.place)
        return tuple(entries)

    def _read_contracts(self, contracts: tuple[Address, ...], first: int, last: int) -> list[Entry]:
        logs = self._chain.logs(contracts, first=first, last=last, topics=(tuple(FOLLOWED),))
        return [entry for entry in map(Entry.of, logs) if entry is not None]
