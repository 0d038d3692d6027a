"""The family of indices that one method file defines."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from oracle.index.chain import chain_of
from oracle.index.checks import Reason
from oracle.index.determination import determine
from oracle.index.firmness import provider_ages
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import FACTORS, METHOD, Method, UnknownIndex, method_of
from oracle.index.panel import Panel
from oracle.index.payment_token import PaymentMethod
from oracle.index.shadow_record import (
    MoveLimits,
    document_hash,
    followed_version,
    require_shadowed,
)
from oracle.quotes.classes import Availability
from oracle.quotes.history import History
from oracle.sources.venue import VENUES, Terms, Venues, read_venues
from pargrade.canonical import read_json
from pargrade.data.files import DATA

OWNERS: Final = DATA / "owners.json"


@dataclass(frozen=True, slots=True)
class Family:
    """Every index of one version of the method, in the order of its file."""

    version: int
    follows: int
    """The version it would follow, and has to run in shadow beside; 0 for the first."""
    methods: tuple[Method, ...]
    payment: PaymentMethod
    limits: MoveLimits
    """How far the next version may move an index."""
    document_hash: str

    @property
    def method_hash(self) -> bytes:
        """Hash of the whole file with its factors and venues, the same for every index."""
        return self.methods[0].method_hash

    def __getitem__(self, index: str) -> Method:
        for method in self.methods:
            if method.index == index:
                return method
        raise UnknownIndex(index)


@dataclass(frozen=True, slots=True)
class Reading:
    """One index at one instant, with the number of quotes used and refused."""

    method: Method
    value: IndexValue | NoValue
    used: int
    rejected: Mapping[Reason, int]
    """How many quotes were refused, by reason, in the order of `Reason`."""
    availability_ppm: Mapping[Availability, int]
    """The part of the weight by how firm the prices are, millionths; empty without a value."""
    provider_age_s: Mapping[str, int]
    """Seconds since each provider's newest price that counts."""

    @property
    def state(self) -> str:
        """live, thin, splicing, halted or absent."""
        return str(self.value.state)

    def to_json(self) -> dict[str, Any]:
        """The reading as JSON values."""
        return {
            "index": self.method.index,
            "tier": self.method.tier.value,
            "unit": self.method.unit.value,
            **self.value.to_json(),
            "state": self.state,
            "used": self.used,
            "rejected": {reason.value: count for reason, count in self.rejected.items()},
            "availability_ppm": {kind.value: n for kind, n in self.availability_ppm.items()},
            "provider_age_s": dict(self.provider_age_s),
        }


def family_of(document: dict[str, Any], factors: dict[str, Any], venues_hash: bytes) -> Family:
    """The family that a method document defines. Raises BadMethod."""
    return Family(
        version=document["version"],
        follows=followed_version(document),
        methods=tuple(
            method_of(document, factors, venues_hash, row["index"]) for row in document["indices"]
        ),
        payment=PaymentMethod.of(document["payment"]),
        limits=MoveLimits.from_json(document["shadow"]),
        document_hash=document_hash(document),
    )


def load_family(method: Path = METHOD, factors: Path = FACTORS, venues: Path = VENUES) -> Family:
    """The family of three files, checked for use. Raises BadMethod, NotShadowed."""
    require_shadowed(read_json(method.read_bytes()), method)
    return load_candidate(method, factors, venues)


def load_candidate(method: Path, factors: Path = FACTORS, venues: Path = VENUES) -> Family:
    """The family of three files for a shadow run; nobody may sign with it. Raises BadMethod."""
    return family_of(
        read_json(method.read_bytes()),
        read_json(factors.read_bytes()),
        read_venues(venues).classification_hash(),
    )


def read_index(history: History, method: Method, panel: Panel, as_of: int) -> Reading:
    """One index at an instant, in unix seconds."""
    found = determine(chain_of(history, method, panel), as_of)
    counts = Counter(each.reason for each in found.screened.rejected)
    accepted = found.screened.accepted
    return Reading(
        method,
        found.value,
        len(accepted),
        {reason: counts[reason] for reason in Reason if counts[reason]},
        found.availability_ppm,
        provider_ages(accepted, as_of),
    )


def read_family(history: History, family: Family, panel: Panel, as_of: int) -> tuple[Reading, ...]:
    """Every index of a family at an instant, in unix seconds."""
    return tuple(read_index(history, method, panel, as_of) for method in family.methods)


def everyone(venues: Venues, owners: Path = OWNERS) -> Panel:
    """A panel of all venues without restricted terms, except those that another venue owns."""
    owned = read_json(owners.read_bytes())["owned_by"]
    usable = {slug for slug, venue in venues.by_slug.items() if venue.terms is not Terms.RESTRICTED}
    return Panel("all-providers", tuple(usable - owned.keys()), 0)
