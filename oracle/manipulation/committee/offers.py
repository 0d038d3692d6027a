"""Quotes as the lines of a section, and back: what is attested, and what it is a price of."""

from functools import lru_cache
from typing import Any

from oracle.protocol.batch.section import MOST_LINE, MOST_STATED, LinePrice
from oracle.protocol.report.attested import Lines
from oracle.quotes.classes import Cadence, Firmness, Terms
from oracle.quotes.quote import STORABLE, Quote, Tier
from pargrade.canonical import canonical_json, read_json


def offer_of(quote: Quote) -> LinePrice | None:
    """A quote as a line of its provider's list; None for one that no section can hold."""
    line = canonical_json(
        [
            quote.gpu_model,
            quote.variant,
            quote.gpu_memory_gb,
            quote.gpu_count,
            quote.tier,
            quote.region,
            quote.source,
            quote.cadence,
            quote.firmness,
            quote.terms,
        ]
    )
    stated = canonical_json([quote.n_offers, list(quote.flags)])
    fits = len(line) <= MOST_LINE and len(stated) <= MOST_STATED and 0 < quote.price8 < STORABLE
    return LinePrice(line, quote.price8, stated) if fits else None


def quotes_of(lines: Lines) -> list[Quote]:
    """The quotes of lines, each observed when it was fetched."""
    return [
        Quote(
            observed_at=value.fetched_at,
            provider=name.provider,
            price8=value.price8,
            **_fields(name.line, value.stated),
        )
        for name, value in lines.items()
    ]


@lru_cache(maxsize=65_536)
def _fields(line: bytes, stated: bytes) -> dict[str, Any]:
    model, variant, memory_gb, count, tier, region, source, cadence, firmness, terms = read_json(
        line
    )
    n_offers, flags = read_json(stated)
    return {
        "gpu_model": model,
        "variant": variant,
        "gpu_memory_gb": memory_gb,
        "gpu_count": count,
        "tier": Tier(tier),
        "region": region,
        "source": source,
        "cadence": Cadence(cadence),
        "firmness": Firmness(firmness),
        "terms": Terms(terms),
        "n_offers": n_offers,
        "flags": tuple(flags),
    }
