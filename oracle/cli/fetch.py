"""What `pargrade oracle fetch` and `oracle venues` read and show."""

import os
import time
from pathlib import Path

from oracle.fetch.fetch import fetch, read_saved
from oracle.fetch.http import VisitLimits
from oracle.quotes.quote import Quote
from oracle.sources.mapping import Fetched
from oracle.sources.venue import Venue, load_venues
from pargrade.cli.toolkit.output import Table, report
from pargrade.units import Price


def fetch_quotes(slug: str, url: str, saved: Path | None, *, enable: bool) -> Fetched:
    """What a venue asks now, or asked in a saved answer. Raises UnknownVenue, VenueRefused,
    SourceDown and SourceMalformed.
    """
    venues = load_venues()
    venue, now = venues[slug], int(time.time())
    if saved is not None:
        body = saved.read_bytes()
        return read_saved(body, venue, venues, now, VisitLimits(most_bytes=_SAVED_BYTES))
    asked = venue.asked_at(url, enabled=venue.enabled or enable)
    return fetch(asked, venues, now, os.environ)


# A month of an archive is larger than anything a venue may send us unasked.
_SAVED_BYTES = 1_000_000_000


def show_quotes(fetched: Fetched, into: Path | None, *, as_json: bool) -> None:
    """The quotes, and what became none, for people or machines."""
    rows = [
        (
            quote.provider,
            " ".join(filter(None, (quote.gpu_model, quote.variant, _gigabytes(quote)))),
            quote.gpu_count or "",
            quote.tier.value,
            quote.region,
            Price(quote.price8).text(),
            quote.n_offers,
        )
        for quote in fetched.quotes
    ]
    columns = ("provider", "hardware", "GPUs", "tier", "region", "USD per GPU-hour", "offers")
    report(
        {
            "quotes": [quote.to_json() for quote in fetched.quotes],
            "omitted": [each._asdict() for each in fetched.omitted],
            "refused": [refusal._asdict() for refusal in fetched.refused],
        },
        Table(columns, rows, numbers=frozenset({"GPUs", "USD per GPU-hour", "offers"})),
        *(f"left out {each.rows}: {each.reason} ({each.example})" for each in fetched.omitted),
        *(f"refused {where}: {reason}" for where, reason in fetched.refused),
        f"{len(fetched.quotes)} quotes" + ("" if into is None else f" added to {into}"),
        as_json=as_json,
    )


def _gigabytes(quote: Quote) -> str:
    return f"{quote.gpu_memory_gb} GB" if quote.gpu_memory_gb else ""


def show_venues(*, live: bool, as_json: bool) -> None:
    """The venue table, by slug."""
    found = [venue for _, venue in sorted(load_venues().by_slug.items())]
    shown = [venue for venue in found if venue.feed is not None] if live else found
    report(
        [_as_json(venue) for venue in shown],
        Table(
            ("venue", "kind", "cadence", "firmness", "terms", "live", "attribution"),
            [
                (
                    venue.slug,
                    venue.kind,
                    _cadence(venue),
                    venue.firmness.value,
                    _terms(venue),
                    "on" if venue.enabled else "off" if venue.feed else "",
                    _attribution(venue),
                )
                for venue in shown
            ],
        ),
        f"{len(shown)} venues",
        as_json=as_json,
    )


def _cadence(venue: Venue) -> str:
    return (venue.cadence if venue.feed is None else venue.feed.cadence).value


def _terms(venue: Venue) -> str:
    return (venue.terms if venue.feed is None else venue.feed.terms).value


def _attribution(venue: Venue) -> str:
    return venue.attribution if venue.feed is None else venue.feed.attribution


def _as_json(venue: Venue) -> dict[str, object]:
    clause = venue.clause
    return {
        "slug": venue.slug,
        "name": venue.name,
        "kind": venue.kind,
        "cadence": _cadence(venue),
        "firmness": venue.firmness.value,
        "terms": _terms(venue),
        "clause": None
        if clause is None
        else {"page": clause.page, "dated": clause.dated, "says": clause.says},
        "enabled": venue.enabled,
        "attribution": _attribution(venue),
        "url": venue.url if venue.feed is None else venue.feed.url,
    }
