"""A listed series as it stands, by the name the deployment file gives it."""

from dataclasses import dataclass
from typing import Final, Self

from pargrade.bindings.errors import NoCheckpoint, NotFinal
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Phase, SeriesView, Style
from pargrade.chain.block import BlockStamp
from pargrade.clock import DAY_S
from pargrade.deployment.file import NotDeployed
from pargrade.deployment.front import front_of
from pargrade.deployment.session import Session
from pargrade.deployment.token import Token
from pargrade.errors import PargradeError
from pargrade.futures.payoff import Band
from pargrade.spot_index.accumulator import Window
from pargrade.units import CONTRACT_LOTS, Price, format_amount

LONG: Final = 0
"""Side of LONG; the side of SHORT in grade g is g + 1. A position's id is the series' plus it."""


class NoSuchGrade(PargradeError):
    """A grade that a series does not take, or none named where there are several."""

    def __init__(self, series: str, symbol: str | None, eligible: tuple[str, ...]) -> None:
        self.series = series
        self.symbol = symbol
        self.hint = f"Take one of: {', '.join(eligible)}." if eligible else "Leave it away."
        message = f"does not take grade {symbol}" if symbol else "takes several grades: name one"
        super().__init__(f"series {series} {message}")


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """All reads are of one block."""

    name: str
    number: int
    """Its id, which is also that of its LONG position."""
    view: SeriesView
    grades: tuple[str, ...]
    """Symbols of the eligible grades, in the order of the terms."""
    quote: Token
    block: BlockStamp

    @classmethod
    def read(cls, session: Session, name: str, block: BlockStamp) -> Self:
        """The series of a name, or of an id. Raises NotDeployed, UnknownSeries, NoContract."""
        number = number_of(session, name)
        view = market_of(session).series(number, block=block)
        symbols = {grade.unit: symbol for symbol, grade in session.deployment.grades.items()}
        return cls(
            name=name,
            number=number,
            view=view,
            grades=tuple(symbols.get(unit) or unit for unit in view.terms.units),
            quote=Token.read(session.chain, view.terms.quote_token, block),
            block=block,
        )

    def grade_number(self, symbol: str | None) -> int:
        """Place of a grade in the terms; None is the only one, or BANDED. Raises NoSuchGrade."""
        if symbol is None and len(self.view.lots_of) == 1:
            return 0
        if symbol not in self.grades:
            raise NoSuchGrade(self.name, symbol, self.grades)
        return self.grades.index(symbol)

    def side_name(self, side: int) -> str:
        """A side for people: LONG, or SHORT with its grade."""
        if side == LONG:
            return "LONG"
        return "SHORT" if self.is_banded else f"SHORT {self.grades[side - 1]}"

    @property
    def sides(self) -> range:
        """LONG, and SHORT of each grade, or the one SHORT if BANDED."""
        return range(len(self.view.lots_of) + 1)

    @property
    def is_banded(self) -> bool:
        """Both sides lock quote: there are no grades."""
        return self.view.terms.style is Style.BANDED

    @property
    def band(self) -> Band:
        """L, K and H of a BANDED series."""
        terms = self.view.terms
        return Band(Price(terms.low), Price(terms.reference_price), Price(terms.high))

    @property
    def is_final(self) -> bool:
        """Settled or delivered: what it pays never changes again."""
        return self.view.phase in (Phase.SETTLED, Phase.DELIVERED)

    @property
    def style(self) -> str:
        """net, delivery or banded."""
        return Style(self.view.terms.style).name.lower()


def market_of(session: Session) -> FuturesMarket:
    """The market of a deployment."""
    return FuturesMarket(session.chain, session.deployment.address("FuturesMarket"))


def number_of(session: Session, name: str) -> int:
    """The id of a series by its name, or by itself in digits. Raises NotDeployed."""
    known = session.deployment.series
    if name in known:
        return int(known[name].series_id)
    if name.isdecimal() and len(name) <= 78:
        return int(name)
    raise NotDeployed("series", name, tuple(sorted(known)))


def window_so_far(session: Session, series: ListedSeries) -> Window | None:
    """What the index accumulated from A to the last final midnight, at most B; None before."""
    terms = series.view.terms
    index = SpotIndex(session.chain, front_of(session.deployment))
    end = min(terms.expiry, series.block.timestamp // DAY_S * DAY_S)
    # The newest midnight may not be final for a while: then the one before it is.
    for until in (end, end - DAY_S):
        if until <= terms.start:
            return None
        try:
            found = index.window(terms.index, terms.start, until, block=series.block)
        except NotFinal:
            continue
        except NoCheckpoint:
            return None
        span = until - terms.start
        return Window(found.value_time, found.covered_time, span, found.long_gap)
    return None


def lots_shown(lots: int) -> str:
    """Lots for people, with the contracts they make."""
    contracts = format_amount(lots * 10**4 // CONTRACT_LOTS, 4)
    return f"{lots:,} lots ({contracts} contracts)"
