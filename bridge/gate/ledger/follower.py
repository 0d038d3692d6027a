"""Reads a gate's events up to finality, through all witnesses, into store and ledger."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.entry import FOLLOWED, GateEntry
from bridge.gate.ledger.messages import Unexplained
from bridge.gate.ledger.store import GateCursor, GateCursorMoved, GateStop, GateStore
from bridge.gate.witness.witnesses import EndpointsDiffer, Witnesses
from bridge.ledger.finality import Finality
from pargrade.chain.block import BlockStamp
from pargrade.chain.log import Log
from pargrade.errors import PargradeError
from pargrade.gate.transfer import End, Route
from pargrade.process.failpoint import reached

SPAN: Final = 2_000
"""Blocks that are read at once."""

_MOST_TIME: Final = 1 << 40
"""Unix seconds: 35,000 years. Quantities of a chain may have 256 bits, columns have 63."""
_MOST_INDEX: Final = 1 << 31

_log: Final = logging.getLogger("bridge.gate")


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """While a ledger is added up all that is made stays: looking for garbage is half of the time.

    As the garbage collector is the process's own, other threads make some more of it meanwhile.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Progress(Protocol):
    """Who hears how far reading has come."""

    def __call__(self, block: int, last: int) -> None:
        """A block was read, of those up to `last`."""


class OtherGateHistory(PargradeError):
    """The chain has none of the blocks that were read, so it is another chain of the same id."""

    hint = "A development chain was restarted? Name a new database."

    def __init__(self, chain_id: int, number: int) -> None:
        super().__init__(f"block {number} of chain {chain_id} is not the one that was read")


class GateFollower:
    """One end of a route, kept up to date with the final part of its chain."""

    def __init__(
        self,
        witnesses: Witnesses,
        store: GateStore,
        route: Route,
        end: End,
        finality: Finality,
        first_block: int,
    ) -> None:
        """`first_block` is the first in which the gate can have said anything."""
        self.witnesses = witnesses
        self.ledger = EndLedger(route, end)
        self.head: BlockStamp | None = None
        """The block that the ledger is of; None before the first `sync`."""
        self._store = store
        self._route, self._end = route, end
        self.finality = finality
        self._first_block = first_block
        self._at: GateCursor | None = None

    def sync(self, progress: Progress | None = None) -> BlockStamp:
        """Reads everything final that was not read yet. Returns the block the ledger is of.

        Raises EndpointsDiffer, TooFewEndpoints, Unexplained, OtherGateHistory, DatabaseDown. What
        was read before stays, and the next call goes on from there.
        """
        head = self.witnesses.final_head(self.finality)
        while True:
            try:
                cursor = self._load() or self._begin()
                if (cursor.number, cursor.hash) != (head.number, head.hash):
                    cursor = self._roll_back_if_forked(cursor)
                if cursor.number >= head.number:
                    break
                to = self._read_range(cursor, head)
                if progress is not None:
                    progress(to.number, head.number)
            except GateCursorMoved:
                continue
        is_head = (cursor.number, cursor.hash) == (head.number, head.hash)
        self.head = head if is_head else self.witnesses.block(cursor.number)
        return self.head

    def _load(self) -> GateCursor | None:
        """Brings the ledger to the store's cursor."""
        cursor = self._store.cursor()
        if cursor is None or cursor == self._at:
            return cursor
        if not self._leads_to(cursor):
            self._forget()
        self._at = None  # Where an entry is refused, the next call reads all of them again.
        with _collecting_nothing():
            for page in self._store.pages(self.ledger.last[0]):
                self.ledger.post_all(page)
        if self._store.cursor() != cursor:
            raise GateCursorMoved(cursor.number)
        self._at = cursor
        return cursor

    def _leads_to(self, cursor: GateCursor) -> bool:
        """Whether the ledger is good for what the store has: another process may have rolled back,
        and have read on to beyond where the ledger is.
        """
        if self._at is None or cursor.rollbacks != self._at.rollbacks:
            return False
        return cursor.number >= self._at.number

    def _forget(self) -> None:
        self._at, self.ledger = None, EndLedger(self._route, self._end)

    def _begin(self) -> GateCursor:
        self._forget()
        base = self.witnesses.block(max(self._first_block - 1, 0))
        self._store.begin(base)
        self._at = GateCursor(base.number, base.hash)
        return self._at

    def _read_range(self, cursor: GateCursor, head: BlockStamp) -> BlockStamp:
        first, last = cursor.number + 1, min(cursor.number + SPAN, head.number)
        to = head if last == head.number else self.witnesses.block(last)
        logs = self.witnesses.logs((self._end.gate,), tuple(FOLLOWED), first, last)
        entries = self._dated(logs)
        if self.witnesses.block(last) != to:
            raise EndpointsDiffer(f"block {last}", ("one moment", "the next"))
        self._at = None
        # The ledger comes first: entries that it refuses are never stored.
        self.ledger.post_all(entries)
        self._store.append(cursor, entries, to)
        self._at = cursor.moved(to)
        reached("gate-entries-committed")
        if entries:
            where = (self._end.chain, first, last)
            _log.info("chain %d, blocks %d to %d: %d events", *where, len(entries))
        return to

    def _dated(self, logs: list[Log]) -> list[GateEntry]:
        """The entries of logs, with times of headers that are read together."""
        numbers = list(dict.fromkeys(log.block_number for log in logs))
        read = self.witnesses.blocks(numbers) if numbers else []
        headers = {header.number: header for header in read}
        entries = []
        for log in logs:
            header = headers[log.block_number]
            if header.hash != log.block_hash:
                raise EndpointsDiffer(f"block {header.number}", ("its header", "its logs"))
            if header.timestamp >= _MOST_TIME or log.index >= _MOST_INDEX:
                raise Unexplained(self._end.chain, header.number, "its time or a place is absurd")
            entries.append(GateEntry.of(log, header.timestamp))
        return entries

    def _roll_back_if_forked(self, cursor: GateCursor) -> GateCursor:
        """The cursor, or where the chain and what was read part. Raises OtherGateHistory."""
        if self._is_on_chain(cursor):
            return cursor
        for stop in reversed(self._store.stops()):
            if stop.number < cursor.number and self._is_on_chain(stop):
                self._store.roll_back(cursor, stop)
                self._forget()
                reached("gate-rolled-back")
                _log.error(
                    "chain %d: a re-org below finality, from block %d to %d",
                    self._end.chain, cursor.number, stop.number,
                )  # fmt: skip
                raise GateCursorMoved(stop.number)
        raise OtherGateHistory(self._end.chain, cursor.number)

    def _is_on_chain(self, read: GateCursor | GateStop) -> bool:
        return self.witnesses.block(read.number).hash == read.hash
