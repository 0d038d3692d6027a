"""Which months a world lists, and when."""

from datetime import UTC, datetime

import pytest

from pargrade.bindings.structs import Style
from pargrade.chain.block import Tag
from pargrade.deployment.session import Session
from pargrade.world.months import coming_months, list_months, missing_months
from tests.support.world import DAY


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("now", "names"),
    [
        ("2026-11-28T12:00", ["2026-12", "2027-01", "2027-02"]),
        ("2026-12-31T23:59:59", ["2027-01", "2027-02", "2027-03"]),
        ("2027-01-01T00:00", ["2027-02", "2027-03", "2027-04"]),
    ],
)
def test_coming_months__at_an_instant__are_the_next_three(now, names):
    months = list(coming_months(instant(now)))
    assert [month.name for month in months] == names
    for month in months:
        assert month.start == instant(f"{month.name}-01")
        assert datetime.fromtimestamp(month.expiry, UTC).day == 1
        assert 28 * DAY <= month.expiry - month.start <= 31 * DAY


def session_of(world) -> Session:
    return Session(world.chain, world.deployment, world.path)


def test_list_months__fresh_value__lists_both_styles_at_it(world):
    now = world.chain.head().timestamp
    session = list_months(session_of(world), now)
    assert missing_months(session, now) == []
    view = world.market.series(
        int(session.deployment.series["SCU-2026-04"].series_id), block=Tag.LATEST
    )
    assert view.terms.style is Style.BANDED
    assert (view.terms.low, view.terms.reference_price, view.terms.high) == (
        *(115_000_000, 231_000_000, 346_000_000),
    )
    net = world.market.series(world.series("A1GH-2026-04"), block=Tag.LATEST)
    assert net.terms.units == (world.deployment.grade("A1GH").unit,)


def test_list_months__again__sends_nothing(world):
    now = world.chain.head().timestamp
    session = list_months(session_of(world), now)
    with world.unchanged():
        assert list_months(session, now) == session


def test_list_months__index_has_no_value__lists_nothing_and_says_no_more(world):
    world.chain.advance(world.chain.head().timestamp + 2 * DAY)
    now = world.chain.head().timestamp
    with world.unchanged():
        session = list_months(session_of(world), now)
    assert len(missing_months(session, now)) == 3


def test_list_months__factor_ends_before_a_month__that_month_has_no_net_series(world):
    # The A1GH factor that ships is valid until 2027-03-01.
    late = instant("2026-12-15")
    session = list_months(session_of(world), late)
    assert {"A1GH-2027-01", "A1GH-2027-02"} <= session.deployment.series.keys()
    assert "A1GH-2027-03" not in session.deployment.series
    assert "SCU-2027-03" in session.deployment.series
