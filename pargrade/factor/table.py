"""Tables of published factors, and their derivation from prices and facts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any, Final, cast

from pargrade.chain.hashing import keccak
from pargrade.data.files import DATA
from pargrade.factor.band import error_band
from pargrade.factor.factor import FACTOR_ONE, PriceRow, fit_gpu_hour, flop_factor, inference_factor
from pargrade.factor.method import FactorMethod, GpuModel
from pargrade.grade.terms import Basis, Precision

_EFLOP: Final = 10**18
_MILLION: Final = 10**6


@dataclass(frozen=True, slots=True)
class Facts:
    """A declared method with the hardware and benchmark facts it uses."""

    method: FactorMethod
    hardware: tuple[GpuModel, ...]
    benchmark: Mapping[str, Any]
    hash: bytes
    """keccak256 over the canonical JSON of the three files."""
    sources: Mapping[str, str]
    """The source of each hardware's figures, by its key."""
    without_rate: tuple[Mapping[str, Any], ...] = ()
    """Rented hardware whose specification is in no source that we may cite."""

    @property
    def rates(self) -> list[Fraction]:
        """Completion tokens per second and par GPU, one for each result of the benchmark."""
        rows = self.benchmark["rows"]
        return [Fraction(row["tokens_per_second"]) / Fraction(row["gpus"]) for row in rows]

    @property
    def output_rate(self) -> Fraction:
        """Median completion tokens per second on one par GPU."""
        return median(self.rates)


@dataclass(frozen=True, slots=True)
class FactorTable:
    """One published table. Its hash is the methodHash of the grades that take factors from it."""

    document: Mapping[str, Any]

    @property
    def method(self) -> str:
        """Name of the version of the method it was derived by."""
        return str(self.document["method"])

    @property
    def hash(self) -> bytes:
        """keccak256 of the canonical JSON of the whole table."""
        return keccak(canonical(self.document))

    def row(self, key: str) -> Mapping[str, Any]:
        """The row of a hardware, named model-variant-memory. Raises KeyError without one."""
        for row in self.document["rows"]:
            if GpuModel.key_of(row) == key:
                return cast("Mapping[str, Any]", row)
        raise KeyError(key)

    def gpu_hour(self, key: str) -> int:
        """factor4 of a GPU-hour. Raises KeyError for hardware without a factor."""
        return int(self.row(key)["factor4"])

    @property
    def refused(self) -> Mapping[str, str]:
        """Why hardware has no factor, by its key. Empty in tables of method 1."""
        rows = self.document.get("without_factor", ())
        return {GpuModel.key_of(row): row["why"] for row in rows}

    @property
    def flop(self) -> int:
        """factor4 of one delivered BF16 EFLOP."""
        return int(self.document["flop"]["factor4"])

    @property
    def inference(self) -> int:
        """factor4 of one million completion tokens of the benchmark's model."""
        return int(self.document["inference"]["factor4"])


def canonical(document: Any) -> bytes:
    """The document as ASCII JSON with sorted keys and no spaces, for hashing."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def load_facts(name: str = "factor-method-2") -> Facts:
    """The method of that name with its facts, from the package's data folder."""
    declared = _read_data_file(name)
    hardware, benchmark = map(_read_data_file, declared.get("facts", ("hardware", "benchmarks")))
    models = tuple(GpuModel.of(row) for row in hardware["rows"])
    par = next(model for model in models if model.key == declared["par"])
    facts_hash = keccak(canonical([declared, hardware, benchmark]))
    document = {
        GpuModel.key_of(row): f"{_source_of(hardware, row)}: {row['upstream_name']}"
        for row in hardware["rows"]
    }
    return Facts(
        FactorMethod.of(declared, par),
        models,
        benchmark,
        facts_hash,
        document,
        tuple(hardware.get("without_rate", ())),
    )


def _source_of(hardware: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    return str(hardware["sources"][row["source"]] if "source" in row else hardware["source"])


def _read_data_file(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def read_table(text: str) -> FactorTable:
    """A table from its JSON text."""
    return FactorTable(json.loads(text))


def derive_table(rows: Sequence[PriceRow], facts: Facts) -> FactorTable:
    """The table of all factors from price rows and facts, with reasons for those left out."""
    days = [row.day for row in rows]
    method = facts.method
    short = {
        each.key: why for each in facts.hardware if (why := _refusal_reason(rows, each, method))
    }
    document = {
        "method": method.name,
        "facts_hash": "0x" + facts.hash.hex(),
        "par": method.par.key,
        "period": [_date(min(days)), _date(max(days))],
        "rows": [
            _gpu_hour_row(rows, each, method) for each in facts.hardware if each.key not in short
        ],
        "flop": {
            "flop": str(_EFLOP),
            "precision": Precision.BF16.name,
            "basis": Basis.DELIVERED.name,
            "factor4": flop_factor(_EFLOP, Precision.BF16, Basis.DELIVERED, method),
        },
        "inference": {
            "tokens": str(_MILLION),
            "model": facts.benchmark["model"],
            "precision": facts.benchmark["precision"],
            "input_tokens": facts.benchmark["input_tokens"],
            "output_tokens": facts.benchmark["output_tokens"],
            "factor4": inference_factor(0, Fraction(0), _MILLION, facts.output_rate, method),
        },
    }
    if method.bootstrap is None:
        return FactorTable(document)
    return FactorTable(
        document
        | {
            "prices": {"rows": len(rows), "hash": "0x" + prices_hash(rows).hex()},
            "without_factor": [
                *(
                    _hardware_fields(each) | {"why": short[each.key]}
                    for each in facts.hardware
                    if each.key in short
                ),
                *facts.without_rate,
            ],
        }
    )


def prices_hash(rows: Sequence[PriceRow]) -> bytes:
    """keccak256 over the canonical JSON of the sorted price rows: 32 bytes."""
    return keccak(canonical(sorted(list(row) for row in rows)))


def _refusal_reason(rows: Sequence[PriceRow], hardware: GpuModel, method: FactorMethod) -> str:
    """Why a hardware gets no factor; empty if it gets one."""
    if hardware.key == method.par.key:
        return ""
    fit = fit_gpu_hour(rows, hardware, method)
    if fit.providers >= method.least_providers:
        return ""
    return (
        f"{fit.providers} providers over {fit.source_days} source-days were seen together with the "
        f"par grade; {method.least_providers} are needed"
    )


def _hardware_fields(hardware: GpuModel) -> dict[str, Any]:
    return {
        "model": hardware.model,
        "variant": hardware.variant,
        "memory_gb": hardware.memory_gb,
    }


def _gpu_hour_row(
    rows: Sequence[PriceRow], hardware: GpuModel, method: FactorMethod
) -> dict[str, Any]:
    named = _hardware_fields(hardware)
    if hardware.key == method.par.key:
        return named | {"factor4": FACTOR_ONE, "band4": [FACTOR_ONE, FACTOR_ONE]}
    band = error_band(rows, hardware, method)
    fit = asdict(fit_gpu_hour(rows, hardware, method))
    fit["provider_quartiles4"] = list(fit["provider_quartiles4"])
    return named | fit | {"band4": list(band)}


def _date(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
