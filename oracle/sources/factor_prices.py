"""Recorded quotes as the factor method takes them: who asked how much for what, on which day."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from oracle.sources.venue import Terms, Venues, load_venues
from pargrade.data.files import SAMPLE
from pargrade.factor.factor import PriceRow
from pargrade.units import Price

_EPOCH: Final = date(1970, 1, 1)
# The source writes H200 without a form factor; H200 NVL, where it is meant, is named.
_UNSTATED_VARIANT: Final = {"H200": "SXM"}
_PLACEHOLDER: Final = "placeholder"


def hardware_key(model: str, variant: str, memory_gb: str | int) -> str:
    """How factor tables name the hardware of a quote: model-variant-memory."""
    return f"{model}-{variant or _UNSTATED_VARIANT.get(model, '')}-{memory_gb}"


def price_row(row: Mapping[str, str], venues: Venues) -> PriceRow:
    """A line of a recording: the tier names lease and firmness. Raises UnknownVenue."""
    return PriceRow(
        day=(date.fromisoformat(row["observed_at"][:10]) - _EPOCH).days,
        source=row["source"],
        provider=row["provider"],
        tier=f"{row['lease_type']}/{venues[row['provider']].firmness}",
        hardware=hardware_key(row["gpu_model"], row["variant"], row["gpu_memory_gb"]),
        price8=int(Price.parse(row["price_usd_per_gpu_hour"])),
    )


def read_rows(recording: Path = SAMPLE) -> list[PriceRow]:
    """The price rows of the sample that ships, or of another recording with its columns.

    Placeholders, restricted venues and venues that the table does not list are left out. The sample
    holds none of them.
    """
    return list(_usable(recording, load_venues()))


def _usable(recording: Path, venues: Venues) -> Iterator[PriceRow]:
    with gzip.open(recording, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            venue = venues.by_slug.get(row["provider"])
            if venue is None or venue.terms is Terms.RESTRICTED or _PLACEHOLDER in row["flags"]:
                continue
            yield price_row(row, venues)
