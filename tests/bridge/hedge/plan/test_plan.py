"""Plans: within the policy whatever comes, every bound named, the same inputs the same hash."""

import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hedge.exposure.exposure import Exposure
from bridge.hedge.exposure.months import day_number
from bridge.hedge.forecast.history import UnfitHistory
from bridge.hedge.intake.plan_files import read_plan, write_plan
from bridge.hedge.intake.settings_files import read_settings
from bridge.hedge.plan.drift import NotAPlan, moved_since, standings
from bridge.hedge.plan.from_exposure import plan_exposure
from bridge.hedge.plan.plan import RunawayForecast
from bridge.hedge.plan.policy import MarketSnapshot, Policy
from bridge.hedge.plan.ratio import hedge_ratio, monthly_drift
from bridge.hedge.strict import BadSetting

pytestmark = pytest.mark.full

FIRST = day_number("2025-01-01")
DAYS = 455  # to 2026-03-31, whose last day is left out
POLICY = {
    "team": "chat",
    "styles": ["NET", "BANDED"],
    "series": ["APR", "MAY", "JUN"],
    "share": "0.8",
    "last_lead": 3,
    "max_lots_a_month": 1_000_000,
    "max_lots": 1_000_000,
    "max_cash_usd": "1000000",
    "max_price_usd": "3",
}
MARKET = {
    "observed_at": "2026-03-31T12:00Z",
    "index_usd": "2.31",
    "offers": [
        {"name": "APR", "month": "2026-04", "style": "NET", "price_usd": "2.33"},
        {
            "name": "MAY",
            "month": "2026-05",
            "style": "BANDED",
            "price_usd": "2.35",
            "low_usd": "1.85",
        },
        {"name": "JUN", "month": "2026-06", "style": "NET", "price_usd": "2.40"},
    ],
}


def flat(scu_a_day=100, days=DAYS):
    amounts = {FIRST + day: Fraction(scu_a_day) for day in range(days)}
    return Exposure(amounts, amounts, amounts, ())


def policy(**changes):
    return Policy.model_validate(POLICY | changes)


def market(**changes):
    return MarketSnapshot.model_validate(MARKET | changes)


def offer(number, **changes):
    offers = [dict(each) for each in MARKET["offers"]]
    offers[number] |= changes
    return market(offers=offers)


def planned(exposure=None, **changes):
    return plan_exposure(exposure or flat(), policy(**changes), market()).plan


def prices(*pairs):
    rows = []
    for number, (index, paid) in enumerate(pairs, 1):
        stated = {} if paid is None else {"paid_usd": str(paid)}
        rows.append({"month": f"2025-{number:02d}", "index_usd": str(index)} | stated)
    return rows


def test_plan__of_a_flat_need__locks_the_share_of_each_month_in_whole_lots():
    plan = planned()
    # The running month is March, since its last day is left out; 30 days of 100 SCU in April.
    assert [line.month for line in plan.months] == ["2026-04", "2026-05", "2026-06"]
    assert [line.buy_lots for line in plan.months] == [240_000, 248_000, 240_000]
    april, may, _ = plan.months
    assert april.cash_usd6 == 2_400 * 2_330_000
    assert may.cash_usd6 == 2_480 * (2_350_000 - 1_850_000)
    assert april.open_scu == 600
    assert april.bounds == ()


def test_plan__held_lots__are_not_bought_again_and_too_many_are_named():
    plan = plan_exposure(flat(), policy(), offer(0, held_lots=100_000)).plan
    assert plan.months[0].buy_lots == 140_000
    over = plan_exposure(flat(), policy(), offer(0, held_lots=240_005)).plan
    assert over.months[0].buy_lots == 0
    assert over.months[0].bounds == ("5 lots more are held than wanted",)


@pytest.mark.parametrize(
    ("changes", "bought", "bound"),
    [
        ({"max_lots_a_month": 1_000}, [1_000, 1_000, 1_000], "max_lots_a_month 1000"),
        ({"max_lots": 241_000}, [240_000, 1_000, 0], "max_lots 241000"),
        ({"max_cash_usd": "5592.5"}, [240_000, 100, 0], "max_cash_usd 5592.5"),
        ({"max_price_usd": "2.36"}, [240_000, 248_000, 0], "max_price_usd 2.36"),
        ({"series": ["APR"]}, [240_000, 0, 0], "no series of this month is in the policy"),
        ({"styles": ["NET"]}, [240_000, 0, 240_000], "no series of this month is in the policy"),
    ],
)
def test_plan__a_bound_of_the_policy__holds_and_is_named(changes, bought, bound):
    plan = planned(**changes)
    assert [line.buy_lots for line in plan.months] == bought
    assert any(bound in line.bounds for line in plan.months)


