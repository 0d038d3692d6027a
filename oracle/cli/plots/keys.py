"""What the pictures of indices share: an ink for each reason, a unit for each index."""

from collections.abc import Mapping
from typing import Final

from oracle.index.checks import Reason
from pargrade.cli.toolkit.plot import INKS, Ink

REASON_INKS: Final[Mapping[str, Ink]] = dict(zip(Reason, INKS, strict=True))
"""Whatever reasons a picture shows, each has its ink. `strict` asks for one more with a reason."""


def price_unit(index: str) -> str:
    """The unit of an index' values, for an axis."""
    return "USD per SCU" if index.startswith("SCU") else "USD per GPU-hour"
