"""The published factors: derived from price rows and declared facts, and named by their hash."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any, Final

from pargrade.chain.hashing import keccak
from pargrade.factor import (
    FACTOR_ONE,
    PriceRow,
    error_band,
    fit_gpu_hour,
    flop_factor,
    inference_factor,
)
from pargrade.factor_method import Hardware, Method
from pargrade.grade import Basis, Precision

_DATA: Final = Path(__file__).parent / "data"
_EFLOP: Final = 10**18
_MILLION: Final = 10**6


@dataclass(frozen=True, slots=True)
class Facts:
    """The declared method with the hardware and benchmark facts it works on."""

    method: Method
    hardware: tuple[Hardware, ...]
    benchmark: Mapping[str, Any]
    hash: bytes
    """keccak256 over the canonical JSON of the three files."""

    @property
    def output_rate(self) -> Fraction:
        """Median completion tokens per second on one par GPU."""
        rows = self.benchmark["rows"]
        rates = [Fraction(row["tokens_per_second"]) / Fraction(row["gpus"]) for row in rows]
        return median(rates)


@dataclass(frozen=True, slots=True)
class FactorTable:
    """One published table. Its hash is the methodHash of the grades that take factors from it."""

    document: Mapping[str, Any]

    @property
    def hash(self) -> bytes:
        """keccak256 of the canonical JSON of the whole table."""
        return keccak(canonical(self.document))

    def gpu_hour(self, model: str, variant: str, memory_gb: int) -> int:
        """factor4 of a GPU-hour. KeyError for hardware that is not in the table."""
        for row in self.document["rows"]:
            if (row["model"], row["variant"], row["memory_gb"]) == (model, variant, memory_gb):
                return int(row["factor4"])
        raise KeyError((model, variant, memory_gb))

    @property
    def flop(self) -> int:
        """factor4 of one delivered BF16 EFLOP."""
        return int(self.document["flop"]["factor4"])

    @property
    def inference(self) -> int:
        """factor4 of one million completion tokens of the benchmark's model."""
        return int(self.document["inference"]["factor4"])


def canonical(document: Any) -> bytes:
    """JSON with sorted keys and no spaces, in ASCII: one text for one content."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def load_facts(name: str = "factor-method-1") -> Facts:
    """The method of that name with the facts that ship beside it."""
    declared, hardware, benchmark = (
        json.loads((_DATA / f"{file}.json").read_text(encoding="utf-8"))
        for file in (name, "hardware", "benchmarks")
    )
    models = tuple(Hardware.of(row) for row in hardware["rows"])
    par = next(model for model in models if model.key == declared["par"])
    facts_hash = keccak(canonical([declared, hardware, benchmark]))
    return Facts(Method.of(declared, par), models, benchmark, facts_hash)


def read_table(text: str) -> FactorTable:
    """A table from its JSON text."""
    return FactorTable(json.loads(text))


def derive_table(rows: Sequence[PriceRow], facts: Facts) -> FactorTable:
    """All factors the facts and price rows support."""
    days = [row.day for row in rows]
    return FactorTable(
        {
            "method": facts.method.name,
            "facts_hash": "0x" + facts.hash.hex(),
            "par": facts.method.par.key,
            "period": [_date(min(days)), _date(max(days))],
            "rows": [_gpu_hour_row(rows, model, facts.method) for model in facts.hardware],
            "flop": {
                "flop": str(_EFLOP),
                "precision": Precision.BF16.name,
                "basis": Basis.DELIVERED.name,
                "factor4": flop_factor(_EFLOP, Precision.BF16, Basis.DELIVERED, facts.method),
            },
            "inference": {
                "tokens": str(_MILLION),
                "model": facts.benchmark["model"],
                "precision": facts.benchmark["precision"],
                "input_tokens": facts.benchmark["input_tokens"],
                "output_tokens": facts.benchmark["output_tokens"],
                "factor4": inference_factor(
                    0, Fraction(0), _MILLION, facts.output_rate, facts.method
                ),
            },
        }
    )


def _gpu_hour_row(rows: Sequence[PriceRow], hardware: Hardware, method: Method) -> dict[str, Any]:
    named = {
        "model": hardware.model,
        "variant": hardware.variant,
        "memory_gb": hardware.memory_gb,
    }
    if hardware.key == method.par.key:
        return named | {"factor4": FACTOR_ONE, "band4": [FACTOR_ONE, FACTOR_ONE]}
    band = error_band(rows, hardware, method)
    fit = asdict(fit_gpu_hour(rows, hardware, method))
    fit["provider_quartiles4"] = list(fit["provider_quartiles4"])
    return named | fit | {"band4": list(band)}


def _date(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
