"""Asking a venue of the table as it is described there, but at a server of the test's own."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oracle.fetch.fetch import fetch
from oracle.fetch.http import VisitLimits
from oracle.sources.hardware import load_hardware
from oracle.sources.mapping import Fetched, quotes_of
from oracle.sources.payload import read_page
from oracle.sources.venue import Terms, load_venues
from tests.support.misbehaving_venue import Answer, venue_server
from tests.support.quote_builders import NOON

FIXTURES = Path(__file__).parent / "fixtures"
VENUES = load_venues()
KEYS = {
    venue.feed.key.env: "not-a-key"
    for venue in VENUES.by_slug.values()
    if venue.feed is not None and venue.feed.key is not None
}
UNHURRIED = VisitLimits(seconds=30.0)


@dataclass
class Patience:
    """A clock on which nobody waits: sleeping takes no time, and is written down."""

    slept: list[float] = field(default_factory=list)
    time: float = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def ask(slug: str, response: Answer, limits: VisitLimits = UNHURRIED, **changes: Any) -> Fetched:
    """What the venue's fetcher makes of an answer, once it is on and its terms are open."""
    with venue_server(response) as url:
        venue = VENUES[slug].asked_at(url, enabled=True)
        feed = replace(venue.feed, terms=Terms.OPEN, **changes)
        venue = replace(venue, terms=Terms.OPEN, feed=feed)
        return fetch(venue, VENUES, NOON, KEYS, limits, Patience())


def read(slug: str, body: bytes, member: str = "", seller: str = "") -> Fetched:
    """What the venue's mapping makes of an answer that came."""
    venue = VENUES[slug]
    page = read_page(body, venue.feed, slug, 10_000_000, member)
    return quotes_of([page], venue.feed, venue, VENUES, load_hardware(), NOON, seller)


def fixture(name: str) -> Any:
    """A made-up answer in a venue's shape."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def body_of(document: Any) -> bytes:
    return json.dumps(document).encode()
