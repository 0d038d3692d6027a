"""Whatever comes in, no order goes out that the policy does not allow."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.hedge import How, expose, gpu_hours, read_files
from bridge.hedge.exposure.choices import completion_tokens
from bridge.hedge.exposure.months import day_number, day_text
from bridge.hedge.plan.drift import EXIT_FORMAT
from bridge.hedge.plan.from_exposure import hash_of, plan_exposure
from bridge.hedge.plan.plan import HedgePlan
from bridge.hedge.plan.policy import Policy
from bridge.hedge.trade.lane import lane_of, next_place
from bridge.hedge.trade.market_now import MarketNow, SeriesNow
from bridge.hedge.trade.objection import Circumstances, Ground
from bridge.hedge.trade.refusals import objections
from bridge.hedge.trade.signed import exchange_order
from bridge.hedge.trade.wanted import OrderAction, Wanted, WantedOrder, wanted_of
from pargrade.bindings.structs import Order, Roll, Side
from pargrade.chain.hashing import address_of
from pargrade.errors import PargradeError
from pargrade.futures.order import Lane
from tests.support.hedging import POLICY, flat_need, policy_of

FIRST = day_number("2025-03-01")
DAYS = 368
NOON = (FIRST + DAYS) * 86_400 + 43_200
ACCOUNT = address_of(b"\x11" * 20)
NOBODY = address_of(bytes(20))
CENT = 10**6


def series(name: str, number: int, month: str, **changes: object) -> SeriesNow:
    made = SeriesNow(name, number, month, "NET", 0, CENT, 200 * CENT, 198 * CENT, 0)
    return replace(made, **changes)  # type: ignore[arg-type]


def market(*found: SeriesNow, lanes: dict[int, Lane] | None = None) -> MarketNow:
    by_id, ids = {each.series_id: each for each in found}, (256, 512, 768)
    known = {lane_of("chat", side, number): Lane() for number in ids for side in Side}
    known |= {lane_of("chat", Side.SELL, a, b): Lane() for a in ids for b in ids}
    return MarketNow(31337, ACCOUNT, NOON, 200 * CENT, 0, by_id, known | (lanes or {}))


APRIL = series("APR", 256, "2026-04")
MAY = series("MAY", 512, "2026-05")


def require_within(policy: Policy, now: MarketNow, wanted: Wanted) -> None:
    """The policy, read again and apart from how the product reads it."""
    held = {number: found.held_lots for number, found in now.series.items()}
    dollars = Fraction(0)
    for order in wanted.orders:
        made = exchange_order(wanted, order, 0, NOBODY)
        sides = [made] if isinstance(made, Order) else [made.near, made.far]
        assert isinstance(made, Order | Roll)
        for side in sides:
            lane = now.lanes[lane_of(policy.team, sides[0].side, sides[0].series,
                                     sides[1].series if len(sides) > 1 else 0)]  # fmt: skip
            nonce, filled = lane.nonce, lane.filled
            left = side.lots - (filled if nonce == side.nonce else 0)
            left = 0 if nonce > side.nonce else left
            found = now.series[side.series]
            assert side.maker == now.account
            assert NOON < side.expiry <= NOON + policy.orders.valid_hours * 3_600
            if side.side is Side.SELL:
                held[side.series] -= left
                continue
            held[side.series] += left
            assert found.name in policy.series
            assert found.style in policy.styles
            assert side.price <= Fraction(policy.max_price_usd) * 10**8
            dollars += left * Fraction(side.price - found.low8, 10**10)
    assert dollars <= Fraction(policy.max_cash_usd)
    assert all(lots >= 0 for lots in held.values())
    buys = {o.far_id or o.series_id for o in wanted.orders if o.action is not OrderAction.SELL}
    for month in {now.series[number].month for number in buys}:
        total = sum(held[n] for n, found in now.series.items() if found.month == month)
        assert total <= policy.max_lots_a_month
    if any(order.action is OrderAction.BUY for order in wanted.orders):
        assert sum(held.values()) <= policy.max_lots


def table(days: list[object]) -> str:
    rows = [f"{day_text(FIRST + n)},chat,H100-SXM-80,{value},\n" for n, value in enumerate(days)
            if value is not None]  # fmt: skip
    return "day,team,hardware,gpu_hours,remark\n" + "".join(rows)


def counter(days: list[object]) -> str:
    """The same as a counter of tokens, as Prometheus' API has it: a million tokens an hour."""
    total, values = 0.0, []
    for number, value in enumerate(days):
        if value is None:
            continue
        total += float(value) * 10**6  # type: ignore[arg-type]
        values.append([(FIRST + number + 1) * 86_400, f"{total:f}"])
    labels = {"__name__": "vllm:generation_tokens_total", "model_name": "m", "instance": "i"}
    result = [{"metric": labels, "values": values}]
    document = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    return json.dumps(document)


