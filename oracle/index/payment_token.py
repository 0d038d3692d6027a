"""The worth of a payment token in SCU, and its mark as collateral.

No payment token is redeemable for a fixed amount of compute, because the networks change their
prices in it every day. So this is a conversion at two market prices and not a factor. Such a token
may be held as collateral and is never delivered.

    value of one token  = P_token / P_SCU            half-even at 18 decimals
    collateral mark     = haircut * P_token / P_SCU  rounded down, against the holder
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from oracle.index.level import IndexValue, NoValue, State
from oracle.quotes.token_quote import TokenQuote
from oracle.quotes.weights import apart_ppm, lower_median
from oracle.sources.venue import Terms
from pargrade.errors import PargradeError
from pargrade.units import Rounding, divide

_SCU: Final = 10**18
_PPM: Final = 10**6


class BadPayment(PargradeError):
    """Constants of payment tokens that contradict each other."""

    hint = "Restore the method file that was published."


class TokenReason(StrEnum):
    """Why a bar does not count. Of several reasons the first in this order is given."""

    RESTRICTED_TERMS = "RESTRICTED_TERMS"
    FUTURE = "FUTURE"
    STALE = "STALE"
    ZERO_OR_NEGATIVE = "ZERO_OR_NEGATIVE"
    IMPOSSIBLE_BAR = "IMPOSSIBLE_BAR"
    """The closing price is outside the bar's own range."""
    UNLISTED = "UNLISTED"
    """The method names no such payment token."""
    SUPERSEDED = "SUPERSEDED"
    OUTLIER = "OUTLIER"


