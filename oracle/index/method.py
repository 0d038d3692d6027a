"""The method of an index: its constants, and the hash of their file."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from oracle.index.shadow_record import require_shadowed
from oracle.index.window.rule import BadWindowRule, WindowRule
from oracle.quotes.classes import Firmness
from oracle.quotes.quote import Quote, Tier
from oracle.sources.venue import VENUES, Cadence, read_venues
from pargrade.canonical import canonical_json, content_hash, read_json
from pargrade.data.files import DATA
from pargrade.errors import PargradeError

PAR_INDEX: Final = "SCU / USD"
"""The index that nodes report and futures settle on."""

METHOD: Final = DATA / "method-1.json"
"""The version in use."""
FACTORS: Final = DATA / "factors-1.json"

FACTOR_ONE: Final = 10**4
"""A conversion factor of 1.0: factors carry four decimals."""

_MEDIAN: Final = (0, 1)

_Table = Mapping[tuple[str, str, int], int]


class BadMethod(PargradeError):
    """A method file that contradicts its factor table or has an impossible constant."""

    hint = "Restore the method and factor files that were published together."


class UnknownIndex(PargradeError):
    """An index that the method file does not define."""

    hint = "See `pargrade index show` for the indices there are."

    def __init__(self, index: str) -> None:
        self.index = index
        super().__init__(f"the method has no index {index!r}")


class Unit(StrEnum):
    """What an index is the price of, in USD."""

    SCU = "SCU"
    """Prices are divided by the factor of their hardware; an index may read several kinds."""
    GPU_HOUR = "GPU_HOUR"
    """An hour of the one kind of GPU that the index reads; its factor is 1."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A kind of GPU that an index reads, with its factor, weight and price band."""

    name: str
    model: str
    variants: tuple[str, ...]
    """The variants in quotes that count as this hardware."""
    memory_gb: int
    factor4: int
    """Units of the index per GPU-hour, 4 decimals."""
    weight_ppm: int
    """Weight of a provider's price for it, in millionths."""
    low8: int
    high8: int
    """Band of believable prices in the tier, USD per GPU-hour, 8 decimals, both ends included."""


@dataclass(frozen=True)
class Method:
    """The constants of one index in one version of the method, with the factors it converts by."""

    index: str
    version: int
    unit: Unit
    hardware: tuple[Hardware, ...]
    tier: Tier
    firmness: frozenset[Firmness]
    lookback_s: int
    """Quotes older than this are not looked at."""
    max_age_s: Mapping[Cadence, int]
    placeholder_flag: str
    placeholder_price8: int
    outlier_min_providers: int
    outlier_mad_multiple: int
    outlier_floor_ppm: int
    provider_cap_parts: int
    """A provider weighs at most 1 / this."""
    middle_band: tuple[int, int]
    """The middle of prices is the mean over this part (n, d) of the weight; (0, d) is the median.
    A method with a window does not use it."""
    min_providers: int
    live_providers: int
    factors_hash: bytes
    method_hash: bytes
    """Hash of the whole file, the same for every index in it."""
    documents: Mapping[bytes, bytes]
    """The canonical texts behind the two hashes, by hash; archived with the evidence."""
    window: WindowRule | None = None
    """How levels come from a rolling window; None for a chain of daily links."""

    @property
    def view_s(self) -> int:
        """How far back quotes are looked at for a value, seconds; midnights of a window look back
        by `lookback_s`."""
        return self.lookback_s if self.window is None else max(self.lookback_s, self.window.carry_s)

    def hardware_of(self, quote: Quote) -> Hardware | None:
        """The hardware a quote is for, or None when this index does not read it."""
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


def load_method(
    method: Path = METHOD,
    factors: Path = FACTORS,
    venues: Path = VENUES,
    index: str = PAR_INDEX,
) -> Method:
    """The method of an index, read from three files.

    Raises BadMethod when the files contradict each other, UnknownIndex, and NotShadowed for a later
    version without a shadow record that allows it.
    """
    document = read_json(method.read_bytes())
    require_shadowed(document, method)
    return method_of(
        document,
        read_json(factors.read_bytes()),
        read_venues(venues).classification_hash(),
        index,
    )