Spoil = Callable[[list[object], int, int], None]


def times(factor: object) -> Spoil:
    def spoil(days: list[object], start: int, end: int) -> None:
        days[start:end] = [float(value) * float(factor) for value in days[start:end]]  # type: ignore[arg-type]

    return spoil


def becomes(value: object) -> Spoil:
    def spoil(days: list[object], start: int, end: int) -> None:
        days[start:end] = [value] * (end - start)

    return spoil


SPOILS = {
    "runaway": times(100),
    "a little more": times(3),
    "another unit": times(3_600),
    "thousands": times("0.001"),
    "nan": becomes("NaN"),
    "infinite": becomes("inf"),
    "negative": times(-1),
    "missing": becomes(None),
    "stuck": becomes(0),
    "huge": becomes("1e23"),
}
PLANNED = {"a little more", "thousands"}
"""Looks like a team that grows or shrinks; the policy bounds what is bought for it."""
FORMS = {"table": (table, gpu_hours()), "counter": (counter, completion_tokens(as_benchmark=True))}


@given(
    st.sampled_from(sorted(SPOILS)),
    st.sampled_from(sorted(FORMS)),
    st.integers(0, DAYS - 1),
    st.integers(1, DAYS),
)
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.deep
def test_data__spoiled_anyhow__never_makes_an_order_beyond_the_policy(
    tmp_path_factory, spoil, form, start, length
):
    judge_spoiled(tmp_path_factory.mktemp("spoiled"), spoil, form, start, length)


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("spoil", sorted(SPOILS))
def test_data__spoiled_for_its_last_forty_days__never_makes_an_order_beyond_the_policy(
    tmp_path, spoil, form
):
    wanted = judge_spoiled(tmp_path, spoil, form, DAYS - 40, DAYS)
    assert (wanted is not None) == (spoil in PLANNED)


def judge_spoiled(folder: Path, spoil: str, form: str, start: int, length: int) -> Wanted | None:
    """The whole way from a file to orders; None where it was refused on the way."""
    write, choice = FORMS[form]
    days: list[object] = [10 + number % 7 for number in range(DAYS)]
    SPOILS[spoil](days, start, min(start + length, DAYS))
    path = folder / "input"
    policy, now = policy_of(), market(APRIL, MAY)
    places = {number: next_place(Lane()) for number in now.series}
    try:
        path.write_text(write(days))
        exposure = expose(read_files([path], How()), choice)
        plan = plan_exposure(exposure, policy, now.snapshot(places, ()), None).plan
        wanted = wanted_of(plan.to_json())
    except PargradeError:
        return None
    against = objections(wanted, plan.to_json(), plan, policy, now, Circumstances())
    assert against == []
    require_within(policy, now, wanted)
    return wanted


def orders() -> st.SearchStrategy[WantedOrder]:
    lots = st.one_of(st.integers(1, 60_000), st.integers(1, 2**63))
    price = st.integers(100, 300).map(lambda cents: str(cents * CENT))
    ids = st.sampled_from([("APR", 256), ("MAY", 512), ("JUN", 768), ("APR", 512)])

    def made(action: OrderAction, near, far, count, limit, far_limit, held, place):
        is_roll = action is OrderAction.ROLL
        return {
            "action": action, "series": near[0], "series_id": str(near[1]), "lots": count,
            "limit8": limit, "price8": limit, "held_lots": held,
            "lane_nonce": 1, "lane_filled": place,
            "far": far[0] if is_roll else "", "far_id": str(far[1] if is_roll else 0),
            "far_limit8": far_limit if is_roll else "0", "far_held_lots": 0,
        }  # fmt: skip

    small = st.sampled_from([0, 0, 5, 20_000])
    return st.builds(made, st.sampled_from(OrderAction), ids, ids, lots, price, price, small, small)


