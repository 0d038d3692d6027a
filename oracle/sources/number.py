"""Numbers as JSON and tables write them (RFC 8259), read digit by digit: never as floats."""

import re
from typing import Final

from pargrade.errors import PargradeError
from pargrade.units import Rounding, divide

LONGEST: Final = 40
"""Characters of a number. No venue writes more, and no one can make us work on more."""
MOST_EXPONENT: Final = 40
EXACT: Final = LONGEST + MOST_EXPONENT
"""Decimals that hold every number we read without rounding."""

# Zeros in front, which JSON does not know, occur in tables.
_NUMBER: Final = re.compile(r"(-?[0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")


class JsonNumber(str):
    """The text of a JSON number with a point or an exponent; integers are read as int."""

    __slots__ = ()


class BadNumber(PargradeError, ValueError):
    """Text that states no number, or one that is too long to be read exactly."""

    hint = "Write the number in decimal digits, with an exponent of at most two digits if any."

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        self.reason = reason
        super().__init__(f"{text[:LONGEST]!r} {reason}")


def scaled(text: str, decimals: int, rounding: Rounding | None = None) -> int:
    """The number times 10^decimals. Without a rounding, digits that do not fit are refused.

    Raises BadNumber, also for text beyond LONGEST and an exponent beyond MOST_EXPONENT.
    """
    found = _NUMBER.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise BadNumber(text, "is no number" if len(text) <= LONGEST else "has too many digits")
    whole, stated_part, stated_exponent = found.groups()
    part = (stated_part or "").rstrip("0")
    exponent = int(stated_exponent or 0)
    if abs(exponent) > MOST_EXPONENT:
        raise BadNumber(text, f"has an exponent beyond {MOST_EXPONENT}")
    digits = int(whole + part)
    places = decimals + exponent - len(part)
    if places >= 0:
        return digits * int(10**places)
    if rounding is None and digits % int(10**-places):
        raise BadNumber(text, f"has more than {decimals} decimals")
    return divide(digits, int(10**-places), rounding or Rounding.FLOOR)
