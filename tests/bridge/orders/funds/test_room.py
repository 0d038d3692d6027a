"""The room that a relay sees is the room that the market has, whatever its caps, time and index."""

import re
from random import Random

import pytest

from bridge.orders.funds.chain_state import MarketState
from bridge.orders.funds.room import open_ways, why_no_room
from bridge.orders.signed.way import way_of
from pargrade.bindings.structs import Leg, Side
from pargrade.chain.errors import ContractError
from pargrade.chain.hashing import address_of
from tests.support.market import DAY, MIDNIGHT, PRICE, account

pytestmark = pytest.mark.full

CENT = 10**6
MINT = way_of(Leg.MINT, 1)


def maker_at(market, number):
    """An account whose pairs the market's wallet may open."""
    owner = account(number)
    market.do_as(owner, market.quote.approve(market.market.address, 2**256 - 1))
    market.do_as(owner, market.market.set_operator(market.me, True))
    market.do(market.quote.mint(owner, 10**15))
    return owner


def later(market):
    """When the next round may be."""
    return (market.now // 60 + 6) * 60


def change_something(market, series, owners, random):
    """One thing that room depends on."""
    act = random.randrange(7)
    if act == 0:
        market.do(market.market.set_month_cap(0, random.choice((0, 45, 100, 1_000))))
    elif act == 1:
        value = PRICE + random.choice((-10, -5, -4, 0, 0, 4, 5)) * CENT
        market.record(later(market), value)
    elif act == 2:
        market.chain.mine_at(market.now + random.choice((600, 600, 14 * 3_600)))
    elif act == 3:
        stop = random.random() < 0.3
        market.do(market.market.stop_entry() if stop else market.market.allow_entry())
    elif act == 4:
        owner = random.choice(owners)
        lots = market.market.balance_of(market.me, series, block=market.chain.head())
        market.do(market.market.transfer(owner, series, min(lots, random.randrange(1, 20))))
    else:
        lots = random.randrange(1, 30)
        change = market.market.open if act == 5 else market.market.merge
        market.do(change(series, 0, lots, market.me, market.me))


def test_room__of_a_banded_series_over_its_life__is_what_open_decides(market):
    random = Random(14)
    start = MIDNIGHT + DAY
    series = market.list_banded(PRICE - 5 * CENT, PRICE + 5 * CENT, start=start, days=9)
    exchange = market.deployment.address("FuturesExchange")
    owners = [maker_at(market, number) for number in range(3)]
    opened, reasons = 0, set()
    for number in range(80):
        if number == 20:
            market.record(max(start, later(market)), PRICE)
        elif number == 75:
            market.record(max(start + 9 * DAY, later(market)), PRICE)
        try:
            change_something(market, series, owners, random)
        except ContractError:
            continue
        state = MarketState(
            market.chain, exchange, market.market.address, market.deployment.address("SpotIndex")
        )
        for _ in range(3):
            long, short = random.choice(owners), random.choice(owners)
            lots = random.choice((1, 3, 4, 5, 9, 10, 11, 40, 100))
            room = state.room(series)
            both = MINT
            for side, owner in ((Side.BUY, long), (Side.SELL, short)):
                means = state.means(bytes.fromhex(owner[2:]), series)
                left = open_ways(side, MINT, lots, means, room)
                if not left:
                    reasons.add(re.sub(r"\d+", "N", why_no_room(side, lots, means, room)))
                both &= left
            call = market.market.open(series, 0, lots, long, short)
            try:
                market.chain.call(call, block=state.block, sender=market.me)
                opens = True
            except ContractError:
                opens = False
            assert opens == bool(both), (number, lots, room)
            opened += opens
    assert opened > 30
    assert len(reasons) == 6, reasons


def test_room__of_a_series_of_two_grades__is_that_of_each_until_the_window(market):
    market.list_grade("H100")
    series = market.list_series("A1GH", "H100", start=MIDNIGHT + DAY, days=2)
    exchange, index = (market.deployment.address(n) for n in ("FuturesExchange", "SpotIndex"))
    market.open(series, 7, 1)

    def room():
        return MarketState(market.chain, exchange, market.market.address, index).room(series)

    assert (room().lots, room().held, room().why) == ((10**9, 10**9 - 7), None, "")
    market.chain.mine_at(MIDNIGHT + DAY)
    assert room().lots == (0, 0)
    assert str(MIDNIGHT + DAY) in room().why


def test_open_ways__whatever_the_room__keep_all_that_open_nothing():
    ways = way_of(Leg.MERGE, 1) | way_of(Leg.LONG, 0)
    assert open_ways(Side.BUY, ways, 10**9, None, None) == ways


def test_address__of_a_maker__is_read_as_the_chain_has_it(market):
    """A maker of whom nothing is known has nothing, and its epoch is the first."""
    exchange = market.deployment.address("FuturesExchange")
    series = market.list_series("A1GH")
    state = MarketState(market.chain, exchange, market.market.address)
    nobody = [number.to_bytes(20) for number in range(1, 301)]
    state.read_accounts((maker, series) for maker in nobody)
    means = state.means(nobody[0], series)
    assert (means.quote.balance, means.positions, means.is_operator) == (0, (0, 0), False)
    market.do(market.quote.mint(address_of(nobody[299]), 77))
    assert state.means(nobody[299], series).quote.balance == 0
    step = state.look_ahead()
    assert nobody[299] in step.news.touched
    assert state.means(nobody[299], series).quote.balance == 0
    assert state.advance(step)
    assert state.look_ahead() is None
    assert not state.advance(step)
    assert state.means(nobody[299], series).quote.balance == 77
    assert state.epoch(nobody[299]) == 0