@given(
    st.lists(orders(), min_size=1, max_size=3),
    st.sampled_from([0, 5, 20_000]),
    st.sampled_from([0, 5, 20_000]),
    st.integers(-(10**6), 10**6),
)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_plan_of_a_stranger__that_nothing_stands_against__is_within_the_policy(
    raws, held, filled, off
):
    policy = policy_of()
    now = market(
        replace(APRIL, held_lots=held), MAY, lanes={lane_of("chat", Side.BUY, 256): Lane(1, filled)}
    )
    valid = NOON + policy.orders.valid_hours * 3_600 + off
    document = {
        "format": EXIT_FORMAT, "team": "chat", "account": ACCOUNT, "policy": hash_of(policy),
        "observed_at": "2026-03-04", "valid_until": max(valid, 0), "orders": raws,
    }  # fmt: skip
    try:
        wanted = wanted_of(document)
    except PargradeError:
        return
    today = plan_of_today()
    if not objections(wanted, document, today, policy, now, Circumstances()):
        require_within(policy, now, wanted)


@pytest.mark.parametrize("action", ["SELL", "BUY"])
@pytest.mark.parametrize("nonce", [1, 2])
def test_plan_of_a_stranger__that_says_its_lane_has_filled_more__is_counted_whole(action, nonce):
    """What is signed is for all that the lane fills, so a false beginning is more lots."""
    policy, now = policy_of(), market(replace(APRIL, held_lots=100), MAY)
    raw = {
        "action": action, "series": "APR", "series_id": "256", "lots": 1, "limit8": "198000000",
        "held_lots": 100, "lane_nonce": nonce, "lane_filled": 40_000,
    }  # fmt: skip
    document = {
        "format": EXIT_FORMAT, "team": "chat", "account": ACCOUNT, "policy": hash_of(policy),
        "valid_until": NOON + 3_600, "orders": [raw],
    }  # fmt: skip
    found = objections(wanted_of(document), document, None, policy, now, Circumstances())
    assert {each.ground for each in found} == {Ground.POSITION, Ground.LOTS}


def test_plan_of_a_stranger__that_sells_one_position_twice__is_refused():
    policy, now = policy_of(), market(replace(APRIL, held_lots=100), MAY)
    raw = {
        "action": "SELL", "series": "APR", "series_id": "256", "lots": 60, "limit8": "198000000",
        "held_lots": 100, "lane_nonce": 1, "lane_filled": 0,
    }  # fmt: skip
    far = {"far": "MAY", "far_id": "512", "far_limit8": "200000000", "far_held_lots": 0}
    document = {
        "format": EXIT_FORMAT, "team": "chat", "account": ACCOUNT, "policy": hash_of(policy),
        "valid_until": NOON + 3_600, "orders": [raw, {**raw, "action": "ROLL", **far}],
    }  # fmt: skip
    found = objections(wanted_of(document), document, None, policy, now, Circumstances())
    assert [each.why for each in found] == ["120 of APR to sell, 100"]


@cache
def plan_of_today() -> HedgePlan:
    now = market(APRIL, MAY)
    return plan_exposure(
        flat_need(), policy_of(), now.snapshot({256: (1, 0), 512: (1, 0)}, ()), None
    ).plan


def test_plan_of_a_stranger__within_the_policy__is_carried_out():
    """The property above can hold for orders, too."""
    policy, now = policy_of(), market(replace(APRIL, held_lots=100), MAY)
    raw = {
        "action": "SELL", "series": "APR", "series_id": "256", "lots": 100, "limit8": "198000000",
        "held_lots": 100, "lane_nonce": 1, "lane_filled": 0,
    }  # fmt: skip
    document = {
        "format": EXIT_FORMAT, "team": "chat", "account": ACCOUNT, "policy": hash_of(policy),
        "valid_until": NOON + 3_600, "orders": [raw],
    }  # fmt: skip
    wanted = wanted_of(document)
    assert objections(wanted, document, None, policy, now, Circumstances()) == []
    require_within(policy, now, wanted)
    assert POLICY["max_lots"] == 40_000
