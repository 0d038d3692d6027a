"""What a version of the factor method declares: its constants and the hardware it compares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from pargrade.factor.quality import NO_LADDER, Ladder


@dataclass(frozen=True, slots=True)
class GpuModel:
    """A GPU model as the specification prior sees it."""

    model: str
    variant: str
    memory_gb: int
    bf16_dense_tflops: Decimal
    memory_bandwidth_gb_s: Decimal

    @property
    def key(self) -> str:
        """How price rows and tables name it: model-variant-memory."""
        return f"{self.model}-{self.variant}-{self.memory_gb}"

    @staticmethod
    def key_of(row: Mapping[str, Any]) -> str:
        """The key of the hardware a row of a file or table is about."""
        return f"{row['model']}-{row['variant']}-{row['memory_gb']}"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "GpuModel":
        """The hardware a row of data/hardware.json describes."""
        return cls(
            row["model"],
            row["variant"],
            row["memory_gb"],
            Decimal(row["bf16_dense_tflops"]),
            Decimal(row["memory_bandwidth_gb_s"]),
        )


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How the providers are drawn again for the band of a factor."""

    draws: int
    """One less than a multiple of what makes the ends whole order statistics."""
    outside: Fraction
    """Share of the draws left out at each end."""
    seed: str

    def ends(self, rising: Sequence[int]) -> tuple[int, int]:
        """The order statistics at both ends of draws in rising order."""
        rank = int((self.draws + 1) * self.outside)
        return rising[rank - 1], rising[self.draws - rank]

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "Bootstrap":
        """The bootstrap a method file declares."""
        outside = (1 - Fraction(declared["coverage"])) / 2
        return cls(declared["draws"], outside, declared["seed"])


@dataclass(frozen=True, slots=True)
class FactorMethod:
    """The declared constants of one version of the factor method."""

    name: str
    par: GpuModel
    tiers: frozenset[str]
    tflops_exponent: Decimal
    bandwidth_exponent: Decimal
    memory_exponent: Decimal
    shrinkage: int
    delivered_share: Decimal
    least_quality: Decimal
    most_quality: Decimal
    digits: int
    bootstrap: Bootstrap | None = None
    """None: the band is the range of three fits, as method 1 had it."""
    least_providers: int = 0
    """With fewer, hardware gets no factor."""
    ladder: Ladder = NO_LADDER

    @property
    def arithmetic(self) -> Context:
        """The decimal arithmetic every derivation runs in."""
        return Context(prec=self.digits, rounding=ROUND_HALF_EVEN)

    @classmethod
    def of(cls, declared: Mapping[str, Any], par: GpuModel) -> "FactorMethod":
        """The method data/factor-method-N.json declares."""
        exponents, quality = declared["exponents"], declared["quality"]
        return cls(
            name=declared["name"],
            par=par,
            tiers=frozenset(declared["tiers"]),
            tflops_exponent=Decimal(exponents["bf16_dense_tflops"]),
            bandwidth_exponent=Decimal(exponents["memory_bandwidth_gb_s"]),
            memory_exponent=Decimal(exponents["memory_gb"]),
            shrinkage=declared["shrinkage_source_days"],
            delivered_share=Decimal(declared["delivered_share"]),
            least_quality=Decimal(quality["least"]),
            most_quality=Decimal(quality["most"]),
            digits=declared["precision_digits"],
            bootstrap=Bootstrap.of(declared["band"]) if "band" in declared else None,
            least_providers=declared.get("least_providers", 0),
            ladder=Ladder.of(quality.get("ladder", ())),
        )
