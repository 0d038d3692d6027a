"""Hedges as FOCUS rows: exact, adding up, and read back by our own reader."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.hedge.intake.files import How, read_files
from bridge.hedge.log.entry import Kind, LogEntry
from bridge.hedge.plan.drift import Standing
from bridge.hedge.readers.usage import Measure
from bridge.hedge.results.figures import figures_text
from bridge.hedge.results.fill import HedgeFill, SeriesEnd, results_of
from bridge.hedge.results.focus_rows import COLUMNS, focus_rows, to_csv
from pargrade.chain.hashing import address_of

ACCOUNT = address_of(b"\x22" * 20)
APRIL, MAY = 1_775_001_600, 1_777_593_600
ENDS = [
    SeriesEnd("APR", APRIL, MAY, 213_456_789, "settled"),
    SeriesEnd("MAY", MAY, MAY + 31 * 86_400, 0, "trading"),
]


def fills() -> st.SearchStrategy[list[HedgeFill]]:
    made = st.builds(
        HedgeFill,
        team=st.sampled_from(["chat", "search, and more"]),
        account=st.just(ACCOUNT),
        plan=st.just("0x" + "ab" * 32),
        order=st.just("0x" + "cd" * 32),
        series=st.sampled_from(["APR", "MAY"]),
        lots=st.integers(-(10**9), 10**9).filter(bool),
        price8=st.integers(1, 10**11),
        fee_usd=st.integers(0, 10**12).map(lambda units: Fraction(units, 10**6)),
        instant=st.integers(APRIL - 10**6, APRIL),
    )
    return st.lists(made, min_size=1, max_size=8)


@given(fills())
@settings(max_examples=100, deadline=None)
def test_rows__of_any_fills__add_up_and_are_exact(found):
    results = results_of(found, ENDS)
    rows = focus_rows(found, results)
    assert all(tuple(row) == COLUMNS for row in rows)
    for team in {fill.team for fill in found}:
        mine = [r for r in rows if r["SubAccountName"] == team and r["x_HedgeSeries"] == "APR"]
        billed = sum(Fraction(Decimal(row["BilledCost"])) for row in mine)
        effective = sum(Fraction(Decimal(row["EffectiveCost"])) for row in mine)
        assert billed == effective
        lots = sum(f.lots for f in found if (f.team, f.series) == (team, "APR"))
        paid = sum(f.cost_usd for f in found if (f.team, f.series) == (team, "APR"))
        assert effective == paid - Fraction(lots * 213_456_789, 10**10)


def test_rows__in_a_file__are_read_back_as_the_hedges_effect_and_nothing_is_refused(tmp_path):
    bought = HedgeFill(
        "chat", ACCOUNT, "0x01", "0x02", "APR", 2_400, 200_000_000, Fraction(1, 100), APRIL - 9_999
    )
    rows = focus_rows([bought], results_of([bought], ENDS))
    path = tmp_path / "hedges.csv"
    path.write_text(to_csv(rows))
    reading = read_files([path], How())
    assert reading.refused == ()
    credits_ = [use for use in reading.usages if use.measure is Measure.CREDITS]
    assert [use.subject.team for use in credits_] == ["chat"]
    cost = sum(Fraction(use.amount) for use in credits_)
    assert cost == Fraction(4801, 100) - 24 * Fraction(213_456_789, 10**8)


def test_figures__of_hedges__are_what_prometheus_reads():
    from prometheus_client.parser import text_string_to_metric_families

    declined = LogEntry.after(
        None, 5, Kind.DECLINED, {"plan": "0x1", "reasons": [["stopped", "x"], ["data moved", "y"]]}
    )
    stands = [Standing("2026-04", 100, 120, True), Standing("2026-05", 0, 0, False)]
    text = figures_text(stands, [declined], is_stopped=True, instant=1_700_000_000)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["pargrade_hedge_held_lots", "2026-04"] == 100
    assert found["pargrade_hedge_wanted_lots", "2026-04"] == 120
    assert found["pargrade_hedge_months_off",] == 1
    assert found["pargrade_hedge_stopped",] == 1
    assert found["pargrade_hedge_looked_time",] == 1_700_000_000
    assert found["pargrade_hedge_declined_total", "stopped"] == 1
    assert found["pargrade_hedge_declined_total", "not approved"] == 0
