"""From USD per GPU-hour of some hardware to USD per SCU."""

from dataclasses import dataclass

from oracle.method import FACTOR_ONE, Method
from oracle.quote import Line
from oracle.screen import Accepted
from pargrade.units import Rounding, divide


@dataclass(frozen=True, slots=True)
class UnitQuote:
    """The price of one line in the standard unit."""

    line: Line
    unit8: int
    """USD per SCU, 8 decimals."""


def normalise(accepted: Accepted, method: Method) -> UnitQuote:
    """Unit price = price / factor of the hardware, half-even at 8 decimals; nobody's favour."""
    factor4 = method.by_name[accepted.line.hardware].factor4
    return UnitQuote(
        accepted.line, divide(accepted.quote.price8 * FACTOR_ONE, factor4, Rounding.HALF_EVEN)
    )
