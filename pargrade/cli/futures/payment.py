"""How a new series pays, as the options of `pargrade futures create` give it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pargrade.cli.toolkit.parse import lots_of, reference_price
from pargrade.errors import PargradeError
from pargrade.futures.payoff import Band
from pargrade.units import CONTRACT_LOTS, Price

DEFAULT_CAP: Final = 10 * CONTRACT_LOTS
"""Most lots of a grade where no cap is given."""


class StyleName(StrEnum):
    """How a series pays."""

    NET = "net"
    DELIVERY = "delivery"
    BANDED = "banded"


class BadMixture(PargradeError):
    """Options of another style than the one asked for."""

    def __init__(self, style: StyleName, needed: str) -> None:
        self.style = style
        self.hint = f"Give {needed}, and nothing of another style."
        super().__init__(f"these options do not make a {style} series")


@dataclass(frozen=True, slots=True)
class Payment:
    """How a series pays, as the options give it."""

    style: StyleName
    reference: str
    low: str | None
    high: str | None
    cap: str | None
    grade_texts: list[str] | None

    @property
    def grades(self) -> list[tuple[str, int]]:
        """Symbols with their caps in lots. Raises for a cap that is no number of lots."""
        pairs = (text.partition(":") for text in self.grade_texts or ())
        return [(symbol, _cap(cap)) for symbol, _, cap in pairs]

    def band(self) -> Band | None:
        """The band of a banded series, None of another. Raises BadMixture, BadBand, OffTick."""
        if self.style is not StyleName.BANDED:
            if self.low or self.high or self.cap or not self.grade_texts:
                raise BadMixture(self.style, "--grade at least once")
            return None
        if self.low is None or self.high is None or self.grade_texts:
            raise BadMixture(self.style, "--low and --high")
        bottom = Price(0) if self.low == "0" else reference_price(self.low)
        return Band(bottom, reference_price(self.reference), reference_price(self.high))

    @property
    def cap_lots(self) -> tuple[int, ...]:
        """Most lots of each grade, or of the one pair of a banded series."""
        if self.style is StyleName.BANDED:
            return (_cap(self.cap),)
        return tuple(cap for _, cap in self.grades)


def _cap(text: str | None) -> int:
    return lots_of(text, None) if text else DEFAULT_CAP
