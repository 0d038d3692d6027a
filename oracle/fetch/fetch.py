"""Asking a venue, whatever its kind: one visit, whose answers are complete or not used."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from httpx import AsyncClient

from oracle.fetch.http import (
    RealClock,
    Recorder,
    Request,
    Visit,
    VisitClock,
    VisitLimits,
    client,
    same_site,
    with_query,
)
from oracle.sources.canary import Canary
from oracle.sources.errors import SourceDown, SourceError, SourceMalformed
from oracle.sources.feed import Feed, FeedKind
from oracle.sources.hardware import HardwareNames, load_hardware
from oracle.sources.mapping import Fetched, quotes_of
from oracle.sources.payload import Page, read_page, value_at
from oracle.sources.refused import RefusedPart
from oracle.sources.venue import Venue, VenueRefused, Venues
from pargrade.canonical import content_hash

_CONTENT: Final[Mapping[FeedKind, tuple[str, ...]]] = {
    FeedKind.REST: ("json", "text/plain"),
    FeedKind.GRAPHQL: ("json", "text/plain"),
    FeedKind.PAGED: ("json", "text/plain"),
    FeedKind.CSV: ("csv", "text/plain", "octet-stream", "tab-separated", "gzip", "zstd"),
    FeedKind.PARQUET: ("parquet", "octet-stream"),
    FeedKind.GPUHUNT: ("zip", "octet-stream", "text/plain"),
}


class NotFetched(VenueRefused):
    """A venue that cannot be asked: known from recordings only, without its key, or too large."""

    hint = "`pargrade oracle venues` lists how each venue is read."


def fetch(
    venue: Venue,
    venues: Venues,
    observed_at: int,
    secrets: Mapping[str, str],
    limits: VisitLimits = VisitLimits(),  # noqa: B008  # frozen
    clock: VisitClock = RealClock(),  # noqa: B008  # has no state
    record: Recorder | None = None,
) -> Fetched:
    """What a venue asks at `observed_at`, in unix seconds: the caller has the clock.

    `secrets` are environment variables, of which a venue's key is one. `record` is handed every
    answer as it came. Raises VenueRefused while
    the venue is off, SourceDown or SourceMalformed. No part of an answer is taken for the whole.
    """
    venue.require_enabled()
    feed = _feed_to_ask(venue)
    headers = _key(venue, feed, secrets)

    def visit_of(http: AsyncClient) -> Visit:
        return Visit(venue.slug, limits, clock, http, record)

    try:
        return asyncio.run(_within(visit_of, feed, venue, venues, observed_at, headers, limits))
    except TimeoutError:
        reason = f"timed out: not complete after {limits.seconds:g} s"
        raise SourceDown(venue.slug, reason) from None


def read_saved(
    body: bytes, venue: Venue, venues: Venues, observed_at: int, limits: VisitLimits
) -> Fetched:
    """The quotes in an answer that was saved earlier, read as if the venue had just sent it.

    Raises VenueRefused for a venue without a feed or with terms that forbid it, SourceMalformed.
    """
    venue.require_allowed()
    feed = _feed_of(venue)
    page = read_page(body, feed, venue.slug, limits.most_bytes)
    return quotes_of([page], feed, venue, venues, load_hardware(), observed_at)


def _feed_of(venue: Venue) -> Feed:
    """The venue's feed. Raises NotFetched when it has none."""
    if venue.feed is None:
        raise NotFetched(venue.slug, "it is known from recordings only")
    return venue.feed


def _feed_to_ask(venue: Venue) -> Feed:
    """The venue's feed, if it is one to ask. Raises NotFetched."""
    feed = _feed_of(venue)
    if feed.by_hand:
        raise NotFetched(venue.slug, "its files are large: download one, and name it by --saved")
    return feed


def _key(venue: Venue, feed: Feed, secrets: Mapping[str, str]) -> dict[str, str]:
    if feed.key is None:
        return {}
    key = secrets.get(feed.key.env, "")
    if not key:
        raise NotFetched(venue.slug, f"its key is expected in {feed.key.env}")
    return {feed.key.header: feed.key.prefix + key}


