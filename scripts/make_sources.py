#!/usr/bin/env python3
"""Write docs/SOURCES.md from the venue table.

python scripts/make_sources.py            write it
python scripts/make_sources.py --check    compare only; exit 1 where it differs
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from oracle.sources.feed import Ask, Feed
from oracle.sources.venue import Venue, load_venues
from pargrade.clock import HOUR_S

PAGE: Final = Path(__file__).parents[1] / "docs" / "SOURCES.md"

HEAD: Final = """# Sources

The venues that prices come from. `scripts/make_sources.py` writes this page from
`pargrade/data/venues.toml`, and a test compares it. [METHODOLOGY](METHODOLOGY.md), section 3,
describes how a venue's response becomes quotes. Terms are as reported by public reviews in
October 2026; read the terms before you turn a feed on.

## Feeds

All feeds are off. `pargrade oracle fetch VENUE --enable` fetches one of them once; a node that
names venues under `[live]` asks them by itself ([NODES](NODES.md), "Live quotes").

"""
VENUES_HEAD: Final = """
## Venues

The sellers, and how the index classes them. Only neoclouds and decentralised networks are in the
par index. The terms here are those of recorded prices; a feed has its own terms, above.

"""
CLAUSES_HEAD: Final = """
## Clauses

"""


def period(ask: Ask) -> str:
    """What a price is for, where that is no hour."""
    hours, parts = ask.hours
    return "" if hours == parts else f" and {HOUR_S * hours // parts} s"


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    listed = [list(columns), ["---"] * len(list(columns)), *map(list, rows)]
    return "".join(f"| {' | '.join(row)} |\n" for row in listed)


def feed_row(venue: Venue, feed: Feed) -> tuple[str, ...]:
    """What a person wants to know of a feed."""
    units = {1: "USD", 100: "cents", 1_000_000: "micro-dollars"}
    per = {True: "instance", False: "GPU"}
    prices = sorted(
        {f"{units[ask.per_usd]} per {per[ask.per_instance]}{period(ask)}" for ask in feed.asks}
    )
    key = f"`{feed.key.env}`" if feed.key else ""
    combined = feed.combine.value.replace("_", " ")
    host = feed.url.split("/")[2]
    return (
        *(f"`{venue.slug}`", feed.kind.value, host, feed.cadence.value, feed.terms.value),
        *(", ".join(prices), combined, key, feed.attribution),
    )


def page() -> str:
    """The whole page."""
    venues = [venue for _, venue in sorted(load_venues().by_slug.items())]
    feeds = [feed_row(venue, venue.feed) for venue in venues if venue.feed is not None]
    columns = ("venue", "kind", "host", "cadence", "terms", "price", "of a line", "key")
    rows = [
        (f"`{venue.slug}`", venue.name, venue.firmness.value, venue.terms.value, venue.attribution)
        for venue in venues
    ]
    clauses = [
        f"- **{venue.name}** ({venue.clause.page}, {venue.clause.dated}): {venue.clause.says}.\n"
        for venue in venues
        if venue.clause is not None
    ]
    return (
        HEAD
        + table((*columns, "attribution"), feeds)
        + VENUES_HEAD
        + table(("venue", "name", "firmness", "terms", "attribution"), rows)
        + CLAUSES_HEAD
        + "".join(clauses)
    )


def main() -> int:
    """Write the page, or say whether it is up to date."""
    parser = argparse.ArgumentParser(description="Write docs/SOURCES.md from the venue table.")
    parser.add_argument("--check", action="store_true", help="compare only")
    if parser.parse_args().check:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        print(f"{PAGE.name} is {'what' if same else 'not what'} the venue table says")
        return 0 if same else 1
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
