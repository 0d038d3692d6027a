"""No price whose terms forbid it reaches a settlement index: a check of everything that ships.

    python -m oracle.sources.licences [DATA]     exit 1, and one line for each breach

A method reads whatever its panels name, so a restricted venue must stand in no panel, in no method
or factor table, in no recording that ships, and no feed may be on, or aggregate, for one.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from oracle.sources.recorded import COLUMNS
from oracle.sources.table import load_table
from oracle.sources.venue import Terms, Venue, Venues, read_venues
from pargrade.canonical import read_json
from pargrade.data.files import DATA


class Breach(NamedTuple):
    """Where a restricted venue, or one without its attribution, was found."""

    where: str
    what: str


def breaches(data: Path = DATA) -> tuple[Breach, ...]:
    """Every breach in a data folder: venue table, JSON documents, recordings.

    Raises what the readers of those files raise, and UnknownVenue for a recorded provider that the
    table does not list: terms that are not known are not open.
    """
    venues = read_venues(data / "venues.toml")
    return (
        *_in_table(venues),
        *_in_documents(data, venues),
        *_in_recordings(data, venues),
    )


def _in_table(venues: Venues) -> Iterator[Breach]:
    for venue in venues.by_slug.values():
        where = f"venues.toml: {venue.slug}"
        restricted = venue.terms is Terms.RESTRICTED
        if venue.enabled and venue.feed is not None and venue.feed.terms is not Terms.OPEN:
            yield Breach(where, "is not open, and its feed is on")
        if restricted and venue.clause is None:
            yield Breach(where, "is restricted, and does not say by which clause")
        if not restricted and not venue.attribution:
            yield Breach(where, "is used without an attribution")
        yield from (
            Breach(where, f"reports {name}, which is restricted")
            for name in _sellers(venue, venues)
        )


def _sellers(venue: Venue, venues: Venues) -> Iterator[str]:
    """Restricted venues that a feed says it sells for by itself; rows are judged one by one."""
    if venue.feed is None:
        return
    named = list((venue.feed.catalogues or {}).values())
    if venue.feed.provider is not None and venue.feed.provider.const:
        named.append(venue.feed.provider.const)
    yield from (name for name in named if venues[name].terms is Terms.RESTRICTED)


def _in_documents(data: Path, venues: Venues) -> Iterator[Breach]:
    restricted = _restricted(venues)
    for path in sorted(data.rglob("*.json")):
        for name in sorted(restricted.intersection(_words(read_json(path.read_bytes())))):
            yield Breach(path.name, f"names {name}, which is restricted")


def _in_recordings(data: Path, venues: Venues) -> Iterator[Breach]:
    restricted = _restricted(venues)
    for path in sorted(data.rglob("*.csv*")):
        table = load_table(path, COLUMNS)
        for line, flaw in sorted(table.flawed.items()):
            yield Breach(path.name, f"has a line {line} that nobody can check: {flaw}")
        for column in ("provider", "source"):
            for name in sorted(set(table.texts(column)) & restricted):
                yield Breach(path.name, f"has rows with the {column} {name}, which is restricted")
        for provider in set(table.texts("provider")):
            venues[provider]


def _restricted(venues: Venues) -> frozenset[str]:
    return frozenset(v.slug for v in venues.by_slug.values() if v.terms is Terms.RESTRICTED)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)


def main() -> int:
    """Say what is wrong with a data folder; 0 when nothing is."""
    found = breaches(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
    for breach in found:
        print(f"{breach.where} {breach.what}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
