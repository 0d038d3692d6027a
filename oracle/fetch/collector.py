"""The visits of a node to its venues: each on a schedule of its own, and each failing alone.

A venue is asked once per interval, less often while it fails, and never twice at once. An answer
that differs from the last good one in what its fields hold, or in the scale of its prices, is kept
out until a person has looked at it. Whatever a venue does, the others are asked as before.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from oracle.fetch.fetch import fetch
from oracle.fetch.quote_store import QuoteStore
from oracle.fetch.venue_record import FetchOutcome, VenueRecord
from oracle.sources.errors import SourceDown, SourceError
from oracle.sources.venue import Venue, VenueRefused, Venues
from pargrade.database import DatabaseDown

_log = logging.getLogger(__name__)

_TALKATIVE: Final = ("apscheduler", "httpx")
"""Their lines of every run and request say what the store says; their warnings are kept."""

_AT_ONCE: Final = 4
"""Venues that are asked at the same time."""

_FIRST_RETRY_S: Final = 60
_LONGEST_INTERVALS: Final = 4
"""A venue that fails is asked once in so many intervals at least."""

_JITTER: Final = 10
"""A visit comes earlier or later by a part of the interval, one in so many: nodes that were
started together do not ask together."""


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """Which venues are asked, how often, and with which keys."""

    venues: tuple[Venue, ...]
    """Enabled, with the URLs to ask."""
    table: Venues
    """The whole venue table, which says what the providers are that they name."""
    interval_s: int
    secrets: Mapping[str, str]
    """Environment variables, of which a venue's key is one."""


def visit(venue: Venue, plan: CollectionPlan, store: QuoteStore, now: int) -> FetchOutcome:
    """Asks a venue at an instant, unix seconds, and keeps what became of it.

    Raises DatabaseDown.
    """
    known = store.read_venue(venue.slug).canary
    try:
        fetched = fetch(venue, plan.table, now, plan.secrets)
    except VenueRefused as refusal:
        return _note(store, venue, now, FetchOutcome.REFUSED, refusal.reason)
    except SourceDown as failure:
        return _note(store, venue, now, FetchOutcome.DOWN, failure.reason)
    except SourceError as failure:
        return _note(store, venue, now, FetchOutcome.MALFORMED, str(failure))
    drift = () if known is None else fetched.canary.drift_from(known)
    if drift:
        return _note(store, venue, now, FetchOutcome.DRIFTED, "; ".join(drift))
    store.append(venue.slug, now, fetched)
    return FetchOutcome.GOOD


def pause_after(record: VenueRecord, interval_s: int) -> int:
    """Seconds from the last visit to the next one: longer with every failure in a row.

    What is down may be back in a minute. What has another format or no key stays so for a while.
    """
    if record.failures == 0:
        return interval_s
    longest = _LONGEST_INTERVALS * interval_s
    first = _FIRST_RETRY_S if record.outcome is FetchOutcome.DOWN else interval_s
    doublings = min(record.failures - 1, 20)
    return min(first << doublings, longest)


class QuoteCollector:
    """Visits to venues until `close`. Holds threads, so a process that forks has none yet."""

    def __init__(
        self, plan: CollectionPlan, store: QuoteStore, news: Callable[[], None] = lambda: None
    ) -> None:
        """`news` is called after every visit that gave quotes, in a thread of the collector."""
        self._plan = plan
        self._store = store
        self._news = news
        self._by_slug = {venue.slug: venue for venue in plan.venues}
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(_AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
            timezone=UTC,
        )
        self._scheduler.add_listener(self._note_missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Begins. A venue that was asked less than its pause ago is not asked before it is over,
        also when that was before a restart. Raises DatabaseDown.
        """
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        for slug in self._by_slug:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=(slug,),
                id=slug,
                seconds=self._plan.interval_s,
                jitter=max(1, self._plan.interval_s // _JITTER),
                next_run_time=self._due(slug),
            )
        self._scheduler.start()

    def close(self) -> None:
        """Ends without waiting for venues that are being asked; what they answer is not kept."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def has_closed_months(self, now: int) -> bool:
        """Whether quotes of a month before that of `now`, unix seconds, are still in the hot file.

        Raises DatabaseDown.
        """
        return self._store.has_closed_months(now)

    def _run(self, slug: str) -> None:
        try:
            outcome = visit(self._by_slug[slug], self._plan, self._store, int(time.time()))
            if outcome is FetchOutcome.GOOD:
                self._news()
            elif self._scheduler.running:
                self._scheduler.modify_job(slug, next_run_time=self._due(slug))
        except DatabaseDown as failure:
            _log.warning("what %s answers cannot be kept: %s", slug, failure)
        except Exception:  # noqa: BLE001
            # A defect that one venue shows: the others are asked as before.
            _log.exception("the visit to %s broke", slug)

    def _due(self, slug: str) -> datetime:
        record, now = self._store.read_venue(slug), time.time()
        due = now
        if record.asked_at is not None:
            # A clock that was set back must not stop the visits.
            pause = pause_after(record, self._plan.interval_s)
            due = min(max(now, record.asked_at + pause), now + pause)
        return datetime.fromtimestamp(due, UTC)

    def _note_missed(self, event: JobEvent) -> None:
        try:
            reason = "the visit before was not over, or the process was asleep"
            self._store.note(event.job_id, int(time.time()), FetchOutcome.MISSED, reason)
        except DatabaseDown as failure:
            _log.warning("a missed visit to %s was not counted: %s", event.job_id, failure)


def read_venues(store: QuoteStore, slugs: Iterable[str]) -> tuple[VenueRecord, ...]:
    """How venues have answered, in the order given. Raises DatabaseDown."""
    return tuple(store.read_venue(slug) for slug in slugs)


def _note(
    store: QuoteStore, venue: Venue, now: int, outcome: FetchOutcome, reason: str
) -> FetchOutcome:
    store.note(venue.slug, now, outcome, reason)
    _log.warning("%s: %s: %s", venue.slug, outcome, reason)
    return outcome
