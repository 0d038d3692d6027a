"""What a machine delivered of stated work, beside the record of the par grade.

The record (data/par-record.json) has runs on par hardware; a measurement has the same kinds of work
on another machine. A kind is compared with the median of par's runs, never with another kind. Rates
are decimals with at most six digits: a float's noise is no measurement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from statistics import median
from typing import Any, Final

from pargrade.canonical import canonical_json, content_hash
from pargrade.chain.abi import join
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.typed_data import WORD, Domain
from pargrade.errors import PargradeError

SCHEMA: Final = "pargrade-measurement-1"
TOLERANCE: Final = Fraction(1, 10)
"""Runs of one model differ by up to 9 % between machines and software; less is no difference."""

_STRUCT: Final = keccak(b"Measurement(bytes32 content)")
_NOWHERE: Final = Address("0x" + "00" * 20)
_DOMAIN: Final = Domain("Pargrade Measurement", 0, _NOWHERE)
_MOST_KINDS: Final = 64
_LONGEST: Final = 100
_DIGITS: Final = 6


class BadMeasurement(PargradeError):
    """A file that is no measurement of this kit."""

    hint = "Write one with `pargrade unit measure --out FILE` on a machine with a GPU."


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one GPU delivered. Raises BadMeasurement for what no machine states."""

    device: str
    """As the driver names it."""
    software: str
    measured_at: int
    """Unix seconds."""
    rates: Mapping[str, Decimal]
    """By kind of work, in the unit of the record."""
    failed: Mapping[str, str]
    """Kinds that could not be measured, and why."""

    def __post_init__(self) -> None:
        texts = (self.device, self.software, *self.rates, *self.failed, *self.failed.values())
        if not self.device or any(len(t) > _LONGEST or not t.isprintable() for t in texts):
            raise BadMeasurement("a name in a measurement is missing or cannot be written down")
        if not 0 < self.measured_at < 2**62 or len(self.rates) + len(self.failed) > _MOST_KINDS:
            raise BadMeasurement("a measurement without a time, or with too many kinds of work")
        for kind, rate in self.rates.items():
            if not (rate.is_finite() and 0 < rate < 10**9 and len(rate.as_tuple().digits) <= 12):
                raise BadMeasurement(f"the rate of {kind} is {rate}, which no machine has")

    def to_json(self) -> dict[str, Any]:
        """The measurement as JSON values; rates are decimal text."""
        return {
            "schema": SCHEMA,
            "device": self.device,
            "software": self.software,
            "measured_at": self.measured_at,
            "rates": {kind: str(rate) for kind, rate in self.rates.items()},
            "failed": dict(self.failed),
        }

    @classmethod
    def from_json(cls, values: Any) -> "Measurement":
        """The measurement of its JSON values. Raises BadMeasurement for anything else."""
        try:
            if values["schema"] != SCHEMA:
                raise BadMeasurement(f"the schema is {values['schema']!r:.60}, not {SCHEMA!r}")
            return cls(
                device=str(values["device"]),
                software=str(values["software"]),
                measured_at=int(values["measured_at"]),
                rates={str(k): Decimal(str(v)) for k, v in values["rates"].items()},
                failed={str(k): str(v) for k, v in values["failed"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
            raise BadMeasurement(f"no measurement: {type(error).__name__} {error}") from error

    @property
    def content(self) -> bytes:
        """Hash of its canonical JSON: 32 bytes."""
        return content_hash(self.to_json())

    @property
    def digest(self) -> bytes:
        """What who measured signs: EIP-712 over the content, for no chain. 32 bytes."""
        return _DOMAIN.digest(keccak(join((WORD, WORD), (_STRUCT, self.content))))

    def canonical(self) -> bytes:
        """Its canonical JSON."""
        return canonical_json(self.to_json())


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of work in the record."""

    name: str
    unit: str
    work: str
    runs: tuple[Decimal, ...]
    """Rates of par's runs."""

    @property
    def par(self) -> Fraction:
        """The median of par's runs."""
        return median(Fraction(run) for run in self.runs)


@dataclass(frozen=True, slots=True)
class ParRecord:
    """What the par grade delivered, by kind of work."""

    kinds: tuple[WorkKind, ...]
    peak_bf16_tflops: Decimal

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "ParRecord":
        """The record of data/par-record.json."""
        runs = [run["rates"] for run in document["runs"] if run["hardware"] == document["par"]]
        kinds = (
            WorkKind(
                name=kind["name"],
                unit=kind["unit"],
                work=kind["work"],
                runs=tuple(Decimal(rates[kind["name"]]) for rates in runs if kind["name"] in rates),
            )
            for kind in document["kinds"]
        )
        return cls(
            tuple(kind for kind in kinds if kind.runs), Decimal(document["peak_bf16_tflops"])
        )

    def delivered_share(self, kind: str) -> Fraction:
        """Par's rate of a kind in TFLOP/s, as a part of its BF16 peak. Raises KeyError."""
        found = {each.name: each for each in self.kinds}[kind]
        return found.par / Fraction(self.peak_bf16_tflops)


@dataclass(frozen=True, slots=True)
class ParStanding:
    """How a machine stands to par in one kind of work."""

    kind: WorkKind
    rate: Decimal
    ratio: Fraction
    """Of the machine's rate to par's."""

    @property
    def verdict(self) -> str:
        """`as par`, `above par` or `below par`, beyond the tolerance."""
        if abs(self.ratio - 1) <= TOLERANCE:
            return "as par"
        return "above par" if self.ratio > 1 else "below par"


def compare(measurement: Measurement, record: ParRecord) -> tuple[ParStanding, ...]:
    """A measurement beside par, in the order of the record; kinds that it lacks are left out."""
    return tuple(
        ParStanding(kind, rate, Fraction(rate) / kind.par)
        for kind in record.kinds
        if (rate := measurement.rates.get(kind.name)) is not None
    )


def rate_of(measured: float) -> Decimal:
    """A rate as it is kept: half-even to six digits."""
    return Decimal(f"{measured:.{_DIGITS}g}")
