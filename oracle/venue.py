"""Where prices may come from, on whose terms, and how firm they are: a table, not code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from oracle.canonical import content_hash
from pargrade.errors import PargradeError

VENUES: Final = Path(__file__).parent / "data" / "venues.toml"


class Cadence(StrEnum):
    """How often a source speaks, which decides how old its quotes may be."""

    DAILY = "daily"
    DIRECT = "direct"


class Firmness(StrEnum):
    """What kind of seller stands behind a price. Different kinds are different series."""

    NEOCLOUD = "neocloud"
    HYPERSCALER = "hyperscaler"
    MARKETPLACE = "marketplace"
    SERVERLESS = "serverless"
    DECENTRALISED = "decentralised"


class Terms(StrEnum):
    """What the venue's terms of use say about putting its prices into an index."""

    OPEN = "open"
    RESTRICTED = "restricted"
    UNSTATED = "unstated"


class UnknownVenue(PargradeError):
    """A provider that the venue table does not list: its firmness and terms are not known."""

    hint = "Add the venue to the table with its terms of use, or leave it out of the source."

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"no venue is listed under {slug!r}")


class VenueRefused(PargradeError):
    """A fetcher was asked for a venue that is off, or whose terms forbid it."""

    hint = "Enable the venue in your own copy of the table once its terms allow your use."

    def __init__(self, slug: str, reason: str) -> None:
        self.slug = slug
        self.reason = reason
        super().__init__(f"{slug} is not fetched: {reason}")


@dataclass(frozen=True, slots=True)
class Venue:
    """One place where GPU-hours are sold."""

    slug: str
    name: str
    kind: str
    """Which fetcher speaks to it: `recorded`, `lium`."""
    url: str
    cadence: Cadence
    firmness: Firmness
    terms: Terms
    attribution: str
    enabled: bool

    def require_enabled(self) -> None:
        """Refuse to fetch from a venue that is restricted or off. Raises VenueRefused."""
        if self.terms is Terms.RESTRICTED:
            raise VenueRefused(self.slug, "its terms of use forbid it")
        if not self.enabled:
            raise VenueRefused(self.slug, "it is off in the venue table")


@dataclass(frozen=True, slots=True)
class Venues:
    """The venue table by slug."""

    by_slug: Mapping[str, Venue]

    def __getitem__(self, slug: str) -> Venue:
        try:
            return self.by_slug[slug]
        except KeyError:
            raise UnknownVenue(slug) from None

    def classification_hash(self) -> bytes:
        """Hash of what the table decides about a quote; what is enabled is the node's affair."""
        return content_hash(
            [
                [venue.slug, venue.cadence, venue.firmness, venue.terms]
                for _, venue in sorted(self.by_slug.items())
            ]
        )


def load_venues(path: Path = VENUES) -> Venues:
    """The table in a TOML file: defaults per kind, then one row per venue."""
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [{**document["kind"][row["kind"]], **row} for row in document["venue"]]
    venues = (
        Venue(
            slug=row["slug"],
            name=row["name"],
            kind=row["kind"],
            url=row["url"],
            cadence=Cadence(row["cadence"]),
            firmness=Firmness(row["firmness"]),
            terms=Terms(row["terms"]),
            attribution=row["attribution"],
            enabled=row["enabled"],
        )
        for row in rows
    )
    return Venues({venue.slug: venue for venue in venues})
