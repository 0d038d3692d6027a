"""One version of the factor method: its constants and hardware."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from pargrade.factor.quality import NO_LADDER, Ladder


@dataclass(frozen=True, slots=True)
class GpuModel:
    """A GPU model with the figures that the specification prior uses."""

    model: str
    variant: str
    memory_gb: int
    bf16_dense_tflops: Decimal
    memory_bandwidth_gb_s: Decimal

    @property
    def key(self) -> str:
        """Its name in price rows and tables: model-variant-memory."""
        return f"{self.model}-{self.variant}-{self.memory_gb}"

    @staticmethod
    def key_of(row: Mapping[str, Any]) -> str:
        """The key of the hardware in a row of a file or table."""
        return f"{row['model']}-{row['variant']}-{row['memory_gb']}"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "GpuModel":
        """The hardware in a row of data/hardware.json."""
        return cls(
            row["model"],
            row["variant"],
            row["memory_gb"],
            Decimal(row["bf16_dense_tflops"]),
            Decimal(row["memory_bandwidth_gb_s"]),
        )


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The draws of providers for the band of a factor."""

    draws: int
    """(draws + 1) * outside is a whole number, so both ends are order statistics."""
    outside: Fraction
    """Share of the draws outside the band at each end."""
    seed: str

    def ends(self, rising: Sequence[int]) -> tuple[int, int]:
        """The ends of the band, from the values of all draws in rising order."""
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
    """None: the band is the range of three fits, as in method 1."""
    least_providers: int = 0
    """Hardware with fewer providers gets no factor."""
    ladder: Ladder = NO_LADDER

    @property
    def arithmetic(self) -> Context:
        """The decimal arithmetic of every derivation: half-even, `digits` digits."""
        return Context(prec=self.digits, rounding=ROUND_HALF_EVEN)

    @classmethod
    def of(cls, declared: Mapping[str, Any], par: GpuModel) -> "FactorMethod":
        """The method of a data/factor-method-N.json document."""
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
