"""A price seen at a venue: what every later step works on, and nothing derived from it."""

from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple

from oracle.quotes.classes import Availability, Cadence, Firmness, Terms, availability_of
from pargrade.canonical import canonical_json
from pargrade.errors import PargradeError

STORABLE: Final = 2**62
"""Times and counts of quotes are smaller, either sign: two of them add up to an int64."""


class Unstorable(PargradeError, ValueError):
    """A time or a count in a quote that no column can hold."""

    hint = "The source states an impossible number: leave the quote out."

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"{number} in a quote does not fit in 62 bits")


class Tier(StrEnum):
    """How firmly the GPU is the buyer's once it is paid for."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"
    RESERVED = "reserved"


class Line(NamedTuple):
    """One offer a provider keeps on its list, whatever it costs today and whoever reported it."""

    provider: str
    hardware: str
    gpu_count: int
    region: str


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """One provider's ask for one kind of GPU, as one source reported it.

    The order of the fields is the canonical order of quotes: by time first.
    """

    observed_at: int
    """Unix seconds at which the source saw the price."""
    provider: str
    """Lower-case slug, as in the venue table."""
    gpu_model: str
    variant: str
    """SXM, PCIe, NVL, OAM; empty where the source does not say."""
    gpu_memory_gb: int
    """Per GPU; 0 where the source does not say."""
    gpu_count: int
    """GPUs in the offered instance; 0 where the source does not say."""
    price8: int
    """USD for one GPU-hour, 8 decimals, as stated: zero and less are for the screen to refuse.

    Of a price list it is the lowest offer of the line, of a market the middle of its hosts."""
    tier: Tier
    region: str
    source: str
    """Who reported it: two sources may report one provider."""
    cadence: Cadence
    firmness: Firmness
    terms: Terms
    n_offers: int
    """Offers behind the price; 1 for a single one."""
    flags: tuple[str, ...] = ()
    """What the source or its recording did to the row, and how firm it said the price is; in
    ascending order.
    """

    def __post_init__(self) -> None:
        for number in (self.observed_at, self.n_offers):
            if not -STORABLE < number < STORABLE:
                raise Unstorable(number)

    @property
    def availability(self) -> Availability:
        """How firm the price is, by its flags."""
        return availability_of(self.flags)

    def to_json(self) -> dict[str, Any]:
        """The quote as JSON values; the price is a string of base units."""
        return {
            **{field: getattr(self, field) for field in _FIELDS},
            "price8": str(self.price8),
            "flags": list(self.flags),
        }

    def canonical_bytes(self) -> bytes:
        """The bytes evidence commits to."""
        return canonical_json(self.to_json())

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Quote":
        """The quote of a canonical form. Raises KeyError or ValueError for another shape."""
        return cls(
            observed_at=int(values["observed_at"]),
            provider=str(values["provider"]),
            gpu_model=str(values["gpu_model"]),
            variant=str(values["variant"]),
            gpu_memory_gb=int(values["gpu_memory_gb"]),
            gpu_count=int(values["gpu_count"]),
            price8=int(values["price8"]),
            tier=Tier(values["tier"]),
            region=str(values["region"]),
            source=str(values["source"]),
            cadence=Cadence(values["cadence"]),
            firmness=Firmness(values["firmness"]),
            terms=Terms(values["terms"]),
            n_offers=int(values["n_offers"]),
            flags=tuple(str(flag) for flag in values["flags"]),
        )


_FIELDS = tuple(field.name for field in fields(Quote))

by_order = attrgetter(*_FIELDS)
"""Sort key equal to the order of Quote, an order of magnitude faster than its comparisons."""
