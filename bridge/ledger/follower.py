"""The follower: reads events up to finality into journal and ledger.

Logs of two forks never mix within a block range: its last block is checked before and after the
read, and the journal's last block in between. If the chain now has another block there, the journal
is rolled back to the last block that it shares with the chain.
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
    """The chain has none of the journal's blocks, so it is another chain with the same id."""

    hint = "A development chain was restarted? `pargrade bridge rebuild` starts the journal anew."

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"the chain's block {number} is not the one the journal began after")


class Follower:
    """Keeps a ledger up to date with the final part of the chain."""

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

    def sync(self, *, by_headers: bool = False) -> Cursor:
        """Read everything final that is not in the journal yet, and return the new cursor.

        `by_headers` holds the logs of every block to its header, however many blocks there are.
        Raises OtherHistory, and the errors of chain, database and ledger. Entries that are in the
        journal by then stay, and the next call continues after them.
        """
        head = self._finality.head(self._chain)
        while True:
            try:
                cursor = self.load()
                if cursor is None:
                    cursor = self._begin_journal()
                if not self._read_range(cursor, head, by_headers):
                    return cursor
            except CursorMoved:
                continue  # Another worker read this range; the next loop loads its entries.

    def load(self) -> Cursor | None:
        """Update the ledger from the journal, without a request to the chain."""
        now = self._journal.cursor()
        if now == self._cursor:
            return now
        known = self._cursor
        self._cursor = None  # After a failure below, the next call reads the whole journal.
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
        """Erase the journal and read again from the deployment's first block."""
        self._journal.erase()
        self._cursor, self.ledger = None, Ledger()
        return self.sync()

    def note_agreement(self, cursor: Cursor) -> None:
        """Remember that the ledger agreed with the contracts at a block: `reread` begins after it.

        Where another worker has moved the cursor since, nothing is remembered.
        """
        self._journal.note_agreement(cursor)

    def reread(self) -> int:
        """Read again what came after the last agreement, each block held to its header.

        Returns the block after which it was read. Raises like `sync`.
        """
        while True:
            cursor = self.load() or self.sync()
            number, hash_ = self._last_agreement()
            self._cursor = None
            try:
                self._journal.roll_back(cursor, number, hash_)
            except CursorMoved:
                continue  # Another worker read on or rolled back meanwhile.
            self.sync(by_headers=True)
            return number

    def _last_agreement(self) -> tuple[int, bytes]:
        agreed = self._journal.agreement()
        if agreed is not None and self._is_on_chain(*agreed):
            return agreed
        return self._journal.stops()[0]

    def _begin_journal(self) -> Cursor:
        base = self._chain.block(max(self._watched.first_block - 1, 0))
        return self._journal.begin(base)

    def _read_range(self, cursor: Cursor, head: BlockStamp, by_headers: bool) -> bool:
        """Read one range or roll back once. False when there is nothing to do."""
        first = cursor.number + 1
        last = self._events.range_end(first, head.number)
        if last < first:
            return self._roll_back_if_forked(cursor)
        to = head if last == head.number else self._chain.block(last)
        if self._roll_back_if_forked(cursor):
            return True
        try:
            entries = self._events.read(first, last, self.ledger, by_headers=by_headers)
        except UnknownBlock:
            if self._is_on_chain(to.number, to.hash):
                raise
            entries = ()
        if not self._is_on_chain(to.number, to.hash):
            # A re-org during the read. The range is read again, unless `head` itself is gone.
            return self._roll_back_if_forked(cursor) or last < head.number
        self._commit(cursor, entries, to)
        return True

    def _commit(self, cursor: Cursor, entries: tuple[Entry, ...], to: BlockStamp) -> None:
        self._cursor = None
        # The ledger comes first, so entries that it refuses are never journalled.
        self.ledger.post_all(entries)
        self._cursor = self._journal.append(cursor, entries, to)
        reached("journal-committed")
        if entries:
            _log.info("blocks %d to %d: %d events", cursor.number + 1, to.number, len(entries))

    def _roll_back_if_forked(self, cursor: Cursor) -> bool:
        """Roll back if the chain has another block at the journal's last number.

        A missing block is no proof of a fork, because the endpoint may lag.
        """
        if self._is_on_chain(cursor.number, cursor.hash):
            return False
        head = self._chain.head().number
        stops = [stop for stop in self._journal.stops() if stop[0] <= head]
        # Blocks are equal up to the fork and differ after it, so bisection finds the fork.
        fork = bisect_left(stops, True, key=lambda stop: not self._is_on_chain(*stop))
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

    def _is_on_chain(self, number: int, hash_: bytes) -> bool:
        try:
            return self._chain.block(number).hash == hash_
        except UnknownBlock:
            return False
