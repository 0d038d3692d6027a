"""How a venue has answered so far, from the visits that the store keeps."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, func, select

from oracle.fetch.tables import FETCHES
from oracle.sources.canary import Canary


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


def read_record(connection: Connection, venue: str) -> VenueRecord:
    """The record of a venue."""
    good, missed = FetchOutcome.GOOD.value, FetchOutcome.MISSED.value
    ours = FETCHES.c.venue == venue
    newest = select(FETCHES).where(ours).order_by(FETCHES.c.id.desc()).limit(1)
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
