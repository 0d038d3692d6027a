"""Recorded quotes as the factor method takes them: who asked how much for what, on which day."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from oracle.quotes.quote import Quote
from oracle.sources.errors import SourceMalformed
from oracle.sources.number import scaled
from oracle.sources.recorded import COLUMNS, instant
from oracle.sources.table import load_table
from oracle.sources.venue import Terms, Venues, load_venues
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.factor.factor import PriceRow

# The source writes H200 without a form factor; H200 NVL, where it is meant, is named.
_UNSTATED_VARIANT: Final = {"H200": "SXM"}
_PLACEHOLDER: Final = "placeholder"


def hardware_key(model: str, variant: str, memory_gb: str | int) -> str:
    """How factor tables name the hardware of a quote: model-variant-memory."""
    return f"{model}-{variant or _UNSTATED_VARIANT.get(model, '')}-{memory_gb}"


def read_rows(recording: Path = SAMPLE) -> list[PriceRow]:
    """The price rows of the sample that ships, or of another recording with its columns.

    Placeholders, restricted venues and venues that the table does not list are left out. The sample
    holds none of them. Raises SourceDown, and SourceMalformed for a line that cannot be read: what
    a factor is made of is no place for gaps.
    """
    table, venues = load_table(recording, COLUMNS), load_venues()
    for line, flaw in table.flawed.items():
        raise SourceMalformed(recording.name, f"line {line}", flaw)
    texts = zip(*(table.texts(column) for column in COLUMNS), strict=True)
    rows: list[PriceRow] = []
    for line, fields in zip(table.lines.tolist(), texts, strict=True):
        row = dict(zip(COLUMNS, fields, strict=True))
        if not _is_usable(row, venues):
            continue
        try:
            rows.append(_price_row(row, venues))
        except ValueError as error:
            raise SourceMalformed(recording.name, f"line {line}", str(error)) from error
    return rows


def rows_of(quotes: Iterable[Quote]) -> list[PriceRow]:
    """The price rows of fetched quotes by the same rules; each has its line's lowest offer."""
    venues = load_venues()
    return [
        PriceRow(
            day=quote.observed_at // DAY_S,
            source=quote.source,
            provider=quote.provider,
            tier=f"{quote.tier}/{venues[quote.provider].firmness}",
            hardware=hardware_key(quote.gpu_model, quote.variant, quote.gpu_memory_gb),
            price8=quote.price8,
        )
        for quote in quotes
        if _is_allowed(quote.provider, venues)
        and quote.price8 > 0
        and not any(_PLACEHOLDER in flag for flag in quote.flags)
    ]


def _is_usable(row: Mapping[str, str], venues: Venues) -> bool:
    return _is_allowed(row["provider"], venues) and _PLACEHOLDER not in row["flags"]


def _is_allowed(provider: str, venues: Venues) -> bool:
    venue = venues.by_slug.get(provider)
    return venue is not None and venue.terms is not Terms.RESTRICTED


def _price_row(row: Mapping[str, str], venues: Venues) -> PriceRow:
    """A line of a recording: the tier names lease and firmness. Raises ValueError."""
    return PriceRow(
        day=instant(row["observed_at"]) // DAY_S,
        source=row["source"],
        provider=row["provider"],
        tier=f"{row['lease_type']}/{venues[row['provider']].firmness}",
        hardware=hardware_key(row["gpu_model"], row["variant"], row["gpu_memory_gb"]),
        price8=scaled(row["price_usd_per_gpu_hour"], 8),
    )
