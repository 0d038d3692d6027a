"""Every round that the chain recorded, in pages and as files, for whoever asks a node.

Logs are read once: those of blocks that no re-organisation takes back are kept, and each new head
costs the blocks since. What is handed out is kept as bytes until the head moves.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from oracle.consensus.round_history import (
    HistoryLog,
    HistoryRow,
    csv_text,
    read_logs,
    require_known,
    rows_of,
)
from oracle.node.settings import ChainSettings
from pargrade.bindings.spot_index import SpotIndex
from pargrade.canonical import canonical_json
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoints import Endpoints
from pargrade.errors import PargradeError

MOST_ROWS: Final = 1_000
"""Rows of a page."""
MOST_DOWNLOADED: Final = 50_000
"""Rows of a file: a year of 5 indices every hour, or a day of 16 every two minutes and more."""

_SETTLED_BLOCKS: Final = 1_024
"""A block so far below the head is not taken back."""
_MOST_KEPT: Final = 50_000
"""Events in memory: six years of hourly rounds. What is older is on the chain alone."""
_MOST_BODIES: Final = 64
"""Pages and files that are kept for one head."""


class HistoryForm(StrEnum):
    """A form of a file."""

    CSV = "csv"
    PARQUET = "parquet"

    @property
    def media(self) -> str:
        """Its media type."""
        return "text/csv" if self is HistoryForm.CSV else "application/vnd.apache.parquet"


class TooManyRounds(PargradeError):
    """A file that would be too large."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.hint = f"Ask for less than {MOST_DOWNLOADED:,}: a shorter time, or one index."
        super().__init__(f"{rows:,} rounds are too many for a file")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rounds: slots in [since, until) of one index, or of all where it is empty."""

    index: str
    since: int
    until: int


class HistoryPages:
    """Safe to share between threads; one of them reads, the others wait for it."""

    def __init__(self, endpoints: Endpoints, chain: ChainSettings) -> None:
        self._endpoints = endpoints
        self._chain = chain
        self._lock = threading.Lock()
        self._settled: list[HistoryLog] = []
        self._next_block = chain.first_block
        self._complete_from = 0
        self._rows: tuple[HistoryRow, ...] = ()
        self._head: BlockStamp | None = None
        self._bodies: dict[tuple[object, ...], bytes] = {}

    def page(self, wanted: Selection, limit: int, head: BlockStamp) -> bytes:
        """The first rounds of a selection as JSON, whole slots, about `limit` of them.

        `next` is the `since` of the page that follows; null where there is none. Rounds before the
        slot `complete_from` are not kept here. Raises NoSuchIndex, ChainError.
        """

        def build(rows: tuple[HistoryRow, ...]) -> bytes:
            end = min(limit, len(rows))
            while 0 < end < len(rows) and rows[end].slot == rows[end - 1].slot:
                end += 1
            following = rows[end - 1].slot + 1 if end < len(rows) else None
            return canonical_json(
                {
                    "block": head.number,
                    "complete_from": self._complete_from,
                    "next": following,
                    "rounds": [row.to_json() for row in rows[:end]],
                }
            )

        return self._recall_or_build(("page", wanted, limit), wanted, head, build)

    def file(
        self,
        wanted: Selection,
        form: HistoryForm,
        head: BlockStamp,
        pack: Callable[[bytes], bytes],
    ) -> bytes:
        """A whole selection as a file. `pack` makes Parquet of JSON rows.

        Raises TooManyRounds, NoSuchIndex, ChainError, and what `pack` raises.
        """

        def build(rows: tuple[HistoryRow, ...]) -> bytes:
            if len(rows) > MOST_DOWNLOADED:
                raise TooManyRounds(len(rows))
            if form is HistoryForm.CSV:
                return csv_text(rows).encode()
            return pack(canonical_json([row.to_json() for row in rows]))

        return self._recall_or_build((form, wanted), wanted, head, build)

    def recall_page(self, wanted: Selection, limit: int, head: BlockStamp) -> bytes | None:
        """A page that was made for this head before, or None."""
        if self._head is None or self._head.hash != head.hash:
            return None
        return self._bodies.get(("page", wanted, limit))

    def _recall_or_build(
        self,
        key: tuple[object, ...],
        wanted: Selection,
        head: BlockStamp,
        build: Callable[[tuple[HistoryRow, ...]], bytes],
    ) -> bytes:
        with self._lock:
            if self._head is None or self._head.hash != head.hash:
                self._follow(head)
            known = self._bodies.get(key)
            if known is not None:
                return known
            require_known([wanted.index] if wanted.index else [], self._chain.indices)
            found = tuple(
                row
                for row in self._rows
                if wanted.since <= row.slot < wanted.until
                and (not wanted.index or row.index == wanted.index)
            )
            while len(self._bodies) >= _MOST_BODIES:
                del self._bodies[next(iter(self._bodies))]
            self._bodies[key] = body = build(found)
            return body

    def _follow(self, head: BlockStamp) -> None:
        with self._endpoints.use() as chain:
            contract = SpotIndex(chain, self._chain.spot_index)
            settled = head.number - _SETTLED_BLOCKS
            if settled >= self._next_block:
                self._settled += read_logs(contract, self._next_block, settled)
                self._next_block = settled + 1
                self._let_go()
            fresh = (
                read_logs(contract, self._next_block, head.number)
                if head.number >= self._next_block
                else []
            )
        self._rows = rows_of([*self._settled, *fresh], self._chain.indices)
        self._bodies = {}
        self._head = head

    def _let_go(self) -> None:
        if len(self._settled) > _MOST_KEPT:
            _, last = self._settled[-_MOST_KEPT - 1]
            self._complete_from = last.slot + 1
            del self._settled[:-_MOST_KEPT]
