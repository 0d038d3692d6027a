"""The integers money is made of: SCU, prices and lots, exactly from and to decimal text.

    Scu    18 decimals   an amount of standard compute units, or of a wrapped unit
    Price   8 decimals   an index value, a settlement price S or a reference price K, in USD per SCU
    Lots    0 decimals   what a position counts: 1 lot = 0.01 SCU

No float ever enters: text becomes an integer digit by digit, and where digits have to go the caller
names the direction they go in.
"""

import re
from enum import Enum
from typing import ClassVar, Final, Self

from pargrade.errors import PargradeError

_DECIMAL_TEXT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]+))?")


class BadAmount(PargradeError):
    """Text that is not a plain decimal number: digits, at most one point, an optional minus."""

    hint = "Write the amount as plain digits with an optional decimal point, such as 2.31."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not a decimal amount")


class TooPrecise(PargradeError):
    """Text with more decimal digits than the amount has, where no rounding was asked for."""

    hint = "Shorten the amount to the decimals it has."

    def __init__(self, text: str, decimals: int) -> None:
        self.text = text
        self.decimals = decimals
        super().__init__(f"{text!r} has more than the {decimals} decimals this amount can carry")


class UnitMismatch(PargradeError, TypeError):
    """An operation on two amounts of different kinds, such as lots and a price."""

    hint = "Convert one of the amounts first: a lot is LOT wei of a unit, a price is per SCU."

    def __init__(self, left: str, right: str) -> None:
        self.left = left
        self.right = right
        super().__init__(f"cannot combine {left} with {right}")


class Rounding(Enum):
    """Where the part that does not fit goes. Negative amounts floor towards minus infinity."""

    FLOOR = "floor"
    CEIL = "ceil"
    HALF_EVEN = "half-even"


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """The integer quotient of two integers, rounded as named. The denominator is positive."""
    whole, rest = divmod(numerator, denominator)
    if rounding is Rounding.FLOOR or rest == 0:
        return whole
    if rounding is Rounding.CEIL:
        return whole + 1
    twice = 2 * rest
    return whole + (twice > denominator or (twice == denominator and whole % 2 == 1))


def parse_amount(text: str, decimals: int, rounding: Rounding | None = None) -> int:
    """Base units of a decimal text. Without a rounding, digits that do not fit are refused.

    Raises BadAmount for anything but plain decimal text, TooPrecise for lost digits.
    """
    found = _DECIMAL_TEXT.fullmatch(text)
    if found is None:
        raise BadAmount(text)
    part = (found["part"] or "").rstrip("0")
    scaled = int(found["whole"] + part)
    if found["sign"]:
        scaled = -scaled
    surplus = len(part) - decimals
    if surplus <= 0:
        return scaled * int(10**-surplus)
    if rounding is None:
        raise TooPrecise(text, decimals)
    return divide(scaled, 10**surplus, rounding)


def format_amount(raw: int, decimals: int, least_places: int = 0) -> str:
    """Decimal text of base units, exact: trailing zeros go, down to `least_places` of them."""
    whole, part = divmod(abs(raw), 10**decimals)
    digits = f"{part:0{decimals}d}" if decimals else ""
    kept = digits.rstrip("0").ljust(min(least_places, decimals), "0")
    sign = "-" if raw < 0 else ""
    return f"{sign}{whole}.{kept}" if kept else f"{sign}{whole}"


class Fixed(int):
    """An integer of base units that knows its decimals and refuses to meet another kind.

    Adding or comparing a plain integer means base units of the same kind. Products and quotients
    are plain integers, since their unit is no longer this one.
    """

    __slots__ = ()
    DECIMALS: ClassVar[int]
    PLACES: ClassVar[int] = 0

    @classmethod
    def parse(cls, text: str, rounding: Rounding | None = None) -> Self:
        """The amount a decimal text states; see parse_amount for what is refused."""
        return cls(parse_amount(text, cls.DECIMALS, rounding))

    def text(self) -> str:
        """The amount as exact decimal text; str() gives the base units."""
        return format_amount(self, self.DECIMALS, self.PLACES)

    def _same_kind(self, other: object) -> None:
        if isinstance(other, Fixed) and type(other) is not type(self):
            raise UnitMismatch(type(self).__name__, type(other).__name__)

    def __add__(self, other: int) -> Self:
        self._same_kind(other)
        return type(self)(super().__add__(other))

    def __sub__(self, other: int) -> Self:
        self._same_kind(other)
        return type(self)(super().__sub__(other))

    def __neg__(self) -> Self:
        return type(self)(-int(self))

    def __lt__(self, other: int) -> bool:
        self._same_kind(other)
        return super().__lt__(other)

    def __le__(self, other: int) -> bool:
        self._same_kind(other)
        return super().__le__(other)

    def __gt__(self, other: int) -> bool:
        self._same_kind(other)
        return super().__gt__(other)

    def __ge__(self, other: int) -> bool:
        self._same_kind(other)
        return super().__ge__(other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text()!r})"

    # JSON, logs and the chain carry base units, so the plain string does too; text() is for people.
    def __str__(self) -> str:
        return int.__repr__(self)


class Scu(Fixed):
    """Standard compute units, 18 decimals: 1 SCU is one delivered GPU-hour of the par grade."""

    __slots__ = ()
    DECIMALS = 18


class Price(Fixed):
    """USD per SCU, 8 decimals, as on chain."""

    __slots__ = ()
    DECIMALS = 8
    PLACES = 2


class Lots(Fixed):
    """Hundredths of an SCU, counted whole: what positions and locks are made of."""

    __slots__ = ()
    DECIMALS = 0


SCU: Final = Scu(10**18)
"""One standard compute unit, in wei of a unit."""

LOT: Final = Scu(10**16)
"""One lot, in wei of a unit: 0.01 SCU."""

CONTRACT_LOTS: Final = Lots(73_000)
"""Lots in one listed contract of 730 SCU."""

TICK: Final = Price(10**6)
"""The step of a reference or order price: 0.01 USD per SCU."""

SETTLEMENT_STEP: Final = Price(10**4)
"""The step a settlement price is rounded to, half-even: 0.0001 USD per SCU."""