def test_plan__no_series_or_a_price_off_the_tick__buys_nothing_and_says_so():
    plan = plan_exposure(flat(), policy(), offer(0, month="2027-01")).plan
    assert plan.months[0].bounds == ("no series settles over this month",)
    off = plan_exposure(flat(), policy(), offer(0, price_usd="2.335")).plan
    assert off.months[0].bounds == ("no price of this month is on the tick and above L",)


def test_plan__a_forecast_that_runs_away__is_refused():
    from bridge.hedge.forecast.outlook import Outlook

    outlook = Outlook.model_validate(
        {"launches": [{"name": "x", "since": "2026-05-01", "scu_a_day": "10000"}]}
    )
    with pytest.raises(RunawayForecast, match="2026-05"):
        plan_exposure(flat(), policy(), market(), outlook)


@pytest.mark.parametrize("times", [0, 100, 1_000])
def test_plan__last_days_at_a_hundredfold_or_zero__is_refused(times):
    days = dict(flat().days)
    for day in range(FIRST + DAYS - 8, FIRST + DAYS):
        days[day] *= times
    with pytest.raises(UnfitHistory):
        planned(Exposure(days, days, days, ()))


@given(
    st.integers(1, 10**6),
    st.integers(0, 10**5),
    st.integers(0, 10**6),
    st.integers(1, 10**7),
    st.integers(1, 500),
    st.lists(st.integers(0, 10**5), min_size=3, max_size=3),
)
def test_plan__any_need_and_policy__stays_within_all_limits(
    scu_a_day, a_month, lots, cash, price, held
):
    rules = policy(
        max_lots_a_month=a_month,
        max_lots=lots,
        max_cash_usd=str(cash),
        max_price_usd=str(Decimal(price) / 100),
    )
    offers = [dict(each) | {"held_lots": h} for each, h in zip(MARKET["offers"], held, strict=True)]
    plan = plan_exposure(flat(scu_a_day), rules, market(offers=offers)).plan
    bought = [line.buy_lots for line in plan.months]
    assert all(count >= 0 for count in bought)
    buying = [line for line in plan.months if line.buy_lots]
    assert all(line.buy_lots + line.held_lots <= a_month for line in buying)
    assert sum(bought) <= max(lots - sum(held), 0)
    assert plan.cash_usd6 <= cash * 10**6
    assert all(line.price8 <= price * 10**6 for line in buying)
    assert all(line.buy_lots <= line.wanted_lots for line in plan.months)
    assert all(line.wanted_lots <= scu_a_day * 31 * 80 for line in plan.months)


def test_hash__same_inputs__is_the_same_and_any_other_input_changes_it():
    plan = planned()
    assert plan.hash == planned().hash
    others = [
        planned(max_lots=999_999),
        planned(flat(101)),
        plan_exposure(flat(), policy(), market(index_usd="2.32")).plan,
    ]
    assert len({plan.hash, *(other.hash for other in others)}) == 4


def test_plan_file__changed_by_a_digit_or_renamed__is_no_plan(tmp_path):
    plan = planned()
    path = write_plan(plan, tmp_path)
    assert write_plan(plan, tmp_path) == path
    assert read_plan(path) == json.loads(json.dumps(plan.to_json()))
    text = path.read_text()
    path.write_text(text.replace('"buy_lots": 240000', '"buy_lots": 240001'))
    with pytest.raises(NotAPlan, match="its content is"):
        read_plan(path)
    path.write_text("{")
    with pytest.raises(NotAPlan):
        read_plan(path)


def test_drift__nothing_moved__is_nothing():
    plan = planned()
    assert moved_since(plan.to_json(), planned(), policy()) == []


@pytest.mark.parametrize(
    ("today", "what"),
    [
        (lambda: planned(flat(120)), "need"),
        (lambda: planned(max_lots=10), "policy"),
        (lambda: plan_exposure(flat(), policy(), offer(0, price_usd="2.45")).plan, "price"),
        (lambda: plan_exposure(flat(), policy(), offer(0, held_lots=5)).plan, "position"),
        (lambda: planned(last_lead=2), "2026-06"),
    ],
)
def test_drift__need_policy_price_or_position_moved__is_named(today, what):
    moved = moved_since(planned().to_json(), today(), policy())
    assert any(what in each.what for each in moved)


