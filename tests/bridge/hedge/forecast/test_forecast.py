"""Forecasts of monthly sums: honest choice, honest intervals, and no forecast of a fault."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hedge.exposure.months import day_number, month_days
from bridge.hedge.forecast.forecast import Skill, choose, forecast_months
from bridge.hedge.forecast.history import Limits, NeedHistory, UnfitHistory, whole_history
from bridge.hedge.forecast.intervals import interval_of
from bridge.hedge.forecast.models import MODELS, ets, naive, theta
from bridge.hedge.forecast.outlook import Outlook, with_outlook
from bridge.hedge.intake.settings_files import read_settings
from bridge.hedge.strict import BadSetting

pytestmark = pytest.mark.full

FIRST = day_number("2024-01-01")
WEEKDAYS = np.array([1, 1.05, 1.08, 1.04, 1, 0.6, 0.55])


def weekly(days, level=100.0, growth=0.0):
    time = np.arange(days)
    return level * (1 + growth * time) * WEEKDAYS[time % 7]


def walk(seed, days):
    """A need that drifts, jumps now and then, and has weekdays and noise."""
    chance = np.random.default_rng(seed)
    steps = chance.normal(0.0008, 0.012, days)
    jumps = (chance.random(days) < 0.01) * chance.normal(0.05, 0.1, days)
    noise = np.exp(chance.normal(0, 0.1, days))
    return weekly(days) * np.exp(np.cumsum(steps + jumps)) * noise


def as_days(values):
    return {FIRST + day: Fraction(str(round(float(v), 6))) for day, v in enumerate(values)}


@pytest.mark.parametrize("name", MODELS)
def test_model__of_a_steady_week__continues_it_exactly(name):
    values = weekly(280)
    path = MODELS[name](values, [280], 70)[0]
    assert path == pytest.approx(weekly(350)[280:], rel=1e-6)


@pytest.mark.parametrize("model", [theta, ets])
def test_model__of_a_growing_need__follows_it_better_than_the_naive_one(model):
    values = weekly(420, growth=0.002)
    actual = values[300:390].sum()
    error = abs(model(values[:300], [300], 90)[0].sum() - actual)
    assert error < abs(naive(values[:300], [300], 90)[0].sum() - actual)


@given(st.integers(0, 10**6))
def test_model__at_an_origin__knows_nothing_of_what_came_after(seed):
    values = walk(seed, 160)
    for model in MODELS.values():
        within = model(values, [100, 160], 30)[0]
        alone = model(values[:100], [100], 30)[0]
        assert within == pytest.approx(alone)


def test_choice__of_equal_models__is_the_naive_one():
    def skill(name, error):
        return Skill(name, error, ())

    assert choose([skill("naive", 0.10), skill("theta", 0.10)]).model == "naive"
    assert choose([skill("naive", 0.10), skill("theta", 0.0995)]).model == "naive"
    assert choose([skill("naive", 0.10), skill("theta", 0.05)]).model == "theta"
    assert choose([skill("naive", float("inf")), skill("ets", float("inf"))]).model == "naive"


def test_interval__of_errors_that_overlap__is_wider_than_of_as_many_that_do_not():
    errors = list(np.linspace(-0.3, 0.3, 61))
    apart, overlapping = interval_of(100, errors, 61, 80), interval_of(100, errors, 9, 80)
    assert overlapping.low < apart.low < 100 < apart.high < overlapping.high
    assert (overlapping.low, overlapping.high) == pytest.approx((70, 130))
    assert not overlapping.is_narrow
    assert interval_of(100, errors, 8, 80).is_narrow
    assert interval_of(100, [], 1, 80).is_narrow


def test_intervals__over_many_origins__cover_about_what_they_state():
    """80 % intervals of whole months, out of sample, on needs that drift and jump."""
    inside = []
    for seed in range(4):
        values = walk(seed, 1_100)
        for origin in range(730, 1_030, 30):
            found = forecast_months(NeedHistory(FIRST, values[:origin]), 2)[1]
            days = month_days(found.month)
            actual = values[days.start - FIRST : days.stop - FIRST].sum()
            bounds = found.intervals[0]
            inside.append(bounds.low <= actual <= bounds.high)
    assert len(inside) == 40
    assert 0.70 <= np.mean(inside) <= 0.95


def test_forecast__of_the_running_month__adds_what_has_happened():
    values = weekly(366 + 100)
    found = forecast_months(NeedHistory(FIRST, values), 1)[0]
    assert found.month == "2025-04"
    assert found.known_scu == pytest.approx(values[-10:].sum())
    assert found.scu == pytest.approx(weekly(600)[456:486].sum(), rel=1e-6)


def test_history__first_and_last_day__are_left_out_and_a_gap_is_filled_and_named():
    days = as_days(weekly(120))
    del days[FIRST + 50]
    history = whole_history(days, Limits())
    assert history.first == FIRST + 1
    assert len(history.values) == 118
    assert history.filled == ("2024-02-20",)
    assert history.values[49] == pytest.approx(float(days[FIRST + 43]))


def spoiled(**changes):
    values = weekly(200)
    for place, value in changes.items():
        values[int(place[1:])] = value
    return as_days(values)


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ({}, "fewer than 84"),
        (as_days(weekly(60)), "fewer than 84"),
        (as_days(np.append(weekly(200), np.zeros(5))), "stuck counter"),
        (as_days(np.zeros(200)), "stuck counter"),
        (spoiled(d150=100_000), "another unit"),
        (as_days(np.append(weekly(150), weekly(50) * 1_000)), "another unit"),
        (spoiled(d150=-5), "-5 SCU on a day"),
        ({d: v for d, v in as_days(weekly(200)).items() if d % 10}, "days are missing"),
    ],
)
def test_history__that_shows_a_fault__is_refused_by_name(days, why):
    with pytest.raises(UnfitHistory, match=why):
        whole_history(days, Limits())


def write(folder, text, name="outlook.yaml"):
    path = Path(folder) / name
    path.write_text(text)
    return path


def test_outlook__growth_and_a_launch__change_the_months_they_are_in(tmp_path):
    text = """
