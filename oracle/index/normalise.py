"""Conversion of prices from USD per GPU-hour to USD per SCU."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.index.method import FACTOR_ONE, Method
from oracle.index.outliers import exact
from oracle.index.screen import Screened
from oracle.quotes.quote import Line


def unit_prices(screened: Screened, method: Method) -> dict[Line, int]:
    """The unit price of the line of every accepted quote: USD per SCU, 8 decimals."""
    rows, lines = screened.counted, screened.judged.lines
    line = screened.judged.line[rows]
    factor4 = np.array([each.factor4 for each in method.hardware], np.int64)
    units = normalise(screened.judged.columns.price8[rows], factor4[lines.hardware[line]])
    return dict(zip(map(lines.names.__getitem__, line.tolist()), units.tolist(), strict=True))


def normalise(price8: NDArray[np.int64], factor4: NDArray[np.int64]) -> NDArray[Any]:
    """Price / factor of the hardware, USD per SCU, half-even at 8 decimals."""
    scaled = exact(price8) * FACTOR_ONE
    whole, rest = scaled // factor4, scaled % factor4
    # Compares twice the rest with the factor; a doubled value could exceed int64.
    short = factor4 - rest
    up = (rest > short) | ((rest == short) & (whole % 2 == 1))
    rounded: NDArray[Any] = whole + up
    return rounded
