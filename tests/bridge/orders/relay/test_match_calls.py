"""Fills of a match are cut where a transaction would be too dear, and no lot is lost by it."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from bridge.orders.relay.gas_shares import GasShares
from bridge.orders.relay.match_calls import cut_to_gas, pair_up
from bridge.orders.signed.order import SignedOrder, SignedRoll
from pargrade.bindings.structs import Fill, Leg, Side, Take
from pargrade.chain.transaction import MOST_GAS
from pargrade.clock import DAY_S
from tests.support.signed_orders import BASE

BURN = 170_000
MICROS = 1_000_000
NEAR = SignedOrder.of_struct(BASE)
FAR = SignedOrder.of_struct(replace(BASE, side=Side.SELL))


def fills_of(random, lots):
    """Fills of so many lots, each of another order; of some the maker is a contract."""
    found = []
    while lots:
        own = min(random.randint(1, 40), lots)
        order = replace(BASE, lane=random.getrandbits(60))
        found.append((Fill(order, b"", Take(own, Leg.MINT, 1)), random.choice((0, BURN))))
        lots -= own
    return found


def lots_by_order(fills):
    found = Counter()
    for fill in fills:
        found[fill.order.lane] += fill.take.lots
    return found


@pytest.mark.parametrize("seed", range(20))
def test_roll__of_any_fills__is_cut_into_parts_of_equal_halves_with_every_lot(seed):
    random = Random(seed)
    lots = random.randint(1, 4_000)
    near, far = fills_of(random, lots), fills_of(random, lots)
    parts = list(cut_to_gas(SignedRoll(NEAR, FAR), pair_up(near, far)))
    halves = [list(zip(*part.steps, strict=True)) for part in parts]
    for near_part, far_part in halves:
        sums = [sum(fill.take.lots for fill in half) for half in (near_part, far_part)]
        assert sums[0] == sums[1] > 0
    for half, given in enumerate((near, far)):
        cut = [fill for part in halves for fill in part[half]]
        assert lots_by_order(cut) == lots_by_order(fill for fill, _ in given)


@pytest.mark.parametrize("seed", range(20))
def test_order__of_any_fills__is_cut_where_the_worst_of_them_would_be_too_dear(seed):
    random = Random(seed)
    given = fills_of(random, random.randint(1, 3_000))
    parts = list(cut_to_gas(NEAR, [((fill,), burn) for fill, burn in given]))
    assert [fill for part in parts for fill in part.fills] == [fill for fill, _ in given]
    burns = {fill.order.lane: burn for fill, burn in given}
    for part in parts:
        assert part.signature_gas == sum(burns[fill.order.lane] for fill in part.fills)
        assert 140_000 * len(part.fills) + part.signature_gas < MOST_GAS
    assert all(len(part.fills) > 50 for part in parts[:-1])
    halves = parts[0].halves()
    assert sum((half.fills for half in halves), ()) == (parts[0].fills if halves else ())


def test_shares__of_a_day__pay_everyones_first_and_are_free_again_a_day_later():
    shares, now = GasShares(1_000, 10), 5 * MICROS
    assert not shares.is_used_up(b"a", 0, now)
    # On its way counts, too.
    assert shares.is_used_up(b"a", 100, now)
    shares.note(b"a", 700, now)
    assert shares.is_used_up(b"a", 0, now)
    assert not shares.is_used_up(b"b", 0, now)
    assert shares.is_used_up(b"a", 0, now + DAY_S * MICROS - 1)
    assert not shares.is_used_up(b"a", 0, now + DAY_S * MICROS)
    boundless = GasShares(None, 10)
    boundless.note(b"a", 10**30, now)
    assert not boundless.is_used_up(b"a", 10**30, now)