def test_drift__within_tolerance__is_nothing():
    dearer = plan_exposure(flat(105), policy(), offer(0, price_usd="2.35")).plan
    assert moved_since(planned().to_json(), dearer, policy()) == []


def test_standing__held_lots_beside_todays_need__are_judged_by_the_tolerance():
    held = plan_exposure(flat(), policy(last_lead=1), offer(0, held_lots=220_000)).plan
    assert [each.is_off for each in standings(held, policy())] == [False]
    less = plan_exposure(flat(), policy(last_lead=1), offer(0, held_lots=200_000)).plan
    assert [each.is_off for each in standings(less, policy())] == [True]


def test_ratio__without_paid_prices__is_one_and_says_that_nothing_is_proven():
    ratio = hedge_ratio(market(prices=prices((2, None), (3, None))).prices, 3)
    assert ratio.value == 1
    assert "unproven" in ratio.reason
    assert not ratio.is_effective


def test_ratio__of_a_list_that_hardly_moves__is_zero_with_its_reason():
    sticky = prices((2.0, 3), (2.1, 3), (2.2, 3), (2.3, 3), (2.2, 3.1))
    ratio = hedge_ratio(market(prices=sticky).prices, 3)
    assert ratio.value == 0
    assert "1 moves" in ratio.reason


def test_ratio__of_a_price_that_follows_the_index__is_near_its_slope_and_effective():
    index = [2.0, 2.2, 2.1, 2.4, 2.3, 2.6, 2.5, 2.8, 2.7, 3.0]
    ratio = hedge_ratio(market(prices=prices(*((i, round(i + 0.5, 2)) for i in index))).prices, 3)
    assert ratio.value == pytest.approx(1)
    assert ratio.gain == pytest.approx(1)
    assert ratio.is_effective
    double = hedge_ratio(market(prices=prices(*((i, round(2 * i, 2)) for i in index))).prices, 3)
    # Nine moves: 9/15 of the slope 2, and 6/15 of 1.
    assert double.value == pytest.approx(1.6)


def test_ratio__of_a_price_that_moves_against_the_index__is_zero():
    chance = np.random.default_rng(7)
    index = np.round(2 + np.cumsum(chance.normal(0, 0.1, 12)), 2)
    paid = np.round(5 - index + chance.normal(0, 0.3, 12), 2)
    ratio = hedge_ratio(market(prices=prices(*zip(index, paid, strict=True))).prices, 3)
    assert ratio.value == 0
    assert "removed -" in ratio.reason


def test_drift_of_the_index__is_its_mean_change_a_month():
    series = market(prices=prices((2, None), (2.2, None), (2.42, None))).prices
    assert monthly_drift(series) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"max_lots": True}, "max_lots"),
        ({"max_lots": -1}, "max_lots"),
        ({"max_lots": "many"}, "max_lots"),
        ({"share": "1.2"}, "share"),
        ({"share": 0.8}, "share"),
        ({"max_cash_usd": "0"}, "max_cash_usd"),
        ({"max_cash_usd": "1e999"}, "max_cash_usd"),
        ({"styles": ["COVERED"]}, "styles.0"),
        ({"first_lead": 4}, ""),
        ({"last_lead": 60}, ""),
        ({"maximum": 5}, "maximum"),
    ],
)
def test_policy__with_a_mistake__is_refused_where_it_is(tmp_path, changes, where):
    path = tmp_path / "hedge.yaml"
    text = json.dumps(POLICY | changes)
    if isinstance(changes.get("share"), float):
        text = text.replace("0.8", "1.8")
    path.write_text(text)
    with pytest.raises(BadSetting) as refused:
        read_settings(Policy, path)
    assert refused.value.where == where
    assert refused.value.hint


def test_market__with_a_month_or_series_twice_or_no_time__is_refused(tmp_path):
    path = tmp_path / "market.yaml"
    twice = [MARKET["offers"][0]] * 2
    for changes in ({"offers": twice}, {"prices": prices((1, None)) * 2}, {"observed_at": "now"}):
        path.write_text(json.dumps(MARKET | changes))
        with pytest.raises(BadSetting):
            read_settings(MarketSnapshot, path)
