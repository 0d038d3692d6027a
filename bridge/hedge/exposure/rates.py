"""How many SCU a token, a GPU-hour or a dollar stands for, each with its band.

    tokens      1 / (3600 R) SCU, R in tokens per second on one par GPU
    GPU-hours   the factor of the newest published table, with its band
    spend       1 / price

A rate is exact. Its band says how far the rate may be off, not how far the workload may change.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from bridge.hedge.readers.usage import Measure
from pargrade.clock import HOUR_S
from pargrade.data.files import DATA
from pargrade.errors import PargradeError
from pargrade.factor.published import NoPublishedFactor, published_tables
from pargrade.factor.table import load_facts

_FACTOR_ONE: Final = 10_000
BENCHMARK: Final = "benchmark"


class NotTheBenchmark(PargradeError):
    """Tokens of a model that the published benchmark is not about."""

    hint = (
        "Measure your server on one par GPU and give --completion-rate (and --prompt-rate), or say "
        "--as-benchmark that your tokens are worth the benchmark's."
    )

    def __init__(self, model: str, benchmark: str) -> None:
        self.model = model
        super().__init__(
            f"tokens of {model or 'an unnamed model'}; the benchmark is of {benchmark}"
        )


class BadRate(PargradeError):
    """A rate or price that is not above zero, or outside its own band."""

    hint = "Give numbers above zero, the lowest first."

    def __init__(self, what: str, text: str) -> None:
        super().__init__(f"{what} {text} is no rate above zero inside its band")


@dataclass(frozen=True, slots=True)
class Rate:
    """SCU for one unit of a measure."""

    measure: Measure
    scu: Fraction
    low: Fraction
    high: Fraction
    why: str

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.scu <= self.high:
            raise BadRate(self.measure.value, str(float(self.scu)))


def benchmark_rate(model: str, *, trusted: bool = False) -> Rate:
    """SCU of a completion token by the published benchmark, whose time has the prompts inside.

    Raises NotTheBenchmark for another model unless `trusted`.
    """
    facts = load_facts()
    rated = facts.benchmark
    if not trusted and _letters(rated["model"]) not in _letters(model):
        raise NotTheBenchmark(model, f"{rated['model']} in {rated['precision']}")
    why = (
        f"{rated['benchmark']} in {rated['precision']}: {float(facts.output_rate):,.2f} completion "
        f"tokens a second on one par GPU, prompts of up to {rated['input_tokens']} tokens inside "
        f"({rated['source']})"
    )
    return Rate(
        Measure.COMPLETION_TOKENS,
        _of_tokens(facts.output_rate),
        _of_tokens(max(facts.rates)),
        _of_tokens(min(facts.rates)),
        why,
    )


def measured_rate(measure: Measure, per_second: Fraction, band: tuple[Fraction, Fraction]) -> Rate:
    """SCU of a token by a rate that the team measured on one par GPU. Raises BadRate."""
    if per_second <= 0 or not 0 < band[0] <= band[1]:
        raise BadRate(measure.value, f"{float(per_second):g}")
    why = f"measured: {float(per_second):,g} {measure.value.replace('_', ' ')} a second"
    return Rate(measure, _of_tokens(per_second), _of_tokens(band[1]), _of_tokens(band[0]), why)


def hardware_rate(hardware: str, measure: Measure = Measure.GPU_HOURS) -> Rate:
    """SCU of a GPU-hour of hardware by the newest published table. Raises NoPublishedFactor."""
    table = published_tables()[0]
    key = hardware_key(hardware)
    try:
        row = table.row(key)
    except KeyError:
        why = table.refused.get(key, "the table does not know this hardware")
        raise NoPublishedFactor(f"a GPU-hour of {hardware or 'unnamed hardware'}", why) from None
    factor, low, high = (
        Fraction(int(value), _FACTOR_ONE) for value in (row["factor4"], *row["band4"])
    )
    why = f"{key}: factor {float(factor):.4f} of {table.method} 0x{table.hash.hex()[:8]}"
    return Rate(measure, factor, low, high, why)


def price_rate(price_usd: Fraction) -> Rate:
    """SCU of a dollar at a price per SCU. Raises BadRate."""
    if price_usd <= 0:
        raise BadRate("price", f"{float(price_usd):g}")
    scu = 1 / price_usd
    return Rate(Measure.SPEND, scu, scu, scu, f"at {float(price_usd):,.4f} USD per SCU")


def hardware_key(text: str) -> str:
    """The table's name of hardware, from what a device or a person calls it."""
    return _spellings().get(_letters(text), text)


def _of_tokens(per_second: Fraction) -> Fraction:
    return 1 / (HOUR_S * per_second)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


@cache
def _spellings() -> Mapping[str, str]:
    """What venues and drivers call a GPU; a spelling with two memories names none."""
    parts = tomllib.loads((DATA / "hardware.toml").read_text(encoding="utf-8"))["part"]
    found: dict[str, set[str]] = {}
    for part in parts:
        if part["variant"]:
            key = f"{part['model']}-{part['variant']}-{part['memory_gb']}"
            for spelling in (*part["spelled"], key):
                found.setdefault(_letters(spelling), set()).add(key)
    return {spelling: min(keys) for spelling, keys in found.items() if len(keys) == 1}
