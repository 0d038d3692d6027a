"""Where prices may come from, on whose terms, and how firm they are: a table, not code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from oracle.quotes.classes import Cadence as Cadence
from oracle.quotes.classes import Firmness
from oracle.quotes.classes import Terms as Terms
from oracle.sources.feed import Feed
from oracle.sources.feed_table import feed_of
from pargrade.canonical import content_hash
from pargrade.data.files import DATA
from pargrade.errors import PargradeError

VENUES: Final = DATA / "venues.toml"


class UnknownVenue(PargradeError):
    """A provider that the venue table does not list: its firmness and terms are not known."""

    hint = "Add the venue to the table with its terms of use, or leave it out of the source."

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"no venue is listed under {slug!r}")


class BadVenues(PargradeError):
    """A venue table that contradicts itself."""

    hint = "Keep one row per venue."


class VenueRefused(PargradeError):
    """A fetcher was asked for a venue that is off, or whose terms forbid it."""

    hint = "Enable the venue in your own copy of the table once its terms allow your use."

    def __init__(self, slug: str, reason: str) -> None:
        self.slug = slug
        self.reason = reason
        super().__init__(f"{slug} is not fetched: {reason}")


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a venue's terms were read: the page, which version of it, and what it says."""

    page: str
    dated: str
    says: str


@dataclass(frozen=True, slots=True)
class Venue:
    """One place where GPU-hours are sold, or reported."""

    slug: str
    name: str
    url: str
    """Where its recorded prices were published."""
    cadence: Cadence
    """Of its recorded prices; a feed has its own."""
    firmness: Firmness
    terms: Terms
    attribution: str
    clause: Clause | None = None
    feed: Feed | None = None
    """The way to its live prices; None for a venue known from recordings only."""

    @property
    def kind(self) -> str:
        """Which fetcher speaks to it, or `recorded`."""
        return "recorded" if self.feed is None else self.feed.kind.value

    @property
    def enabled(self) -> bool:
        """Whether it may be asked live."""
        return self.feed is not None and self.feed.enabled

    def require_allowed(self) -> None:
        """Refuse a venue whose terms forbid it. Raises VenueRefused."""
        if Terms.RESTRICTED in (self.terms, self.feed.terms if self.feed else self.terms):
            raise VenueRefused(self.slug, "its terms of use forbid it")

    def require_enabled(self) -> None:
        """Refuse to fetch from a venue that is restricted or off. Raises VenueRefused."""
        self.require_allowed()
        if self.feed is not None and not self.feed.enabled:
            raise VenueRefused(self.slug, "it is off in the venue table")

    def asked_at(self, url: str, *, enabled: bool) -> "Venue":
        """The venue with its feed at another URL, if one is given, and switched on or off."""
        if self.feed is None:
            return self
        return replace(self, feed=replace(self.feed, url=url or self.feed.url, enabled=enabled))


_STRICTNESS: Final = tuple(Terms)


class Classification(NamedTuple):
    """What the table decides about a quote."""

    cadence: Cadence
    firmness: Firmness
    terms: Terms


@dataclass(frozen=True, slots=True)
class Venues:
    """The venue table by slug."""

    by_slug: Mapping[str, Venue]

    def __getitem__(self, slug: str) -> Venue:
        try:
            return self.by_slug[slug]
        except KeyError:
            raise UnknownVenue(slug) from None

    def classify(self, provider: str, source: str) -> Classification:
        """What holds for a provider's price as a source reported it. Raises UnknownVenue.

        The provider says how firm a price is. A source that is itself a venue with a feed says how
        often it speaks, and of the terms of the two the stricter hold.
        """
        venue, reporter = self[provider], self.by_slug.get(source)
        if reporter is None or reporter.feed is None:
            return Classification(venue.cadence, venue.firmness, venue.terms)
        terms = max(venue.terms, reporter.feed.terms, key=_STRICTNESS.index)
        return Classification(reporter.feed.cadence, venue.firmness, terms)

    def sellers(self, slug: str) -> frozenset[str]:
        """The providers of whom a venue's live answers may have prices. Raises UnknownVenue.

        An aggregator may name any that the table has.
        """
        feed = self[slug].feed
        named = {slug}
        if feed is not None and feed.catalogues is not None:
            named = set(feed.catalogues.values())
        elif feed is not None and feed.provider is not None:
            text = feed.provider
            named = {text.const, *(text.map or {}).values(), *(text.words or {}).values()}
            is_open = text.otherwise == "*" or not (text.const or text.map or text.words)
            named |= set(self.by_slug) if is_open else {text.otherwise or ""}
        allowed = (each for each in named if each in self.by_slug)
        return frozenset(each for each in allowed if self[each].terms is not Terms.RESTRICTED)

    def classification_hash(self) -> bytes:
        """Hash of what the table decides about a quote; what is enabled is the node's affair."""
        return content_hash(
            [
                [
                    venue.slug,
                    venue.cadence,
                    venue.firmness,
                    venue.terms,
                    None if venue.feed is None else [venue.feed.cadence, venue.feed.terms],
                ]
                for _, venue in sorted(self.by_slug.items())
            ]
        )


@cache
def load_venues() -> Venues:
    """The table that ships, read once in a process."""
    return read_venues(VENUES)


def read_venues(path: Path) -> Venues:
    """The table in a TOML file: what rows say by default, then one row per venue.

    Raises BadFeed for a feed that cannot be read, BadVenues for a venue listed twice.
    """
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    venues: dict[str, Venue] = {}
    for row in document["venue"]:
        venue = _venue({**document["default"], **row})
        if venue.slug in venues:
            raise BadVenues(f"venue {venue.slug} is listed twice")
        venues[venue.slug] = venue
    return Venues(venues)


def _venue(row: Mapping[str, Any]) -> Venue:
    return Venue(
        slug=row["slug"],
        name=row["name"],
        url=row["url"],
        cadence=Cadence(row["cadence"]),
        firmness=Firmness(row["firmness"]),
        terms=Terms(row["terms"]),
        attribution=row["attribution"],
        clause=Clause(**row["clause"]) if "clause" in row else None,
        feed=feed_of(
            row["slug"],
            {"terms": row["terms"], "attribution": row["attribution"], **row["feed"]},
        )
        if "feed" in row
        else None,
    )
