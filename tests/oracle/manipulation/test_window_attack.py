"""Attacks on the prices of a window, and what is left of them in its level."""

import pytest

from oracle.manipulation.window_attack import PriceTable, bias, drip, ratchet, rotating
from oracle.quotes.quote import Line
from tests.support.quote_builders import METHOD_1, USD, window_method

DAYS = 16
METHOD = window_method(10)
PRICES = {
    Line(provider, "H100-SXM-80", 8, ""): cents * USD // 100
    for provider, cents in zip("abcdefgh", (180, 200, 210, 220, 230, 240, 260, 290), strict=True)
}


@pytest.fixture(scope="module")
def table():
    return PriceTable([dict(PRICES) for _ in range(DAYS)], METHOD)


def moved(table, change, providers="d", since=10):
    places = range(table.first, DAYS)
    return table.changed(providers, since, change).mean8(places) / table.mean8(places) - 1


def test_table__prices_that_stay__have_one_level(table):
    assert len({table.value8(place) for place in range(table.first, DAYS)}) == 1


def test_table__changed_from_a_day_on__is_as_it_was_before_and_in_others(table):
    lying = table.changed("d", 10, bias(450_000))
    assert lying.days[:10] == table.days[:10]
    line = Line("d", "H100-SXM-80", 8, "")
    assert lying.days[10][line] == PRICES[line] * 29 // 20
    assert lying.days[10] | {line: PRICES[line]} == table.days[10]


def test_bias__of_one_of_eight__moves_less_than_its_share_and_in_its_direction(table):
    share = 1 / 8
    assert 0 < moved(table, bias(450_000)) < 0.45 * share
    assert -0.36 * share < moved(table, bias(-300_000)) < 0


def test_bias__of_all__moves_by_all_of_it(table):
    places = range(12, DAYS)
    lying = table.changed("abcdefgh", 0, bias(100_000))
    assert lying.mean8(places) / table.mean8(places) == pytest.approx(1.1, abs=1e-6)


@pytest.mark.parametrize("change", [ratchet(450_000), rotating(450_000), drip(450_000, 5)])
def test_attack__that_comes_and_goes__moves_no_more_than_one_that_stays(table, change):
    assert abs(moved(table, change)) <= moved(table, bias(450_000), since=0) * 1.2


def test_ratchet__its_cycle__is_honest_wrong_and_twice_absent():
    change, line = ratchet(100_000), next(iter(PRICES))
    assert [change(day, line, 100) for day in range(5)] == [100, 110, None, None, 100]


def test_drip__its_factor__grows_to_the_whole():
    change, line = drip(400_000, 4), next(iter(PRICES))
    assert [change(day, line, 100) for day in range(6)] == [110, 120, 130, 140, 140, 140]


def test_table__of_a_method_without_a_window__is_refused():
    with pytest.raises(ValueError, match="no window"):
        PriceTable([PRICES], METHOD_1).value8(0)
