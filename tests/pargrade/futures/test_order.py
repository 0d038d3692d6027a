from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.bindings.structs import Leg, Order, Side
from pargrade.chain.keys import Key, Signature, recover
from pargrade.futures.order import (
    ANYONE,
    BadRoll,
    Lane,
    NotTradable,
    OrderOver,
    digest,
    exchange_domain,
    fee,
    is_within,
    mask,
    payment,
    roll_of,
    sign,
)
from pargrade.units import TICK, Price

KEY = Key(b"\x42" * 32)
ORDER = Order(
    series=7 << 8,
    side=Side.SELL,
    grade=0,
    legs=mask(Leg),
    price=2_40_000_000,
    lots=73_000,
    maker=KEY.address,
    taker=ANYONE,
    matcher=ANYONE,
    epoch=0,
    lane=1,
    nonce=5,
    expiry=1_800_000_000,
)
ticks = st.integers(1, 10**6).map(lambda steps: Price(steps * TICK))
lots = st.integers(1, 10**9)
LEGS = st.sampled_from(Leg)


def test_sign__any_order__is_the_maker_s_and_deterministic():
    domain = exchange_domain(31337, ANYONE)
    signature = sign(ORDER, domain, KEY)
    assert recover(digest(ORDER, domain), Signature.of_compact(signature)) == KEY.address
    assert sign(ORDER, domain, KEY) == signature


@given(st.lists(st.integers(1, 40_000), max_size=8))
def test_lane__any_parts__fill_the_order_and_no_lot_more(parts):
    lane, filled = Lane(), 0
    for part in parts:
        if filled + part > ORDER.lots:
            with pytest.raises(OrderOver):
                lane.spend(ORDER, part)
            continue
        lane, filled = lane.spend(ORDER, part), filled + part
        assert lane.remaining(ORDER) == ORDER.lots - filled


def test_lane__no_lots__is_refused():
    with pytest.raises(OrderOver):
        Lane().spend(ORDER, 0)


@given(st.integers(0, 2**32))
def test_lane__cancelled__has_nothing_left_and_later_nonces_have_all(nonce):
    lane = Lane(3, 10).cancel(nonce)
    for order in (ORDER, replace(ORDER, nonce=nonce)):
        assert (lane.remaining(order) > 0) == (order.nonce > nonce)
    assert lane.remaining(replace(ORDER, nonce=max(nonce, 3) + 1)) == ORDER.lots


@given(LEGS, ticks, ticks, lots, lots)
def test_payment__two_slices__pay_what_one_does(leg, price, reference, first, second):
    whole = payment(leg, price, reference, first + second, 6)
    parts = (payment(leg, price, reference, part, 6) for part in (first, second))
    assert whole == sum(parts)


@given(ticks, ticks, lots)
def test_payment__of_long__is_the_premium_and_the_lock(price, reference, some):
    lock = reference * some // 10**4
    assert payment(Leg.LONG, price, reference, some, 6) == price * some // 10**4
    for leg in (Leg.MINT, Leg.SHORT, Leg.MERGE):
        premium = payment(leg, price, reference, some, 6)
        assert premium + lock == payment(Leg.LONG, price, reference, some, 6)


@given(ticks, st.integers(0, 20), st.integers(-(10**6), 10**6), lots, st.sampled_from(Side))
def test_is_within__all_in__is_no_worse_than_the_limit(price, bps, off, some, side):
    limit = Price(max(0, price + off))
    if not is_within(side, price, limit, bps):
        return
    paid, worst = price * some // 10**4, limit * some
    taken = fee(price, some, bps, 6)
    if side is Side.BUY:
        assert (paid + taken) * 10**4 <= worst
    else:
        assert (paid - taken) * 10**4 >= worst


def test_payment__price_off_the_tick_or_inexact__is_refused_with_the_price():
    with pytest.raises(NotTradable, match=r"2\.405 USD"):
        payment(Leg.MINT, Price(240_500_000), Price(TICK), 1, 6)
    with pytest.raises(NotTradable):
        payment(Leg.MINT, Price(TICK), Price(10**8), 1, 2)


def test_roll_of__two_orders__closes_near_and_opens_far():
    rolled = roll_of(ORDER, replace(ORDER, series=9 << 8, side=Side.BUY))
    assert rolled.near.legs == mask((Leg.LONG, Leg.MERGE))
    assert rolled.far.legs == mask((Leg.MINT, Leg.LONG))
    back = roll_of(replace(ORDER, side=Side.BUY), ORDER)
    assert back.near.legs == mask((Leg.SHORT, Leg.MERGE))
    assert back.far.legs == mask((Leg.MINT, Leg.SHORT))


@pytest.mark.parametrize("other", [{}, {"lots": 1}, {"nonce": 6}, {"lane": 2}, {"epoch": 1}])
def test_roll_of__orders_that_do_not_belong_together__is_refused(other):
    far = replace(ORDER, **({"side": Side.BUY, **other} if other else {}))
    with pytest.raises(BadRoll):
        roll_of(ORDER, far)
