"""Months that are over leave the hot file: first they are on disk as Parquet, then they go.

Killed between any two steps, a quote is in the hot file, or in a file that the table names, and
never in both: the row that names a file and the removal of its quotes are one transaction.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select

from oracle.fetch.cold_store import ColdPart, ColdStore
from oracle.fetch.tables import COLD, FETCHES, QUOTES
from oracle.quotes.columns import Columns
from oracle.quotes.quote import STORABLE, Quote
from pargrade.canonical import read_json
from pargrade.database import transaction
from pargrade.process.failpoint import reached

_MOST_QUOTES: Final = 100_000
"""About so many quotes in a file, so that nobody waits long for the transaction that moves them."""


def month_start(instant: int) -> int:
    """The first UTC midnight of the month of an instant, unix seconds."""
    day = datetime.fromtimestamp(instant, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp())


def cold_parts(connection: Connection) -> list[ColdPart]:
    """The files there are, by their visits."""
    rows = connection.execute(select(COLD).order_by(COLD.c.first)).mappings()
    return [ColdPart(**{name: row[name] for name in ColdPart.__slots__}) for row in rows]


def has_closed_months(connection: Connection, now: int) -> bool:
    """Whether visits of a month before that of `now`, unix seconds, are in the hot file."""
    return _next_visit(connection, month_start(now)) is not None


def cool_next(engine: Engine, data: Path, now: int) -> bool:
    """Moves the next visits of a month that is over; False where there are none.

    One process at a time. Raises DatabaseDown, OSError.
    """
    end = month_start(now)
    with transaction(engine) as connection:
        begun = _next_visit(connection, end)
        if begun is None:
            return False
        first, last, month = _range_of(connection, begun, end)
        rows = connection.execute(
            select(QUOTES.c.id, QUOTES.c.fetch, QUOTES.c.quote)
            .where(QUOTES.c.fetch.between(first, last))
            .order_by(QUOTES.c.id)
        ).all()
    quotes = [Quote.from_json(read_json(row.quote)) for row in rows]
    # A price that no column holds stays where it is; it is read with the hot ones.
    fits = [abs(quote.price8) < STORABLE for quote in quotes]
    moved = [row for row, fit in zip(rows, fits, strict=True) if fit]
    if not moved:
        _note(engine, ColdPart(f"none-{first}-{last}", first, last, 0, 0, 0, ""), ())
        return True
    columns = Columns.of(quote for quote, fit in zip(quotes, fits, strict=True) if fit)
    name = f"month={month}/visits-{first}-{last}.parquet"
    part = ColdStore(data).write(name, [row.fetch for row in moved], columns)
    reached("cold part written")
    left = tuple(row.id for row, fit in zip(rows, fits, strict=True) if not fit)
    _note(engine, ColdPart(name, first, last, part.quotes, *_facts(part)), left)
    reached("hot quotes moved")
    return True


def _facts(part: ColdPart) -> tuple[int, int, str]:
    return part.seen_from, part.seen_until, part.sha256


def _note(engine: Engine, part: ColdPart, left: tuple[int, ...]) -> None:
    """Names a file and removes what is in it from the hot rows, but for some ids."""
    row = {name: getattr(part, name) for name in ColdPart.__slots__}
    with transaction(engine) as connection:
        connection.execute(insert(COLD), row)
        connection.execute(
            delete(QUOTES).where(
                QUOTES.c.fetch.between(part.first, part.last), QUOTES.c.id.not_in(left)
            )
        )


def _next_visit(connection: Connection, end: int) -> int | None:
    """The first visit with quotes that is in no file, if its month ends by `end`."""
    cooled = connection.execute(select(func.max(COLD.c.last))).scalar() or 0
    row = connection.execute(
        select(FETCHES.c.id, FETCHES.c.asked_at)
        .where(FETCHES.c.id > cooled, FETCHES.c.quotes > 0)
        .order_by(FETCHES.c.id)
        .limit(1)
    ).first()
    return row.id if row is not None and row.asked_at < end else None


def _range_of(connection: Connection, begun: int, end: int) -> tuple[int, int, str]:
    """First and last visit of the next file and their month: visits in a row of one month."""
    rows = connection.execute(
        select(FETCHES.c.id, FETCHES.c.asked_at, FETCHES.c.quotes)
        .where(FETCHES.c.id >= begun, FETCHES.c.quotes > 0)
        .order_by(FETCHES.c.id)
    )
    last, month, count = begun, 0, 0
    for row in rows:
        month = month or month_start(row.asked_at)
        if row.asked_at >= end or month_start(row.asked_at) != month or count >= _MOST_QUOTES:
            break
        last, count = row.id, count + row.quotes
    return begun, last, datetime.fromtimestamp(month, UTC).strftime("%Y-%m")
