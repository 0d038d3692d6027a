"""Numbers of other people's files, read exactly or refused."""

import re
from fractions import Fraction
from typing import Any, Final

from bridge.hedge.readers.usage import Exact, Flaw, Refused

_NUMBER: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?(?:[eE](?P<power>[+-]?[0-9]{1,3}))?"
)
_NOT_NUMBERS: Final = frozenset({"nan", "inf", "infinity"})
_ABSENT: Final = frozenset({"", "null", "none", "n/a", "na", "-", "undefined"})
_LONGEST: Final = 60
_MOST_POWER: Final = 40
_TENS: Final = tuple(10**power for power in range(_LONGEST + _MOST_POWER + 1))
ABSURD: Final = 10**24
"""More than anybody's tokens, requests, GPU-hours or dollars."""


def is_absent(text: str | None) -> bool:
    """Whether a field says nothing: empty, blank, or a word such as NULL."""
    return text is None or text.strip().lower() in _ABSENT


def parse_number(text: str) -> Exact:
    """A decimal text, with or without exponent, exactly: an int where it is whole.

    Blanks around it are dropped. Raises Refused for an absent value, NaN, infinity, a thousands
    separator, anything absurdly large or long, and all other text.
    """
    bare = text.strip()
    if bare.isascii() and bare.isdigit() and len(bare) <= 18:
        return int(bare)
    found = _NUMBER.fullmatch(bare)
    if found is not None and len(bare) <= _LONGEST:
        sign, whole, part, power = found.groups("")
        if whole or part:
            exponent = int(power) if power else 0
            if abs(exponent) > _MOST_POWER:
                raise Refused(Flaw.ABSURD, bare)
            return _of_parts(sign, whole + part, exponent - len(part), bare)
    if is_absent(bare):
        raise Refused(Flaw.MISSING, repr(text))
    if bare.lstrip("+-").lower() in _NOT_NUMBERS:
        raise Refused(Flaw.NOT_A_NUMBER, bare)
    raise Refused(Flaw.MALFORMED, bare)


def parse_amount(text: str) -> Exact:
    """A number that is not negative. Raises Refused."""
    amount = parse_number(text)
    if amount.numerator < 0:
        raise Refused(Flaw.NEGATIVE, text.strip())
    return amount


def parse_count(text: str) -> int:
    """A whole number that is not negative, such as tokens. Raises Refused."""
    amount = parse_amount(text)
    if not isinstance(amount, int):
        raise Refused(Flaw.MALFORMED, f"{text.strip()} is not whole")
    return amount


def json_text(value: Any) -> str:
    """A JSON value as the text a table would hold, for the same rules to read it.

    Numbers have to be parsed as text before (`parse_float=str`), so that nothing is rounded.
    Raises Refused for a truth value, a list or an object.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused(Flaw.MALFORMED, repr(value))
    return str(value)


def simplest(value: Fraction) -> Exact:
    """The number as an int where it is whole."""
    return value.numerator if value.denominator == 1 else value


def scaled(amount: Exact, factor: int) -> Exact:
    """The amount times a whole number."""
    if factor == 1:
        return amount
    product = amount * factor
    return product if isinstance(product, int) else simplest(product)


def _of_parts(sign: str, digits: str, shift: int, text: str) -> Exact:
    """The number of digits, times ten to the power of `shift`."""
    above, below = int(digits), 1
    if shift < 0:
        below = _TENS[-shift]
    else:
        above *= _TENS[shift]
    # Comparing fractions takes longer than all else here.
    if above >= ABSURD * below:
        raise Refused(Flaw.ABSURD, text)
    signed = -above if sign == "-" else above
    return signed if below == 1 else simplest(Fraction(signed, below))
