"""Following the contracts: events up to finality, into the journal and the ledger.

A block range is read whole or not at all: its last block is looked at before and after, and the
block the journal stopped at in between, so logs of two forks cannot mix. When that block is another
one now, the journal is rolled back to the last block both chains share.
"""

import logging
from bisect import bisect_left

from bridge.ledger.addresses import Watched
from bridge.ledger.entry import Entry
from bridge.ledger.event_reader import EventReader
from bridge.ledger.finality import Finality
from bridge.ledger.journal import Cursor, CursorMoved, Journal
from bridge.ledger.ledger import Ledger, fold
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import UnknownBlock
from pargrade.chain.rpc import Chain
from pargrade.errors import PargradeError
from pargrade.process.failpoint import reached

_log = logging.getLogger("bridge.follower")


class OtherHistory(PargradeError):
    """The chain has none of the journal's blocks: it is another chain under the same id."""

    hint = "A development chain was restarted? `pargrade bridge rebuild` starts the journal anew."

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"the chain's block {number} is not the one the journal began after")


class Follower:
    """Keeps a ledger level with the final part of the chain."""

    def __init__(
        self,
        chain: Chain,
        journal: Journal,
        watched: Watched,
        finality: Finality,
    ) -> None:
        self.ledger = Ledger()
        self._events = EventReader(chain, watched)
        self._watched = watched
        self._chain = chain
        self._journal = journal
        self._finality = finality
        self._cursor: Cursor | None = None

    def sync(self) -> Cursor:
        """Reads everything final that is not in the journal yet; returns where it stops now.

        Raises OtherHistory, and the errors of chain, database and ledger; whatever was journalled
        by then stays, and the next call goes on from there.
        """
        head = self._finality.head(self._chain)
        while True:
            try:
                cursor = self.load()
                if cursor is None:
                    cursor = self._begin()
                if not self._step(cursor, head):
                    return cursor
            except CursorMoved:
                continue  # Another worker did this step; the next turn reads what it wrote.

    def load(self) -> Cursor | None:
        """Brings the ledger level with the journal without asking the chain."""
        now = self._journal.cursor()
        if now == self._cursor:
            return now
        known = self._cursor
        self._cursor = None  # Half-read is unread: a failure below must not leave a stale ledger.
        if known is not None:
            cursor, entries = self._journal.read(self.ledger.last)
            if cursor is not None and cursor.rollbacks == known.rollbacks:
                self.ledger.post_all(entries)
                self._cursor = cursor
                return cursor
        cursor, entries = self._journal.read()
        self.ledger = fold(entries)
        self._cursor = cursor
        return cursor

    def rebuild(self) -> Cursor:
        """Forgets the journal and follows again from the deployment's first block."""
        self._journal.erase()
        self._cursor, self.ledger = None, Ledger()
        return self.sync()

    def _begin(self) -> Cursor:
        base = self._chain.block(max(self._watched.first_block - 1, 0))
        return self._journal.begin(base)

    def _step(self, cursor: Cursor, head: BlockStamp) -> bool:
        """One range, or one roll-back. False when there is nothing to do."""
        first = cursor.number + 1
        last = self._events.last(first, head.number)
        if last < first:
            return self._rolled_back(cursor)
        to = head if last == head.number else self._chain.block(last)
        if self._rolled_back(cursor):
            return True
        entries = self._events.read(first, last, self.ledger)
        if entries is None:
            return True
        if not self._still(to.number, to.hash):
            # A re-org while we read. The range's end is asked for again; `head` may be gone.
            return self._rolled_back(cursor) or last < head.number
        self._commit(cursor, entries, to)
        return True

    def _commit(self, cursor: Cursor, entries: tuple[Entry, ...], to: BlockStamp) -> None:
        self._cursor = None
        # Folded first: what the ledger refuses is never journalled.
        self.ledger.post_all(entries)
        self._cursor = self._journal.append(cursor, entries, to)
        reached("journal-committed")
        if entries:
            _log.info("blocks %d to %d: %d events", cursor.number + 1, to.number, len(entries))

    def _rolled_back(self, cursor: Cursor) -> bool:
        """Rolls back when the chain has another block where the journal stopped.

        A missing block proves nothing, an endpoint may lag: only another block in its place does.
        """
        if self._still(cursor.number, cursor.hash):
            return False
        head = self._chain.head().number
        stops = [stop for stop in self._journal.stops() if stop[0] <= head]
        # Blocks agree up to the fork and not beyond, so the fork is found by bisection.
        fork = bisect_left(stops, True, key=lambda stop: not self._still(*stop))
        if fork == len(stops):
            _log.info("the chain ends at %d, the journal at %d: waiting", head, cursor.number)
            return False
        if fork == 0:
            raise OtherHistory(stops[0][0])
        number, hash_ = stops[fork - 1]
        self._cursor = None
        self._journal.roll_back(cursor, number, hash_)
        reached("journal-rolled-back")
        _log.warning("re-org: rolled back from block %d to %d", cursor.number, number)
        return True

    def _still(self, number: int, hash_: bytes) -> bool:
        try:
            return self._chain.block(number).hash == hash_
        except UnknownBlock:
            return False
