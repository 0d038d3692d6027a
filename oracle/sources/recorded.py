"""Quotes recorded earlier, in the columns of the sample that ships. One line, one quote."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from oracle.quote import Quote, Tier
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.venue import UnknownVenue, Venues
from pargrade.units import BadAmount, Price, TooPrecise

SAMPLE: Final = Path(__file__).parents[1] / "data" / "sample" / "quotes-2026-03-04.csv.gz"

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


def load_recorded(path: Path, venues: Venues) -> tuple[Quote, ...]:
    """Every quote of a recording, gzipped or plain, in the order of the file.

    Raises SourceDown when the file cannot be read; SourceMalformed, naming the line, for a missing
    column, a field that does not parse, and a provider that the venue table does not list.
    """
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise SourceDown(path.name, error.strerror or str(error)) from error
    try:
        plain = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
        text = plain.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceMalformed(path.name, "the whole file", str(error)) from error
    return parse_recorded(path.name, text, venues)


def parse_recorded(name: str, text: str, venues: Venues) -> tuple[Quote, ...]:
    """The quotes in a recording's text; see load_recorded."""
    rows = csv.DictReader(io.StringIO(text))
    missing = set(COLUMNS) - set(rows.fieldnames or ())
    if missing:
        raise SourceMalformed(name, "line 1", f"no column {', '.join(sorted(missing))}")
    return tuple(_quotes(name, rows, venues))


def _quotes(name: str, rows: Iterable[dict[str, str]], venues: Venues) -> Iterable[Quote]:
    for number, row in enumerate(rows, start=2):
        try:
            if None in row or None in row.values():
                raise ValueError("not as many fields as columns")
            yield _quote(row, venues)
        except (ValueError, TypeError, BadAmount, TooPrecise, UnknownVenue) as error:
            raise SourceMalformed(name, f"line {number}", str(error)) from error


def _quote(row: Mapping[str, str], venues: Venues) -> Quote:
    venue = venues[row["provider"]]
    return Quote(
        observed_at=instant(row["observed_at"]),
        provider=venue.slug,
        gpu_model=row["gpu_model"],
        variant=row["variant"],
        gpu_memory_gb=int(row["gpu_memory_gb"] or 0),
        gpu_count=int(row["gpu_count"] or 0),
        # The lowest offer of the line, not the median over them: on 2026-03-07 the recording went
        # from listing every offer to listing the best one, and only the lowest means the same on
        # both sides of that day.
        price8=int(Price.parse(row["price_min"])),
        tier=Tier(row["lease_type"]),
        region=row["region"],
        source=row["source"],
        cadence=venue.cadence,
        firmness=venue.firmness,
        terms=venue.terms,
        n_offers=int(row["n_offers"] or 1),
        flags=tuple(sorted(filter(None, row["flags"].split("|")))),
    )


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
        "observed_at": f"{datetime.fromtimestamp(quote.observed_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
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


def instant(text: str) -> int:
    """Unix seconds of an ISO 8601 time in UTC, such as 2026-03-01T21:00:04Z."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    # Integer arithmetic: datetime.timestamp() is a float.
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400 + since.seconds
