"""What a version of the factor method declares: its constants and the hardware it compares."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Hardware:
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

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Hardware":
        """The hardware a row of data/hardware.json describes."""
        return cls(
            row["model"],
            row["variant"],
            row["memory_gb"],
            Decimal(row["bf16_dense_tflops"]),
            Decimal(row["memory_bandwidth_gb_s"]),
        )


@dataclass(frozen=True, slots=True)
class Method:
    """The declared constants of one version of the factor method."""

    name: str
    par: Hardware
    tiers: frozenset[str]
    tflops_exponent: Decimal
    bandwidth_exponent: Decimal
    memory_exponent: Decimal
    shrinkage: int
    delivered_share: Decimal
    least_quality: Decimal
    most_quality: Decimal
    digits: int

    @property
    def arithmetic(self) -> Context:
        """The decimal arithmetic every derivation runs in."""
        return Context(prec=self.digits, rounding=ROUND_HALF_EVEN)

    @classmethod
    def of(cls, declared: Mapping[str, Any], par: Hardware) -> "Method":
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
        )
