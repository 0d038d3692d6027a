"""Quotes recorded earlier, in the columns of the sample that ships. One line, one quote.

A field is read once for every text it holds, not once for every row: a recording repeats itself.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import numpy as np

from oracle.quotes.columns import Coded, Columns, Ints
from oracle.quotes.quote import Quote
from oracle.sources.fields import READERS, RecordedField
from oracle.sources.fields import instant as instant
from oracle.sources.fields import instant_text as instant_text
from oracle.sources.refused import RefusedPart, require_few
from oracle.sources.table import TextTable, load_table, read_table
from oracle.sources.venue import Classification, UnknownVenue, Venues
from pargrade.units import Price

COLUMNS: Final = (
    "observed_at",
    "provider",
    "gpu_model",
    "variant",
    "gpu_memory_gb",
    "gpu_count",
    "price_usd_per_gpu_hour",
    "price_min",
    "lease_type",
    "region",
    "n_offers",
    "source",
    "flags",
)
FURTHER: Final = ("price_max", "term_months", "availability")
"""Columns that a history may have besides. No index reads them; whoever studies it may."""


@dataclass(frozen=True)
class Recorded:
    """What a recording gave."""

    columns: Columns
    """Its quotes, in the order of the file."""
    refused: tuple[RefusedPart, ...] = ()
    """Lines that could not be read, in the order of the file."""

    @cached_property
    def quotes(self) -> tuple[Quote, ...]:
        """Every quote, for reading one by one."""
        return tuple(self.columns.quotes())


def load_recording(path: Path, venues: Venues) -> Recorded:
    """A recording, gzipped or plain.

    A line with a field that does not parse, and one of a provider that the venue table does not
    list, is refused and the others are kept. Raises SourceDown when the file cannot be read;
    SourceMalformed when it is no recording, is cut within a line, or has too many refused lines:
    see require_few.
    """
    return _recorded(load_table(path, COLUMNS, FURTHER), venues)


def parse_recording(name: str, data: bytes, venues: Venues) -> Recorded:
    """The quotes in a recording's bytes; see load_recording."""
    return _recorded(read_table(name, data, COLUMNS, FURTHER), venues)


def _recorded(table: TextTable, venues: Venues) -> Recorded:
    fields = _fields(table, venues)
    flawed = np.zeros(len(table.lines), np.bool_)
    for field in fields.values():
        if None in field.readings:
            flawed |= field.flawed()
    refused = _refusals(table, fields, np.flatnonzero(flawed))
    require_few(table.name, refused, int((~flawed).sum()))
    rows = np.flatnonzero(~flawed) if flawed.any() else slice(None)
    return Recorded(_columns(fields, rows, venues), refused)


def _fields(table: TextTable, venues: Venues) -> dict[str, RecordedField]:
    def listed(slug: str) -> str | None:
        try:
            return venues[slug].slug
        except UnknownVenue:
            return None

    readers = {**READERS, "provider": READERS["provider"]._replace(read=listed)}
    # Columns of one kind, such as the prices, repeat each other's texts.
    once = {reader.read: cache(reader.read) for reader in readers.values()}
    return {
        column: RecordedField.of(
            column, table.columns[column], reader._replace(read=once[reader.read])
        )
        for column, reader in readers.items()
        if column in table.columns
    }


def _refusals(
    table: TextTable, fields: Mapping[str, RecordedField], flawed: Ints
) -> tuple[RefusedPart, ...]:
    reasons = dict(table.flawed)
    for row in flawed.tolist():
        flaws = (field.flaw(row) for field in fields.values())
        reasons[int(table.lines[row])] = next(filter(None, flaws))
    return tuple(RefusedPart(f"line {line}", reasons[line]) for line in sorted(reasons))


def _columns(fields: Mapping[str, RecordedField], rows: slice | Ints, venues: Venues) -> Columns:
    provider, source = (fields[column].coded(rows) for column in ("provider", "source"))
    pair, classes = _classes(provider, source, venues)
    return Columns(
        observed_at=fields["observed_at"].integers(rows),
        provider=provider,
        gpu_model=fields["gpu_model"].coded(rows),
        variant=fields["variant"].coded(rows),
        gpu_memory_gb=fields["gpu_memory_gb"].coded(rows),
        gpu_count=fields["gpu_count"].coded(rows),
        # The lowest offer of the line, not the median over them: on 2026-03-07 the recording went
        # from listing every offer to listing the best one, and only the lowest means the same on
        # both sides of that day.
        price8=fields["price_min"].integers(rows),
        tier=fields["lease_type"].coded(rows),
        region=fields["region"].coded(rows),
        source=source,
        cadence=pair.mapped(lambda code: classes[code].cadence),
        firmness=pair.mapped(lambda code: classes[code].firmness),
        terms=pair.mapped(lambda code: classes[code].terms),
        n_offers=fields["n_offers"].integers(rows),
        flags=fields["flags"].coded(rows),
    )


def _classes(
    provider: Coded, source: Coded, venues: Venues
) -> tuple[Coded, Sequence[Classification]]:
    """The pair of provider and source of every row, and what the venue table says of each."""
    sources = len(source.words)
    numbers = provider.codes.astype(np.int64) * sources + source.codes
    stated, codes = np.unique(numbers, return_inverse=True)
    classes = [
        venues.classify(provider.words[number // sources], source.words[number % sources])
        for number in stated.tolist()
    ]
    return Coded(codes.astype(np.int32), tuple(range(len(classes)))), classes


def append_recorded(path: Path, quotes: Iterable[Quote]) -> None:
    """Adds quotes to a recording, plain and not gzipped; makes it with its header when missing."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if fresh:
            writer.writeheader()
        writer.writerows(_row(quote) for quote in quotes)


def _row(quote: Quote) -> dict[str, object]:
    price = Price(quote.price8).text()
    return {
        "observed_at": instant_text(quote.observed_at),
        "provider": quote.provider,
        "gpu_model": quote.gpu_model,
        "variant": quote.variant,
        "gpu_memory_gb": quote.gpu_memory_gb,
        "gpu_count": quote.gpu_count,
        "price_usd_per_gpu_hour": price,
        "price_min": price,
        "lease_type": quote.tier.value,
        "region": quote.region,
        "n_offers": quote.n_offers,
        "source": quote.source,
        "flags": "|".join(quote.flags),
    }
