"""What `pargrade oracle fetch` fetches and shows."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from oracle.quote import Quote
from oracle.sources.lium import KIND as LIUM
from oracle.sources.lium import fetch_lium
from oracle.venue import Venue, load_venues
from pargrade.cli.output import Table, report
from pargrade.errors import PargradeError
from pargrade.units import Price

_FETCHERS: Final[Mapping[str, Callable[[Venue, int], tuple[Quote, ...]]]] = {LIUM: fetch_lium}


class NotLive(PargradeError):
    """A venue that is known from recordings only."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.hint = f"Venues with a live fetcher: {', '.join(_FETCHERS)}."
        super().__init__(f"venue {venue} has no live fetcher")


def fetch_quotes(slug: str, url: str, *, enable: bool) -> tuple[Quote, ...]:
    """What a venue asks now. Raises UnknownVenue, NotLive, VenueRefused, SourceDown and
    SourceMalformed.
    """
    venue = load_venues()[slug]
    if venue.kind not in _FETCHERS:
        raise NotLive(slug)
    venue = replace(venue, enabled=venue.enabled or enable, url=url or venue.url)
    return _FETCHERS[venue.kind](venue, int(time.time()))


def show_quotes(quotes: Sequence[Quote], into: Path | None, *, as_json: bool) -> None:
    """The quotes, for people or machines."""
    rows = [
        (
            f"{quote.gpu_model} {quote.variant}".strip(),
            quote.gpu_count,
            quote.tier.value,
            Price(quote.price8).text(),
            quote.n_offers,
        )
        for quote in quotes
    ]
    columns = ("hardware", "GPUs", "tier", "USD per GPU-hour", "offers")
    report(
        [quote.canonical() for quote in quotes],
        Table(columns, rows, numbers=frozenset({"GPUs", "USD per GPU-hour", "offers"})),
        f"{len(quotes)} quotes" + ("" if into is None else f" added to {into}"),
        as_json=as_json,
    )
