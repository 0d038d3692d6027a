"""The quotes that a node fetched itself: an append-only store, from which batches are cut.

One SQLite file beside the journal, and the months that are over as Parquet (oracle.fetch.cooling).
Losing it loses no safety: a node that lost it has no value until it has fetched enough again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, insert, select

from oracle.fetch.cold_store import ColdStore
from oracle.fetch.cooling import cold_parts, cool_next, has_closed_months
from oracle.fetch.tables import FETCHED, FETCHES, QUOTES
from oracle.fetch.venue_record import FetchOutcome, VenueRecord, read_record
from oracle.quotes.columns import Columns
from oracle.quotes.quote import Quote
from oracle.sources.mapping import Fetched
from pargrade.canonical import read_json
from pargrade.database import open_database, sqlite_file, transaction
from pargrade.text import printable

FILE: Final = "quotes.sqlite"

BEGINNING: Final = -(2**62)
"""Before every quote, unix seconds."""

_MOST_SHOWN: Final = 400
"""Characters of a reason: much of it may be the venue's own text."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The quotes of some visits, cut after a whole one."""

    until: int
    """Id of the last visit in it; 0 before the first."""
    columns: Columns


class QuoteStore:
    """What a node fetched. Safe to share between threads and with processes that read."""

    def __init__(self, folder: Path) -> None:
        """Opens the file in a folder, made when missing. Raises DatabaseDown."""
        self._folder = folder
        self._cold = ColdStore(folder)
        self._engine = open_database(sqlite_file(folder / FILE), FETCHED)

    def append(self, venue: str, asked_at: int, fetched: Fetched) -> int:
        """Keeps a good answer, all of it or nothing, and gives its id. Raises DatabaseDown."""
        visit = {
            "outcome": FetchOutcome.GOOD.value,
            "reason": "",
            "quotes": len(fetched.quotes),
            "omitted": sum(each.rows for each in fetched.omitted),
            "refused": len(fetched.refused),
            "canary": fetched.canary.to_json(),
        }
        return self._write(venue, asked_at, visit, fetched.quotes)

    def note(self, venue: str, asked_at: int, outcome: FetchOutcome, reason: str) -> int:
        """Keeps what became of a visit that gave no quotes. Raises DatabaseDown."""
        visit = {
            "outcome": outcome.value,
            "reason": printable(reason, _MOST_SHOWN),
            "quotes": 0,
            "omitted": 0,
            "refused": 0,
            "canary": "",
        }
        return self._write(venue, asked_at, visit, ())

    @property
    def last_good(self) -> int:
        """Id of the newest visit with quotes; 0 before the first. Raises DatabaseDown."""
        wanted = select(func.max(FETCHES.c.id)).where(FETCHES.c.outcome == FetchOutcome.GOOD.value)
        with transaction(self._engine) as connection:
            return int(connection.execute(wanted).scalar() or 0)

    @property
    def begins(self) -> int | None:
        """When the first quote was observed, unix seconds; None before it. Raises DatabaseDown."""
        wanted = select(func.min(FETCHES.c.asked_at)).where(FETCHES.c.quotes > 0)
        with transaction(self._engine) as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else int(found)

    @property
    def newest(self) -> int | None:
        """When the last quote was observed, unix seconds; None before it. Raises DatabaseDown."""
        wanted = select(func.max(FETCHES.c.asked_at)).where(FETCHES.c.quotes > 0)
        with transaction(self._engine) as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else int(found)

    def cut_batch(self, after: int = 0, since: int = BEGINNING) -> Batch:
        """The quotes of every good visit later than a visit, observed later than `since`.

        Unix seconds. Nothing before is read. Raises DatabaseDown, DatabaseDamaged among them when a
        file of a month that is over is not as it was written.
        """
        with transaction(self._engine) as connection:
            until = int(connection.execute(select(func.max(FETCHES.c.id))).scalar() or 0)
            wanted = (
                select(QUOTES.c.quote)
                .join(FETCHES, FETCHES.c.id == QUOTES.c.fetch)
                .where(QUOTES.c.fetch > after, QUOTES.c.fetch <= until)
                # A visit has one instant, which is that of its quotes.
                .where(FETCHES.c.asked_at > since)
                .order_by(QUOTES.c.id)
            )
            rows = connection.execute(wanted).scalars().all()
            parts = cold_parts(connection)
        columns = Columns.of(Quote.from_json(read_json(row)) for row in rows)
        for part in parts:
            if part.quotes and part.last > after and part.seen_until > since:
                columns = self._cold.read(part, after, since).joined(columns)
        return Batch(max(until, after), columns)

    def has_closed_months(self, now: int) -> bool:
        """Whether a month before that of `now`, unix seconds, is still in the hot file.

        Raises DatabaseDown.
        """
        with transaction(self._engine) as connection:
            return has_closed_months(connection, now)

    def cool(self, now: int) -> int:
        """Moves the months before that of `now`, unix seconds, to files; gives how many files.

        Raises DatabaseDown, OSError.
        """
        files = 0
        while cool_next(self._engine, self._folder, now):
            files += 1
        return files

    def read_venue(self, venue: str) -> VenueRecord:
        """How a venue has answered so far. Raises DatabaseDown."""
        with transaction(self._engine) as connection:
            return read_record(connection, venue)

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _write(
        self, venue: str, asked_at: int, visit: Mapping[str, object], quotes: Iterable[Quote]
    ) -> int:
        with transaction(self._engine) as connection:
            row = {"venue": venue, "asked_at": asked_at, **visit}
            written = connection.execute(insert(FETCHES).returning(FETCHES.c.id), row)
            number = int(written.scalar_one())
            rows = [
                {"fetch": number, "quote": quote.canonical_bytes().decode()} for quote in quotes
            ]
            if rows:
                connection.execute(insert(QUOTES), rows)
        return number
