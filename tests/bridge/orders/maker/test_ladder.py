"""Whatever the inventory, a ladder has two sides that do not cross, and stays within its limits."""

from random import Random

import pytest

from bridge.orders.maker.ladder import LadderTerms, full_ladder, moved_centre, within_limits
from bridge.orders.signed.listing import Listing
from pargrade.bindings.structs import Side

CENT = 10**6
COVERED = Listing(1, 10**10, 0, 0, 1, 6)
BANDED = Listing(1, 10**10, 200 * CENT, 260 * CENT, 1, 6)
TERMS = LadderTerms(levels=4, lots=100, spread_bps=100, gap_bps=50, skew_bps=200, most_lots=1_000)


def make_ladder(centre, inventory, terms, listing):
    return within_limits(full_ladder(centre, inventory, terms, listing), inventory, terms)


def sides(ladder):
    return ([r for r in ladder if r.side is side] for side in (Side.BUY, Side.SELL))


@pytest.mark.parametrize("listing", [COVERED, BANDED])
def test_ladder__of_any_terms__is_on_the_step_uncrossed_and_within_its_limits(listing):
    random = Random(1)
    for _ in range(3_000):
        most = random.randint(1, 10_000)
        terms = LadderTerms(
            levels=random.randint(1, 20),
            lots=random.randint(1, 3_000),
            spread_bps=random.randint(1, 2_000),
            gap_bps=random.randint(0, 500),
            skew_bps=random.randint(0, 2_000),
            most_lots=most,
        )
        inventory = random.randint(-2 * most, 2 * most)
        bids, asks = sides(make_ladder(random.randint(0, 10**10), inventory, terms, listing))
        for rung in (*bids, *asks):
            assert rung.price % listing.price_step == 0
            assert listing.mints_inside(rung.price)
            assert rung.lots >= terms.least_lots
        assert [r.price for r in bids] == sorted({r.price for r in bids}, reverse=True)
        assert [r.price for r in asks] == sorted({r.price for r in asks})
        if bids and asks:
            assert bids[0].price < asks[0].price
        assert not bids or inventory + sum(r.lots for r in bids) <= most
        assert not asks or -inventory + sum(r.lots for r in asks) <= most


def test_ladder__without_inventory__is_around_its_centre():
    bids, asks = sides(make_ladder(230 * CENT, 0, TERMS, COVERED))
    assert [r.price // CENT for r in bids] == [228, 227, 226, 225]
    assert [r.price // CENT for r in asks] == [232, 233, 234, 235]


def test_ladder__of_a_maker_who_is_long__is_lower_and_bids_less():
    flat, full = (make_ladder(230 * CENT, held, TERMS, COVERED) for held in (0, 1_000))
    assert moved_centre(230 * CENT, 1_000, TERMS) == 230 * CENT * 98 // 100
    assert moved_centre(230 * CENT, -1_000, TERMS) == 230 * CENT * 102 // 100
    bids, asks = sides(full)
    assert bids == []
    assert asks[0].price < next(r for r in flat if r.side is Side.SELL).price


def test_ladder__without_a_centre__is_empty():
    assert make_ladder(0, 0, TERMS, COVERED) == ()
