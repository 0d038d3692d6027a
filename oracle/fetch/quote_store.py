"""The quotes that a node fetched itself: an append-only file, from which batches are cut.

One SQLite file beside the journal. Losing it loses no safety: a node that lost it has no value
until it has fetched enough again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import Row, func, insert, select

from oracle.fetch.tables import FETCHED, FETCHES, QUOTES
from oracle.quotes.columns import Columns
from oracle.quotes.quote import Quote
from oracle.sources.canary import Canary
from oracle.sources.mapping import Fetched
from pargrade.canonical import read_json
from pargrade.database import open_database, sqlite_file, transaction
from pargrade.text import printable

FILE: Final = "quotes.sqlite"

_MOST_SHOWN: Final = 400
"""Characters of a reason: much of it may be the venue's own text."""


class FetchOutcome(StrEnum):
    """What became of a visit to a venue."""

    GOOD = "good"
    """Its quotes count."""
    DOWN = "down"
    """No complete answer came."""
    MALFORMED = "malformed"
    """The answer has another format, or cannot be read."""
    DRIFTED = "drifted"
    """It can be read, and its fields or its prices are not like those of the last good answer."""
    REFUSED = "refused"
    """The venue may not be asked, or its key is missing."""
    MISSED = "missed"
    """No visit took place: the one before was not over, or the process was asleep."""
    ACCEPTED = "accepted"
    """No visit: a person said that what drifted is right. The next answer is the new measure."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The quotes of some visits, cut after a whole one."""

    until: int
    """Id of the last visit in it; 0 before the first."""
    columns: Columns


@dataclass(frozen=True, slots=True)
class VenueRecord:
    """How a venue has answered. Times are unix seconds; None for never."""

    venue: str
    outcome: FetchOutcome | None
    """Of the last visit."""
    asked_at: int | None
    reason: str
    last_success: int | None
    failures: int
    """Visits without quotes since the last good one."""
    missed: int
    """Runs that did not take place, in all."""
    quotes: int
    """Of the last good visit; also below."""
    omitted: int
    refused: int
    canary: Canary | None
    """What answers are compared with; None before the first good one, or after an acceptance."""


class QuoteStore:
    """What a node fetched. Safe to share between threads and with processes that read."""

    def __init__(self, folder: Path) -> None:
        """Opens the file in a folder, made when missing. Raises DatabaseDown."""
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

    def cut_batch(self, after: int = 0) -> Batch:
        """The quotes of every good visit later than a visit. Raises DatabaseDown."""
        with transaction(self._engine) as connection:
            until = int(connection.execute(select(func.max(FETCHES.c.id))).scalar() or 0)
            wanted = (
                select(QUOTES.c.quote)
                .where(QUOTES.c.fetch > after, QUOTES.c.fetch <= until)
                .order_by(QUOTES.c.id)
            )
            rows = connection.execute(wanted).scalars()
            quotes = [Quote.from_json(read_json(row)) for row in rows]
        return Batch(max(until, after), Columns.of(quotes))

    def read_venue(self, venue: str) -> VenueRecord:
        """How a venue has answered so far. Raises DatabaseDown."""
        good, missed = FetchOutcome.GOOD.value, FetchOutcome.MISSED.value
        ours = FETCHES.c.venue == venue
        newest = select(FETCHES).where(ours).order_by(FETCHES.c.id.desc()).limit(1)
        with transaction(self._engine) as connection:
            visits = newest.where(FETCHES.c.outcome.not_in([missed, FetchOutcome.ACCEPTED.value]))
            last = connection.execute(visits).first()
            best = connection.execute(newest.where(FETCHES.c.outcome == good)).first()
            accepted = connection.execute(
                newest.where(FETCHES.c.outcome == FetchOutcome.ACCEPTED.value)
            ).first()
            since = 0 if best is None else best.id
            counted = select(func.count()).select_from(FETCHES).where(ours)
            failures = connection.execute(
                counted.where(
                    FETCHES.c.id > since,
                    FETCHES.c.outcome.not_in([missed, FetchOutcome.ACCEPTED.value]),
                )
            ).scalar_one()
            lost = connection.execute(counted.where(FETCHES.c.outcome == missed)).scalar_one()
        return _record(venue, last, best, None if accepted is None else accepted.id, failures, lost)

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


def _record(
    venue: str,
    last: Row[tuple[object, ...]] | None,
    best: Row[tuple[object, ...]] | None,
    accepted: int | None,
    failures: int,
    missed: int,
) -> VenueRecord:
    measured = best is not None and (accepted is None or accepted < best.id)
    return VenueRecord(
        venue=venue,
        outcome=None if last is None else FetchOutcome(last.outcome),
        asked_at=None if last is None else last.asked_at,
        reason="" if last is None else last.reason,
        last_success=None if best is None else best.asked_at,
        failures=failures,
        missed=missed,
        quotes=0 if best is None else best.quotes,
        omitted=0 if best is None else best.omitted,
        refused=0 if best is None else best.refused,
        canary=Canary.from_json(best.canary) if best is not None and measured else None,
    )
