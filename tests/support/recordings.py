"""Recordings for tests: made-up lines, and a reader that goes field by field."""

import csv
import io
import re
from datetime import UTC, datetime

from oracle.quotes.quote import Quote, Tier
from oracle.sources.recorded import COLUMNS
from oracle.sources.venue import load_venues
from pargrade.units import Price

VENUES = load_venues()
ROW = {
    "observed_at": "2026-03-01T21:00:04Z",
    "provider": "lambda",
    "gpu_model": "H100",
    "variant": "SXM",
    "gpu_memory_gb": "80",
    "gpu_count": "8",
    "price_usd_per_gpu_hour": "3.5",
    "price_min": "3.44",
    "lease_type": "on_demand",
    "region": "global",
    "n_offers": "4",
    "source": "list",
    "flags": "b|a",
}


def text_of(rows, columns=COLUMNS, **dialect):
    """A recording of rows, written by the standard library."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def hourly_rows(count):
    """So many sound rows, each an hour after the one before."""
    return [
        ROW | {"observed_at": f"2026-03-{1 + hour // 24:02}T{hour % 24:02}:00:00Z"}
        for hour in range(count)
    ]


def quote_by_hand(row):
    """The quote of a sound row, field by field."""
    classified = VENUES.classify(row["provider"], row["source"])
    moment = datetime.strptime(row["observed_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return Quote(
        observed_at=int(moment.timestamp()),
        provider=row["provider"],
        gpu_model=row["gpu_model"],
        variant=row["variant"],
        gpu_memory_gb=int(row["gpu_memory_gb"] or 0),
        gpu_count=int(row["gpu_count"] or 0),
        price8=int(Price.parse(re.sub(r"(\.[0-9]{8})0+$", r"\1", row["price_min"]))),
        tier=Tier(row["lease_type"]),
        region=row["region"],
        source=row["source"],
        cadence=classified.cadence,
        firmness=classified.firmness,
        terms=classified.terms,
        n_offers=int(row["n_offers"] or 1),
        flags=tuple(sorted(filter(None, row["flags"].split("|")))),
    )