growth: [{since: 2025-06, percent_a_month: "10"}]
launches:
  - {name: assistant, since: 2025-05-30, until: 2025-06-03, scu_a_day: "5", low_a_day: "1"}
"""
    outlook = read_settings(Outlook, write(tmp_path, text))
    bare = forecast_months(NeedHistory(FIRST, weekly(366 + 120)), 3)
    may, june = bare[0], bare[1]
    assert (may.month, june.month) == ("2025-05", "2025-06")
    assert with_outlook(may, outlook).scu == pytest.approx(may.scu + 2 * 5)
    changed = with_outlook(june, outlook)
    assert changed.scu == pytest.approx(june.scu * 1.1 + 2 * 5)
    assert changed.intervals[0].low == pytest.approx(june.intervals[0].low * 1.1 + 2 * 1)
    assert changed.intervals[0].high == pytest.approx(june.intervals[0].high * 1.1 + 2 * 5)


def test_outlook__decimals_without_quotes__are_read_as_they_stand(tmp_path):
    text = "growth: [{since: 2025-06, percent_a_month: 1.10}]"
    for name in ("o.yaml", "o.yml"):
        growth = read_settings(Outlook, write(tmp_path, text, name)).growth[0]
        assert str(growth.percent_a_month) == "1.10"
    toml = '[[growth]]\nsince = "2025-06"\npercent_a_month = 1.10\n'
    growth = read_settings(Outlook, write(tmp_path, toml, "o.toml")).growth[0]
    assert str(growth.percent_a_month) == "1.10"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('growth: [{since: 2025-6, percent_a_month: "1"}]', "growth.0.since"),
        ('growth: [{since: 2025-06, percent_a_month: "NaN"}]', "growth.0.percent_a_month"),
        ('launches: [{name: a, since: 2025-02-30, scu_a_day: "1"}]', "launches.0.since"),
        ('launches: [{name: a, since: 2025-02-03, scu_a_day: "-1"}]', "launches.0.scu_a_day"),
        ("lunches: []", "lunches"),
        ("growth: []\ngrowth: []", ""),
        ("a: &x [*x, *x]", ""),
        ("growth: [", ""),
    ],
)
def test_outlook__with_a_mistake__is_refused_where_it_is(tmp_path, text, where):
    with pytest.raises(BadSetting) as refused:
        read_settings(Outlook, write(tmp_path, text))
    assert refused.value.where == where
