"""The method of the index as data: every constant that decides, and the hash of them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from oracle.canonical import canonical_json, content_hash, read_json
from oracle.quote import Quote, Tier
from oracle.venue import VENUES, Cadence, Firmness, load_venues
from pargrade.errors import PargradeError

_DATA: Final = Path(__file__).parent / "data"

METHOD: Final = _DATA / "method-1.json"
FACTORS: Final = _DATA / "factors-1.json"

FACTOR_ONE: Final = 10**4
"""A conversion factor of 1.0: factors carry four decimals."""


class BadMethod(PargradeError):
    """A method file that does not fit its factor table or names an impossible constant."""

    hint = "Restore the method and factor files that were published together."


@dataclass(frozen=True, slots=True)
class Hardware:
    """A kind of GPU the index reads, and what one of its hours is worth."""

    name: str
    model: str
    variants: tuple[str, ...]
    """Spellings of the variant in quotes that are read as this hardware."""
    memory_gb: int
    factor4: int
    """SCU per GPU-hour, 4 decimals."""
    weight_ppm: int
    """Weight of a provider's price for it, in millionths of a price for the par grade."""
    low8: int
    high8: int
    """Band of believable prices, USD per GPU-hour, 8 decimals, both ends inside."""


@dataclass(frozen=True)
class Method:
    """The constants of one version of the method, frozen with the factors it converts by."""

    version: str
    hardware: tuple[Hardware, ...]
    tier: Tier
    firmness: frozenset[Firmness]
    lookback_s: int
    """How far back before the as-of time quotes are considered at all."""
    max_age_s: Mapping[Cadence, int]
    placeholder_flag: str
    placeholder_price8: int
    outlier_min_providers: int
    outlier_mad_multiple: int
    outlier_floor_ppm: int
    provider_cap_parts: int
    """A provider weighs at most one part in this many."""
    middle_band: tuple[int, int]
    """The middle of prices is the mean over this part (n, d) of the weight; (0, d) is the median.
    """
    min_providers: int
    live_providers: int
    factors_hash: bytes
    method_hash: bytes
    documents: Mapping[bytes, bytes]
    """The canonical texts that the two hashes are of, by hash: they are archived with evidence."""

    def hardware_of(self, quote: Quote) -> Hardware | None:
        """The hardware a quote is for, or None when the method knows no factor for it."""
        return self._by_spelling.get((quote.gpu_model, quote.variant, quote.gpu_memory_gb))

    @cached_property
    def by_name(self) -> Mapping[str, Hardware]:
        """Hardware by its name."""
        return {hardware.name: hardware for hardware in self.hardware}

    @cached_property
    def _by_spelling(self) -> Mapping[tuple[str, str, int], Hardware]:
        return {
            (hardware.model, variant, hardware.memory_gb): hardware
            for hardware in self.hardware
            for variant in hardware.variants
        }


def load_method(method: Path = METHOD, factors: Path = FACTORS, venues: Path = VENUES) -> Method:
    """The method in three files, hashed together. Raises BadMethod when they do not fit."""
    return method_of(
        read_json(method.read_bytes()),
        read_json(factors.read_bytes()),
        load_venues(venues).classification_hash(),
    )


def method_of(document: dict[str, Any], factors: dict[str, Any], venues_hash: bytes) -> Method:
    """The method a document states.

    The method hash is keccak256 of the canonical JSON of the document with the hashes of the
    factor table and of the venue classification put in, so none of the three changes alone.
    """
    table = {
        (row["model"], row["variant"], row["memory_gb"]): int(row["factor4"])
        for row in factors["rows"]
    }
    factors_hash = content_hash(factors)
    hashed = document | {
        "factors_hash": "0x" + factors_hash.hex(),
        "venues_hash": "0x" + venues_hash.hex(),
    }
    method_hash = content_hash(hashed)
    method = Method(
        version=document["version"],
        hardware=tuple(_hardware(row, table) for row in document["hardware"]),
        tier=Tier(document["tier"]),
        firmness=frozenset(Firmness(name) for name in document["firmness"]),
        lookback_s=document["lookback_s"],
        max_age_s={Cadence(name): age for name, age in document["max_age_s"].items()},
        placeholder_flag=document["placeholder_flag"],
        placeholder_price8=int(document["placeholder_price8"]),
        outlier_min_providers=document["outlier_min_providers"],
        outlier_mad_multiple=document["outlier_mad_multiple"],
        outlier_floor_ppm=document["outlier_floor_ppm"],
        provider_cap_parts=document["provider_cap_parts"],
        middle_band=(int(document["middle_band"][0]), int(document["middle_band"][1])),
        min_providers=document["min_providers"],
        live_providers=document["live_providers"],
        factors_hash=factors_hash,
        method_hash=method_hash,
        documents={method_hash: canonical_json(hashed), factors_hash: canonical_json(factors)},
    )
    _require_sound(method)
    return method


def _hardware(row: dict[str, Any], table: Mapping[tuple[str, str, int], int]) -> Hardware:
    key = (row["model"], row["variant"], row["memory_gb"])
    if key not in table:
        raise BadMethod(f"the factor table has no factor for {row['name']}")
    return Hardware(
        name=row["name"],
        model=row["model"],
        variants=tuple(row["spelled"]),
        memory_gb=row["memory_gb"],
        factor4=table[key],
        weight_ppm=row["weight_ppm"],
        low8=int(row["low8"]),
        high8=int(row["high8"]),
    )


def _require_sound(method: Method) -> None:
    for hardware in method.hardware:
        if hardware.factor4 <= 0 or hardware.weight_ppm <= 0:
            raise BadMethod(f"{hardware.name} has a factor or weight that is not positive")
        if not 0 < hardware.low8 <= hardware.high8:
            raise BadMethod(f"{hardware.name} has an empty price band")
    # With fewer providers than cap parts the cap cannot hold: n shares of at most 1/parts are < 1.
    if method.min_providers < method.provider_cap_parts:
        raise BadMethod(f"{method.min_providers} providers cannot hold the cap")
    part, parts = method.middle_band
    if not 0 <= part < parts:
        raise BadMethod(f"the middle cannot be {part}/{parts} of the weight")
    if method.lookback_s < max(method.max_age_s.values()):
        raise BadMethod("the look-back is shorter than the age a quote may have")
