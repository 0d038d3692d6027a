"""Every round that the chain recorded, in pages and as files, for whoever asks a node.

Logs are read once: rounds of blocks that no re-organisation takes back are kept as they are handed
out, and each new head costs the blocks since.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from oracle.consensus.round_history import CSV_HEADER, read_logs, require_known
from oracle.node.settings import ChainSettings
from oracle.node.written_rounds import WrittenRounds, WrittenRow, between
from pargrade.bindings.spot_index import SpotIndex
from pargrade.canonical import canonical_json
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoints import Endpoints
from pargrade.errors import PargradeError

K = TypeVar("K")

MOST_ROWS: Final = 1_000
"""Rows of a page."""
MOST_DOWNLOADED: Final = 50_000
"""Rows of a file: a year of 5 indices every hour, or a day of 16 every two minutes and more."""

_SETTLED_BLOCKS: Final = 1_024
"""A block so far below the head is not taken back."""
_MOST_KEPT: Final = 50_000
"""Rounds in memory: six years of hourly ones. What is older is on the chain alone."""
_MOST_PAGES: Final = 32
"""Pages that are kept for one head."""
_MOST_PACKED: Final = 4
"""Parquet files that are kept for one head."""


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
        self._packing = threading.Lock()
        self._settled = WrittenRounds(chain.indices, _MOST_KEPT)
        self._next_block = chain.first_block
        self._rows: Sequence[WrittenRow] = ()
        self._head: BlockStamp | None = None
        self._pages: dict[tuple[Selection, int], bytes] = {}
        self._packed: dict[Selection, bytes] = {}

    def page(self, wanted: Selection, limit: int, head: BlockStamp) -> bytes:
        """The first rounds of a selection as JSON, whole slots, about `limit` of them.

        `next` is the `since` of the page that follows; null where there is none. Rounds before the
        slot `complete_from` are not kept here. Raises NoSuchIndex, ChainError.
        """
        with self._lock:
            self._follow(head)
            known = self._pages.get((wanted, limit))
            if known is not None:
                return known
            rows, following = _first_slots(self._select(wanted), limit)
            facts = {"block": head.number, "complete_from": self._settled.complete_from}
            opening = canonical_json({**facts, "next": following})[:-1]
            body = opening + b',"rounds":[' + b",".join(row.json for row in rows) + b"]}"
            _keep(self._pages, (wanted, limit), body, _MOST_PAGES)
            return body

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
        if form is HistoryForm.PARQUET:
            # One file at a time is made, and nobody who asks for pages waits for it.
            with self._packing:
                return self._pack(wanted, head, pack)
        with self._lock:
            self._follow(head)
            return CSV_HEADER.encode() + b"".join(row.csv for row in self._require_few(wanted))

    def recall_page(self, wanted: Selection, limit: int, head: BlockStamp) -> bytes | None:
        """A page that was made for this head before, or None."""
        if self._head is None or self._head.hash != head.hash:
            return None
        return self._pages.get((wanted, limit))

    def _pack(self, wanted: Selection, head: BlockStamp, pack: Callable[[bytes], bytes]) -> bytes:
        with self._lock:
            self._follow(head)
            known = self._packed.get(wanted)
            if known is not None:
                return known
            rows = b"[" + b",".join(row.json for row in self._require_few(wanted)) + b"]"
        packed = pack(rows)
        with self._lock:
            if self._head is not None and self._head.hash == head.hash:
                _keep(self._packed, wanted, packed, _MOST_PACKED)
        return packed

    def _select(self, wanted: Selection) -> Sequence[WrittenRow]:
        """Raises NoSuchIndex."""
        rows = between(self._rows, wanted.since, wanted.until)
        if not wanted.index:
            return rows
        require_known([wanted.index], self._chain.indices)
        place = self._chain.indices.index(wanted.index)
        return [row for row in rows if row.place == place]

    def _require_few(self, wanted: Selection) -> Sequence[WrittenRow]:
        """Raises NoSuchIndex and TooManyRounds."""
        rows = self._select(wanted)
        if len(rows) > MOST_DOWNLOADED:
            raise TooManyRounds(len(rows))
        return rows

    def _follow(self, head: BlockStamp) -> None:
        if self._head is not None and self._head.hash == head.hash:
            return
        with self._endpoints.use() as chain:
            contract = SpotIndex(chain, self._chain.spot_index)
            settled = head.number - _SETTLED_BLOCKS
            if settled >= self._next_block:
                self._settled.add(read_logs(contract, self._next_block, settled))
                self._next_block = settled + 1
            fresh = (
                read_logs(contract, self._next_block, head.number)
                if head.number >= self._next_block
                else []
            )
        self._rows = self._settled.with_fresh(fresh)
        self._pages, self._packed = {}, {}
        self._head = head


def _first_slots(rows: Sequence[WrittenRow], limit: int) -> tuple[Sequence[WrittenRow], int | None]:
    """About `limit` rows, whole slots, and where the next page begins."""
    end = min(limit, len(rows))
    while 0 < end < len(rows) and rows[end].slot == rows[end - 1].slot:
        end += 1
    return rows[:end], rows[end - 1].slot + 1 if end < len(rows) else None


def _keep(kept: dict[K, bytes], key: K, body: bytes, most: int) -> None:
    """Keeps a body in place of the oldest beyond `most`."""
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = body
