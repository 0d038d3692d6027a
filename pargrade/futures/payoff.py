"""What a settled series pays: the arithmetic of FuturesMarket.

Twins: `lot_value`, `payoff` and `banded_payoff` of Settlement's quoteOf, payoff and banded;
`redeem_long` and `redeem_short` of FuturesMarket's _shareOf and _quoteOf, which previewRedeem asks.

Per COVERED pair and lot, Q(K) quote and one lot of units are locked; a payoff splits exactly those
two amounts. At S, LONG is worth S and SHORT is worth K in units that trade at par. A BANDED pair
locks Q(H) - Q(L) quote and no units; the two divide it at S, taken into the band. Quote amounts are
base units of the quote token, unit amounts wei of a wrapped unit, prices USD per SCU.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from pargrade.errors import PargradeError
from pargrade.units import LOT, Lots, Price, Rounding, Scu, divide


class TooManyLots(PargradeError):
    """More lots redeemed than there are left of that side."""

    hint = "Redeem at most the lots still outstanding."

    def __init__(self, lots: int, left: int) -> None:
        self.lots = lots
        self.left = left
        super().__init__(f"cannot redeem {lots} lots: {left} are left")


class UnknownGrade(PargradeError):
    """A grade that backs no lot of the series."""

    hint = "Redeem the grade the SHORT was minted with."

    def __init__(self, grade: str) -> None:
        self.grade = grade
        super().__init__(f"grade {grade} backs no lot of this series")


class BadBand(PargradeError):
    """A band that does not hold its reference price strictly inside."""

    hint = "Take L < K < H."

    def __init__(self, low: Price, reference: Price, high: Price) -> None:
        self.low = low
        self.reference = reference
        self.high = high
        shown = " to ".join((low.text(), high.text()))
        super().__init__(f"the band {shown} does not hold K = {reference.text()} inside")


class Style(Enum):
    """How a series pays.

    NET: by the difference of S and K. DELIVERY: always the units. BANDED: quote alone, by where S
    lies in a band. The first two are COVERED: the short side locks units.
    """

    NET = "net"
    DELIVERY = "delivery"
    BANDED = "banded"


@dataclass(frozen=True, slots=True)
class Band:
    """L < K < H, between which the two sides of a BANDED pair divide what they locked."""

    low: Price
    reference: Price
    high: Price

    def __post_init__(self) -> None:
        if not self.low < self.reference < self.high:
            raise BadBand(self.low, self.reference, self.high)

    def clip(self, price: Price) -> Price:
        """A price taken into [L, H]."""
        return min(max(price, self.low), self.high)


@dataclass(frozen=True, slots=True)
class LotPayoff:
    """What one lot of each side gets.

    COVERED: the two quote legs sum to Q(K), the unit legs to one lot. BANDED: the quote legs to
    Q(H) - Q(L), without units.
    """

    long_quote: int
    short_quote: int
    long_units: Scu
    short_units: Scu


def lot_value(price: Price, quote_decimals: int) -> int:
    """Q(p): one lot at a price, ⌊p · 10^quoteDecimals / 10^10⌋ (8 price and 2 lot decimals)."""
    return divide(price * 10**quote_decimals, 10**10, Rounding.FLOOR)


def payoff(
    style: Style, settlement: Price | None, reference: Price, quote_decimals: int
) -> LotPayoff:
    """The split of one lot at S, or the delivered outcome when there is no S or none is needed.

    Each leg of one side is rounded down and the other side takes the rest: SHORT's units at S > K
    in favour of LONG, LONG's quote at S <= K in favour of SHORT.
    """
    locked = lot_value(reference, quote_decimals)
    if style is Style.DELIVERY or settlement is None:
        return LotPayoff(0, locked, LOT, Scu(0))
    long_quote = lot_value(min(settlement, reference), quote_decimals)
    short_units = LOT
    if settlement > reference:
        short_units = Scu(divide(LOT * reference, settlement, Rounding.FLOOR))
    return LotPayoff(long_quote, locked - long_quote, LOT - short_units, short_units)


def month_of(expiry: int) -> int:
    """The month whose cap a BANDED series counts against, from January 1970, UTC.

    It is that of the last day of the window: expiry, Unix seconds, is the midnight that ends it.
    """
    last = datetime.fromtimestamp(expiry - 1, UTC)
    return (last.year - 1970) * 12 + last.month - 1


def banded_payoff(band: Band, settlement: Price, quote_decimals: int) -> LotPayoff:
    """The split of one lot of a BANDED series: Q(S) - Q(L) and Q(H) - Q(S), with S in the band.

    At K it is what each side locks on opening, and what merging returns. All three values round
    down, so that the two legs sum to Q(H) - Q(L) at every S.
    """
    low, value, high = (
        lot_value(price, quote_decimals) for price in (band.low, band.clip(settlement), band.high)
    )
    return LotPayoff(value - low, high - value, Scu(0), Scu(0))


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled series: its payoff per lot, the lots each grade backs, and the impaired grades."""

    per_lot: LotPayoff
    lots_by_grade: Mapping[str, Lots]
    impaired: frozenset[str] = frozenset()

    @property
    def lots(self) -> int:
        """Lots of LONG, which equal the lots of SHORT over all grades."""
        return sum(self.lots_by_grade.values())

    @property
    def long_quote(self) -> int:
        """Quote that all LONG lots get together: Q(K) for each lot of an impaired grade."""
        impaired = sum(lots for g, lots in self.lots_by_grade.items() if g in self.impaired)
        locked = self.per_lot.long_quote + self.per_lot.short_quote
        return self.per_lot.long_quote * (self.lots - impaired) + locked * impaired


@dataclass(frozen=True, slots=True)
class LongPayout:
    """Quote, and units of each grade in the basket."""

    quote: int
    units: Mapping[str, Scu]


@dataclass(frozen=True, slots=True)
class ShortPayout:
    """Quote, and units of the SHORT's own grade."""

    quote: int
    units: Scu


def redeem_long(series: Settled, redeemed: int, lots: int) -> LongPayout:
    """What `lots` of LONG get after `redeemed` lots were paid.

    Quote is the step of ⌊lots so far · total / all lots⌋, so that slices of any size sum to the
    total and nothing is left; with no or only impaired grades the step is the same for every lot.
    Units round down per grade: at most 1 wei per redemption and grade stays behind.
    """
    _check_lots(lots, series.lots - redeemed)
    total, of = series.long_quote, max(series.lots, 1)
    quote = (redeemed + lots) * total // of - redeemed * total // of
    per_lot = series.per_lot.long_units
    units = {
        grade: Scu(divide(lots * per_lot * backing, of, Rounding.FLOOR))
        for grade, backing in series.lots_by_grade.items()
        if grade not in series.impaired
    }
    return LongPayout(quote, units)


def redeem_short(series: Settled, grade: str, redeemed: int, lots: int) -> ShortPayout:
    """What `lots` of SHORT of one grade get after `redeemed` of that grade were paid: exact.

    An impaired grade is unwound: its SHORT takes the whole lot back and no quote.
    """
    if grade not in series.lots_by_grade:
        raise UnknownGrade(grade)
    _check_lots(lots, series.lots_by_grade[grade] - redeemed)
    if grade in series.impaired:
        return ShortPayout(0, Scu(lots * LOT))
    return ShortPayout(lots * series.per_lot.short_quote, Scu(lots * series.per_lot.short_units))


def _check_lots(lots: int, left: int) -> None:
    if not 0 <= lots <= left:
        raise TooManyLots(lots, left)
