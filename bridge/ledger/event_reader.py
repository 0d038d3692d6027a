"""Reads the followed events of a block range from the chain."""

from typing import Final

from bridge.ledger.addresses import Watched
from bridge.ledger.entry import FOLLOWED, Entry
from bridge.ledger.ledger import Ledger
from pargrade.bindings.grade_registry import GradeListed
from pargrade.chain.hashing import Address
from pargrade.chain.proven_logs import ProvenLogs
from pargrade.chain.rpc import Chain

SPAN: Final = 2_000
"""Blocks that are read into the journal at once."""


class EventReader:
    """Reads ranges whose logs are proven: see `pargrade.chain.proven_logs`."""

    def __init__(self, chain: Chain, watched: Watched, span: int = SPAN) -> None:
        self._logs = ProvenLogs(chain)
        self._watched = watched
        self._span = span

    def range_end(self, first: int, head: int) -> int:
        """The last block of the next range from `first`, at most `head`."""
        return min(first + self._span - 1, head)

    def read(
        self, first: int, last: int, ledger: Ledger, *, by_headers: bool = False
    ) -> tuple[Entry, ...]:
        """Entries of blocks first to last, both included; `ledger` must hold all before them.

        `by_headers` holds every block to its header, however long the range is. Raises UnknownBlock
        when the chain is re-organised meanwhile, and the chain's other errors.
        """
        watched = self._watched
        roots = (watched.market, watched.registry, *watched.indices)
        entries = self._read_contracts((*roots, *ledger.grades), first, last, by_headers)
        listed = tuple(e.event.unit for e in entries if isinstance(e.event, GradeListed))
        if listed:
            entries += self._read_contracts(listed, first, last, by_headers)
            entries.sort(key=lambda entry: entry.place)
        return tuple(entries)

    def replay(self, to: int) -> Ledger:
        """A ledger read from the chain alone, from the deployment's first block to block `to`."""
        ledger = Ledger()
        first = self._watched.first_block
        while first <= to:
            last = self.range_end(first, to)
            ledger.post_all(self.read(first, last, ledger))
            first = last + 1
        return ledger

    def _read_contracts(
        self, contracts: tuple[Address, ...], first: int, last: int, by_headers: bool
    ) -> list[Entry]:
        logs = self._logs.read(
            contracts, first=first, last=last, topics=(tuple(FOLLOWED),), by_headers=by_headers
        )
        return [entry for entry in map(Entry.of, logs) if entry is not None]
