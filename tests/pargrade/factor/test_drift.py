"""Factors that still fit: rolling fits against a band that has not seen their days."""

import json
from fractions import Fraction

import pytest

from pargrade.data.files import DATA
from pargrade.factor.drift import coverage, day_text, quarterly_tables, rolling_fits, work_checks
from pargrade.factor.factor import PriceRow
from pargrade.factor.table import derive_table, load_facts

FACTS = load_facts()
PAR, A100 = "H100-SXM-80", "A100-SXM-80"
TIER = "on_demand/neocloud"
FIRST = 20_514  # 2026-03-02


def market(days, ratio, providers=6, first=FIRST):
    """Prices of providers who each ask a price of their own, and a ratio of it for an A100."""
    rows = []
    for day in range(first, first + days):
        for number in range(providers):
            par8 = (200 + number) * 1_000_000
            asked8 = int(par8 * (ratio(day) + Fraction(number, 200)))
            for hardware, price8 in ((PAR, par8), (A100, asked8)):
                rows.append(PriceRow(day, "s", f"p{number}", TIER, hardware, price8))
    return rows


def table_of(rows):
    return derive_table(rows, FACTS)


def test_fits__market_as_it_was__are_all_inside_and_share_no_day_with_the_table():
    rows = market(150, lambda _: Fraction(6, 10))
    table = table_of([row for row in rows if row.day < FIRST + 60])
    fits = list(rolling_fits(rows, {FIRST + 60: table}, FACTS))
    assert [fit.first_day for fit in fits] == list(range(FIRST + 60, FIRST + 91))
    assert {fit.hardware for fit in fits} == {A100}
    assert coverage(fits) == 1


def test_fits__market_moves_by_half__leave_the_band_from_the_day_that_it_shows():
    moved = FIRST + 120
    rows = market(200, lambda day: Fraction(9, 10) if day >= moved else Fraction(6, 10))
    table = table_of([row for row in rows if row.day < FIRST + 60])
    fits = list(rolling_fits(rows, {FIRST + 60: table}, FACTS))
    assert fits[0].is_inside
    assert not fits[-1].is_inside
    assert 0 < coverage(fits) < 1
    first_outside = next(fit for fit in fits if not fit.is_inside)
    assert first_outside.last_day > moved


def test_fits__too_few_providers__are_no_evidence():
    rows = market(60, lambda _: Fraction(6, 10))
    table = table_of(rows)
    few = market(60, lambda _: Fraction(9, 10), providers=4, first=FIRST + 60)
    assert list(rolling_fits([*rows, *few], {FIRST + 60: table}, FACTS, days=30)) == []
    assert coverage([]) is None


def test_tables__of_each_quarter__rest_on_the_days_before_it_alone():
    rows = market(150, lambda _: Fraction(6, 10), first=20_454)  # 2026-01-01
    tables = quarterly_tables(rows, FACTS)
    assert [day_text(day) for day in tables] == ["2026-04-01"]
    [table] = tables.values()
    assert table.document["period"] == ["2026-01-01", "2026-03-31"]
    assert quarterly_tables([], FACTS) == {}


def test_work__kinds_that_have_par__give_the_ratios_and_others_nothing():
    document = {
        "rows": [
            {"source": "a", "rates": {PAR: "100", A100: "40"}},
            {"source": "b", "rates": {PAR: "10", A100: "7"}},
            {"source": "c", "rates": {A100: "9"}},
        ]
    }
    [found] = work_checks(document, FACTS.method).values()
    assert (found.low, found.high, found.kinds) == (Fraction(2, 5), Fraction(7, 10), 2)
    assert found.sources == ("a", "b")
    assert found.per_scu(5_000) == (Fraction(4, 5), Fraction(7, 5))
    assert found.holds(4_000)
    assert found.holds(7_000)
    assert not found.holds(7_001)


@pytest.mark.parametrize("key", ["H200-SXM-141", "B200-SXM-180", "L40S-PCIe-48", "RTXPRO6000--96"])
def test_work__that_ships__has_hardware_beside_par(key):
    checks = work_checks(json.loads((DATA / "work.json").read_text()), FACTS.method)
    assert checks[key].kinds >= 2
    assert 0 < checks[key].low <= checks[key].high < 10