class TokenAbsence(StrEnum):
    """Why there is no conversion."""

    TOO_FEW_VENUES = "TOO_FEW_VENUES"
    NO_INDEX = "NO_INDEX"
    """The index of the standard unit has no value, or is halted."""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """The constants of the conversion, from the method file."""

    tokens: tuple[str, ...]
    max_age_s: int
    min_venues: int
    live_venues: int
    """With fewer venues the conversion is thin."""
    outlier_floor_ppm: int
    """With three venues or more, a price further from their lower median is refused."""
    haircut_ppm: int
    """The part of the market value that collateral is marked at, in millionths."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "PaymentMethod":
        """The constants under `payment` in a method document. Raises BadPayment."""
        method = cls(tuple(document["tokens"]), *(document[key] for key in cls.__slots__[1:]))
        if not 1 <= method.min_venues <= method.live_venues:
            raise BadPayment(f"{method.min_venues} to {method.live_venues} venues is no range")
        if not 0 < method.haircut_ppm < _PPM:
            raise BadPayment(f"{method.haircut_ppm} ppm is no haircut: keep a part, not all")
        return method


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """The price of one SCU at the same instant."""

    price8: int
    """USD per SCU, 8 decimals, above zero."""
    confidence8: int
    state: State

    @classmethod
    def of(cls, value: IndexValue | NoValue) -> "UnitPrice | None":
        """The price of an index value; None if the index is absent or halted."""
        if isinstance(value, NoValue) or not value.reportable:
            return None
        return cls(value.value8, value.confidence8, value.state)


@dataclass(frozen=True, slots=True)
class Conversion:
    """The worth of one whole token in SCU at an instant."""

    token: str
    scu18: int
    """SCU per token, 18 decimals, half-even."""
    confidence18: int
    """SCU per token, 18 decimals, rounded up: half the range from the lowest low to the highest
    high of the accepted bars, plus the index's own confidence. Relative errors are added, because
    they need not cancel."""
    mark18: int
    """SCU per token as collateral, 18 decimals, rounded down."""
    price8: int
    """USD per token: the lower median of the venues."""
    scu_price8: int
    """USD per SCU."""
    venues: tuple[str, ...]
    closed_at: int
    """The oldest bar that counts, unix seconds."""
    age_s: int
    state: State
    """Live or thin: thin with few venues, or while the index of the unit is thin."""

    def to_json(self) -> dict[str, Any]:
        """The conversion as JSON values."""
        return {
            "token": self.token,
            "scu18": str(self.scu18),
            "confidence18": str(self.confidence18),
            "mark18": str(self.mark18),
            "price8": str(self.price8),
            "scu_price8": str(self.scu_price8),
            "venues": list(self.venues),
            "closed_at": self.closed_at,
            "age_s": self.age_s,
            "state": self.state.value,
        }


@dataclass(frozen=True, slots=True)
class NoConversion:
    """A token has no conversion at this instant."""

    token: str
    reason: TokenAbsence
    venues: int

    def to_json(self) -> dict[str, Any]:
        """The absence as JSON values."""
        return {
            "token": self.token,
            "absent": self.reason.value,
            "venues": self.venues,
            "state": "absent",
        }


@dataclass(frozen=True, slots=True)
class ScreenedTokens:
    """Every bar that was looked at, accepted or rejected."""

    accepted: tuple[TokenQuote, ...]
    rejected: tuple[tuple[TokenQuote, TokenReason], ...]

    @property
    def reasons(self) -> dict[TokenReason, int]:
        """How many bars were refused, by reason."""
        counts = Counter(reason for _, reason in self.rejected)
        return {reason: counts[reason] for reason in TokenReason if counts[reason]}


def screen_tokens(
    quotes: Iterable[TokenQuote], method: PaymentMethod, as_of: int
) -> ScreenedTokens:
    """Split bars into those that count at an instant, in unix seconds, and those that do not.

    Of each venue the latest sound bar counts. The order of the bars does not matter.
    """
    rejected: list[tuple[TokenQuote, TokenReason]] = []
    latest: dict[tuple[str, str], TokenQuote] = {}
    # Newest first, so the first sound bar of a venue is its latest.
    for quote in sorted(quotes, reverse=True):
        reason = _first_fault(quote, method, as_of)
        if reason is None and (quote.token, quote.venue) in latest:
            reason = TokenReason.SUPERSEDED
        if reason is None:
            latest[quote.token, quote.venue] = quote
        else:
            rejected.append((quote, reason))

    outliers = [
        quote
        for token in {token for token, _ in latest}
        for quote in _outliers([each for each in latest.values() if each.token == token], method)
    ]
    rejected += [(quote, TokenReason.OUTLIER) for quote in outliers]
    accepted = set(latest.values()) - set(outliers)
    return ScreenedTokens(tuple(sorted(accepted)), tuple(sorted(rejected)))


_OUTLIER_VENUES: Final = 3
"""With only two prices, neither can be called the outlier."""


def _outliers(quotes: list[TokenQuote], method: PaymentMethod) -> list[TokenQuote]:
    """Of the quotes of one token, those too far from their lower median."""
    if len(quotes) < _OUTLIER_VENUES:
        return []
    middle = lower_median([quote.close8 for quote in quotes])
    limit = method.outlier_floor_ppm
    return [quote for quote in quotes if apart_ppm(quote.close8, middle) > limit]


def convert(
    token: str,
    screened: ScreenedTokens,
    unit: UnitPrice | None,
    method: PaymentMethod,
    as_of: int,
) -> Conversion | NoConversion:
    """The worth of a token at an instant, from screened bars and the price of an SCU then."""
    own = [quote for quote in screened.accepted if quote.token == token]
    if len(own) < method.min_venues:
        return NoConversion(token, TokenAbsence.TOO_FEW_VENUES, len(own))
    if unit is None:
        return NoConversion(token, TokenAbsence.NO_INDEX, len(own))
    price8 = lower_median([quote.close8 for quote in own])
    range8 = max(quote.high8 for quote in own) - min(quote.low8 for quote in own)
    # Half the range over the price plus the index's confidence over its value, times the value.
    spread = range8 * unit.price8 + 2 * unit.confidence8 * price8
    few = len(own) < method.live_venues
    closed_at = min(quote.closed_at for quote in own)
    return Conversion(
        token=token,
        scu18=divide(price8 * _SCU, unit.price8, Rounding.HALF_EVEN),
        confidence18=divide(spread * _SCU, 2 * unit.price8**2, Rounding.CEIL),
        mark18=divide(method.haircut_ppm * price8 * _SCU, _PPM * unit.price8, Rounding.FLOOR),
        price8=price8,
        scu_price8=unit.price8,
        venues=tuple(sorted(quote.venue for quote in own)),
        closed_at=closed_at,
        age_s=as_of - closed_at,
        state=State.THIN if few else unit.state,
    )


def _first_fault(quote: TokenQuote, method: PaymentMethod, as_of: int) -> TokenReason | None:
    tests = (
        (quote.terms is Terms.RESTRICTED, TokenReason.RESTRICTED_TERMS),
        (quote.closed_at > as_of, TokenReason.FUTURE),
        (as_of - quote.closed_at > method.max_age_s, TokenReason.STALE),
        (min(quote.close8, quote.low8) <= 0, TokenReason.ZERO_OR_NEGATIVE),
        (not quote.low8 <= quote.close8 <= quote.high8, TokenReason.IMPOSSIBLE_BAR),
        (quote.token not in method.tokens, TokenReason.UNLISTED),
    )
    return next((reason for fails, reason in tests if fails), None)
