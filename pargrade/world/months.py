"""The series of the coming months, listed as the months come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.errors import ContractError
from pargrade.chain.hashing import Address
from pargrade.chain.wallet import Wallet
from pargrade.deployment.series_listing import list_series
from pargrade.deployment.session import Session
from pargrade.devnet.accounts import CURATOR
from pargrade.units import CONTRACT_LOTS, TICK, Price

AHEAD: Final = 3
"""How many months that have not begun yet are listed."""

GRADE: Final = "A1GH"
"""Taken by each month's NET series."""

_CAP: Final = 10 * CONTRACT_LOTS
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month of UTC, by its two midnights, Unix seconds."""

    name: str
    """Such as 2026-12."""
    start: int
    expiry: int


def coming_months(now: int) -> Iterator[Month]:
    """The next AHEAD months that have not begun at `now`, Unix seconds."""
    today = datetime.fromtimestamp(now, UTC)
    count = today.year * _MONTHS + today.month - 1
    for later in range(count + 1, count + 1 + AHEAD):
        year, month = divmod(later, _MONTHS)
        yield Month(f"{year}-{month + 1:02}", _first_of(later), _first_of(later + 1))


def missing_months(session: Session, now: int) -> list[Month]:
    """Coming months whose BANDED series, listed last, is not in the deployment file."""
    known = session.deployment.series
    return [month for month in coming_months(now) if _banded_name(month) not in known]


def list_months(session: Session, now: int) -> Session:
    """Lists what the coming months lack, at the index's value; the session returned knows them.

    K is the value, rounded down to the tick; BANDED is from half of it to one and a half. NET is
    left out where the grade's factor ends before the month does, and everything while the index has
    no fresh value.
    """
    index = SpotIndex(session.chain, session.deployment.address("SpotIndex"))
    try:
        spot = Price(index.fresh(0, block=Tag.LATEST).value)
    except ContractError:
        return session
    curator = Wallet(session.chain, CURATOR.key)
    for month in missing_months(session, now):
        for name, terms in _terms(session, month, spot).items():
            if name not in session.deployment.series:
                session = list_series(session, curator, name, terms).session
    return session


def _banded_name(month: Month) -> str:
    return f"SCU-{month.name}"


def _terms(session: Session, month: Month, spot: Price) -> dict[str, SeriesTerms]:
    """What a month gets, by name; BANDED comes last."""
    found = {}
    unit = WrappedUnit(session.chain, session.deployment.grade(GRADE).unit)
    if unit.factor(block=Tag.LATEST).valid_until >= month.expiry:
        net = _series_of(session, month, spot, Style.NET, (unit.address,))
        found[f"{GRADE}-{month.name}"] = net
    return found | {_banded_name(month): _series_of(session, month, spot, Style.BANDED, ())}


def _series_of(
    session: Session, month: Month, spot: Price, style: Style, units: tuple[Address, ...]
) -> SeriesTerms:
    banded = style is Style.BANDED
    return SeriesTerms(
        index=0,
        start=month.start,
        expiry=month.expiry,
        reference_price=_on_tick(spot),
        low=_on_tick(spot // 2) if banded else 0,
        high=_on_tick(spot * 3 // 2) if banded else 0,
        quote_token=session.deployment.quote_token,
        style=style,
        units=units,
        cap_lots=(_CAP,),
    )


def _on_tick(price: int) -> Price:
    """Rounded down to the tick."""
    return Price(price // TICK * TICK)


def _first_of(count: int) -> int:
    """The first midnight of a month, counted from the year 0."""
    year, month = divmod(count, _MONTHS)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp())