def method_of(
    document: dict[str, Any], factors: dict[str, Any], venues_hash: bytes, index: str = PAR_INDEX
) -> Method:
    """The method that a document defines for an index. Raises BadMethod, UnknownIndex.

    The method hash is keccak256 of the canonical JSON of the document, with the hashes of the
    factor table and of the venue classification added.
    """
    rows = [row for row in document["indices"] if row["index"] == index]
    if not rows:
        raise UnknownIndex(index)
    if len(rows) > 1:
        raise BadMethod(f"the index {index} is defined {len(rows)} times")
    row = rows[0]
    unit, tier = Unit(row["unit"]), Tier(row["tier"])
    table = {
        (each["model"], each["variant"], each["memory_gb"]): int(each["factor4"])
        for each in factors["rows"]
    }
    known = {each["name"]: each for each in document["hardware"]}
    if unknown := row["weight_ppm"].keys() - known.keys():
        raise BadMethod(f"{index} reads unknown hardware {', '.join(sorted(unknown))}")
    factors_hash = content_hash(factors)
    hashed = document | {
        "factors_hash": "0x" + factors_hash.hex(),
        "venues_hash": "0x" + venues_hash.hex(),
    }
    method_hash = content_hash(hashed)
    method = Method(
        index=index,
        version=document["version"],
        unit=unit,
        hardware=tuple(
            _hardware(known[name], weight_ppm, tier, table if unit is Unit.SCU else None)
            for name, weight_ppm in row["weight_ppm"].items()
        ),
        tier=tier,
        firmness=frozenset(Firmness(name) for name in document["firmness"]),
        lookback_s=document["lookback_s"],
        max_age_s={Cadence(name): age for name, age in document["max_age_s"].items()},
        placeholder_flag=document["placeholder_flag"],
        placeholder_price8=int(document["placeholder_price8"]),
        outlier_min_providers=document["outlier_min_providers"],
        outlier_mad_multiple=document["outlier_mad_multiple"],
        outlier_floor_ppm=document["outlier_floor_ppm"],
        provider_cap_parts=document["provider_cap_parts"],
        middle_band=_middle_band(document),
        min_providers=document["min_providers"],
        live_providers=document["live_providers"],
        factors_hash=factors_hash,
        method_hash=method_hash,
        documents={method_hash: canonical_json(hashed), factors_hash: canonical_json(factors)},
        window=_window(document),
    )
    _require_sound(method)
    return method


def _window(document: dict[str, Any]) -> WindowRule | None:
    if "window" not in document:
        return None
    try:
        return WindowRule.from_json(document["window"], document["provider_cap_parts"])
    except BadWindowRule as wrong:
        raise BadMethod(str(wrong)) from None


def _middle_band(document: dict[str, Any]) -> tuple[int, int]:
    if ("middle_band" in document) == ("window" in document):
        raise BadMethod("a method states either a middle of prices or a window")
    part, parts = document.get("middle_band", _MEDIAN)
    return int(part), int(parts)


def _hardware(row: dict[str, Any], weight_ppm: int, tier: Tier, table: _Table | None) -> Hardware:
    key = (row["model"], row["variant"], row["memory_gb"])
    if table is not None and key not in table:
        raise BadMethod(f"the factor table has no factor for {row['name']}")
    if tier not in row["band8"]:
        raise BadMethod(f"{row['name']} has no price band for {tier}")
    low8, high8 = row["band8"][tier]
    return Hardware(
        name=row["name"],
        model=row["model"],
        variants=tuple(row["spelled"]),
        memory_gb=row["memory_gb"],
        factor4=FACTOR_ONE if table is None else table[key],
        weight_ppm=weight_ppm,
        low8=int(low8),
        high8=int(high8),
    )


def _require_sound(method: Method) -> None:
    if method.unit is Unit.GPU_HOUR and len(method.hardware) != 1:
        # Hours of two models are not the same unit; an index over several models is in SCU.
        raise BadMethod(f"{method.index} is per GPU-hour of {len(method.hardware)} kinds of GPU")
    for hardware in method.hardware:
        if hardware.factor4 <= 0 or hardware.weight_ppm <= 0:
            raise BadMethod(f"{hardware.name} has a factor or weight that is not positive")
        if not 0 < hardware.low8 <= hardware.high8:
            raise BadMethod(f"{hardware.name} has an empty price band")
    # With fewer providers than cap parts, shares of at most 1 / parts cannot add up to 1.
    if method.min_providers < method.provider_cap_parts:
        raise BadMethod(f"{method.min_providers} providers cannot hold the cap")
    part, parts = method.middle_band
    if not 0 <= part < parts:
        raise BadMethod(f"the middle cannot be {part}/{parts} of the weight")
    if method.lookback_s < max(method.max_age_s.values()):
        raise BadMethod("the look-back is shorter than the age a quote may have")