async def _within(
    visit_of: Callable[[AsyncClient], Visit],
    feed: Feed,
    venue: Venue,
    venues: Venues,
    observed_at: int,
    headers: Mapping[str, str],
    limits: VisitLimits,
) -> Fetched:
    hardware = load_hardware()
    # The bound on the whole, whatever the venue drips: status line, headers, body or pages.
    async with asyncio.timeout(limits.seconds), client(limits) as http:
        visit = visit_of(http)
        if feed.catalogues is not None:
            return await _catalogues(visit, feed, venue, venues, hardware, observed_at, headers)
        pages = await _pages(visit, feed, venue.slug, headers)
    return quotes_of(pages, feed, venue, venues, hardware, observed_at)


async def _pages(visit: Visit, feed: Feed, source: str, headers: Mapping[str, str]) -> list[Page]:
    """Every page, in order. Raises SourceMalformed when they repeat, wander off or do not end."""
    pages: list[Page] = []
    asked, contents = set[str](), dict[bytes, int]()
    url: str | None = feed.url
    while url is not None:
        if len(pages) == visit.limits.most_pages:
            raise SourceMalformed(source, f"page {len(pages) + 1}", "there is no end of pages")
        asked.add(url)
        request = Request(url, feed.body, headers, _CONTENT[feed.kind])
        page = read_page(await visit.get(request), feed, source, visit.limits.most_bytes)
        pages.append(page)
        if page.rows:
            known = contents.setdefault(content_hash(list(page.rows)), len(pages))
            if known != len(pages):
                raise SourceMalformed(source, f"page {len(pages)}", f"repeats page {known}")
        url = _next(page, feed, source, len(pages))
        if url in asked:
            raise SourceMalformed(source, f"page {len(pages)}", "leads back to an earlier page")
    return pages


def _next(page: Page, feed: Feed, source: str, number: int) -> str | None:
    if feed.paging is None:
        return None
    try:
        stated = value_at(page.document, feed.paging.next)
    except KeyError as error:
        raise SourceMalformed(source, f"page {number}", f"no {error}") from error
    if stated in (None, ""):
        return None
    if not isinstance(stated, str):
        raise SourceMalformed(source, f"page {number}", "its next page is not text")
    url = with_query(feed.url, feed.paging.cursor, stated) if feed.paging.cursor else stated
    if not same_site(url, feed.url):
        raise SourceMalformed(source, f"page {number}", f"leads to another site: {url[:100]}")
    return url


async def _catalogues(
    visit: Visit,
    feed: Feed,
    venue: Venue,
    venues: Venues,
    hardware: HardwareNames,
    observed_at: int,
    headers: Mapping[str, str],
) -> Fetched:
    """gpuhunt's tables, one for each provider; one that cannot be read is refused alone.

    Raises what the first one raises when none can be read.
    """
    found: list[Fetched] = []
    failures: dict[str, SourceError] = {}
    for name, seller in (feed.catalogues or {}).items():
        try:
            page = await _catalogue(visit, feed, venue.slug, name, headers)
            found.append(quotes_of([page], feed, venue, venues, hardware, observed_at, seller))
        except SourceError as failure:
            failures[name] = failure
    if failures and not found:
        raise next(iter(failures.values()))
    return Fetched(
        tuple(quote for part in found for quote in part.quotes),
        tuple(omission for part in found for omission in part.omitted),
        (
            *(RefusedPart(f"catalogue {name}", str(failure)) for name, failure in failures.items()),
            *(refusal for part in found for refusal in part.refused),
        ),
        Canary(
            {path: kinds for part in found for path, kinds in part.canary.fields.items()},
            {offer: price8 for part in found for offer, price8 in part.canary.prices8.items()},
        ),
    )


async def _catalogue(
    visit: Visit, feed: Feed, source: str, name: str, headers: Mapping[str, str]
) -> Page:
    """A provider's newest table; which one that is stands in a file of its own."""
    base = f"{feed.url}/{name}"
    text = await visit.get(Request(f"{base}/version", headers=headers, content=("text", "octet")))
    version = text.decode("ascii", errors="replace").strip()
    if not version.replace("-", "").replace(".", "").isalnum() or len(version) > 40:
        raise SourceMalformed(source, f"{name}/version", "not the name of a version")
    body = await visit.get(
        Request(f"{base}/{version}/catalog.zip", "", headers, _CONTENT[feed.kind])
    )
    return read_page(body, feed, source, visit.limits.most_bytes, f"{name}.csv")
