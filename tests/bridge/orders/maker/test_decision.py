"""Whatever is taken, moved, lost or denied: what is held and could still be filled is in limits."""

from dataclasses import replace
from random import Random

import pytest

from bridge.orders.client.answers import RestingOrder
from bridge.orders.maker.decision import Decision, decide, expected_inventory, room_of
from bridge.orders.maker.ladder import LadderTerms, full_ladder
from bridge.orders.maker.outstanding import Outstanding, SignedQuote
from bridge.orders.maker.quotes import LaneQuote, lane_of, wanted_quotes
from bridge.orders.signed.listing import Listing
from pargrade.bindings.structs import Side
from pargrade.chain.hashing import keccak
from pargrade.futures.order import CANCELLED, Lane

CENT = 10**6
SERIES, EPOCH = 512, 9
LISTING = Listing(SERIES, 10**10, 0, 0, 1, 6)
TERMS = LadderTerms(levels=3, lots=500, spread_bps=100, gap_bps=50, skew_bps=200, most_lots=2_000)
LIFETIME = 600


class World:
    """A chain and a relay that know what was signed, and a maker between them."""

    def __init__(self, terms, *, call=True):
        self.terms, self.call = terms, call
        self.outstanding = Outstanding(EPOCH)
        self.lanes, self.inventory, self.now, self.centre = {}, 0, 1_000, 230 * CENT
        self.book = {}
        """Lots that the relay has, by hash."""

    def sign(self, quote):
        nonce = self.outstanding.next_nonce()
        hashes = frozenset(
            keccak(f"{quote.lane} {nonce} {price}".encode()) for price in quote.prices
        )
        made = SignedQuote(quote, nonce, self.now + LIFETIME, (), hashes)
        self.outstanding.add(made)
        return made

    def look(self, *, shows=True):
        self.outstanding.observe(dict(self.lanes), self.now)
        rows = [
            RestingOrder(order, "resting", 1, SERIES, Side.BUY, CENT, lots, 1, 1, 1)
            for order, lots in self.book.items()
            if shows and lots
        ]
        self.outstanding.note_resting(rows)

    def step(self, *, takes=True, shows=True, cancels=True):
        """A pass. Where the relay does not take, show or cancel, it denies or says nothing."""
        self.look(shows=shows)
        expected = expected_inventory(self.inventory, self.outstanding)
        ladder = full_ladder(self.centre, expected, self.terms, LISTING)
        wanted = wanted_quotes(SERIES, EPOCH, ladder, CENT if self.call else 0)
        made = decide(
            wanted, self.outstanding, self.inventory, self.terms, self.now + LIFETIME // 4
        )
        for each in made.cancel:
            if cancels:
                each.withdrawn, each.rests = each.quote.lots, 0
            for order in each.hashes:
                self.book.pop(order, None)
        for each in [*made.again, *map(self.sign, made.sign)]:
            each.is_accepted = takes
            for order in each.hashes if takes else ():
                self.book[order] = each.quote.lots
        return made

    def fill(self, each, lots):
        """On the chain, by whoever has the order."""
        lane = self.lanes.get(each.quote.lane, Lane())
        lots = min(lots, each.open_lots(lane, self.now))
        if lots:
            filled = lane.filled if lane.nonce == each.nonce else 0
            self.lanes[each.quote.lane] = Lane(each.nonce, filled + lots)
            self.inventory += lots if each.quote.side is Side.BUY else -lots

    def end(self, lane, nonce):
        if nonce >= self.lanes.get(lane, Lane()).nonce:
            self.lanes[lane] = Lane(nonce, CANCELLED)


def total(quotes, side):
    return sum(each.lots for each in quotes if each.side is side)


@pytest.mark.parametrize("seed", range(8))
def test_lots__whatever_relay_takers_and_clock_do__are_never_beyond_the_limit(seed):
    random = Random(seed)
    terms = replace(
        TERMS,
        levels=random.randint(1, 6),
        lots=random.randint(10, 900),
        most_lots=random.randint(10, 3_000),
    )
    world = World(terms, call=random.random() < 0.8)
    signed = 0
    for _ in range(150):
        flags = {name: random.random() < 0.8 for name in ("takes", "shows", "cancels")}
        made = world.step(**flags)
        signed += len(made.sign)
        if random.random() < 0.5:
            for lane, nonce in made.end.items():
                world.end(lane, nonce)
        # The worst that those who have the orders can do: fill all of a side.
        world.look()
        for side in Side:
            assert room_of(side, world.inventory, world.outstanding, terms) >= 0
        everything = list(world.outstanding)
        for each in random.sample(everything, random.randint(0, min(4, len(everything)))):
            world.fill(each, random.choice((10, 100, each.quote.lots)))
        assert abs(world.inventory) <= terms.most_lots
        world.centre = random.randint(150, 300) * CENT if random.random() < 0.2 else world.centre
        world.now += random.choice((0, 2, 60, 700))
    assert signed > 20


@pytest.mark.parametrize("held", [0, 1_000, 1_995, -1_995, 2_000, -2_500])
def test_quotes__with_the_part_in_a_call__fill_the_room_and_no_more(held):
    world = World(TERMS)
    world.inventory = held
    made = world.step()
    for side, room in ((Side.BUY, 2_000 - held), (Side.SELL, 2_000 + held)):
        lots = total(made.sign, side)
        assert lots <= max(room, 0)
        assert lots >= min(room, 1_500) - TERMS.least_lots
    if held == 1_000:
        rules = [(each.rule, each.lots) for each in made.sign if each.side is Side.BUY]
        assert rules == [("GTC", 500), ("CALL", 500)]


def test_rungs__matched_and_not_yet_on_the_chain__count_as_held_and_move_the_centre():
    world = World(TERMS, call=False)
    first = world.step()
    for each in list(world.outstanding):
        if each.quote.side is Side.SELL:
            for order in each.hashes:
                world.book[order] = 0
    second = world.step()
    assert expected_inventory(0, world.outstanding) == -1_500
    before, after = (
        min(each.prices[0] for each in made.sign if each.side is Side.SELL)
        for made in (first, second)
    )
    assert after > before
    assert total(second.sign, Side.SELL) == 500
    for each in list(world.outstanding):
        if each.quote.side is Side.SELL:
            for order in each.hashes:
                world.book[order] = 0
    assert not [each for each in world.step().sign if each.side is Side.SELL]


def test_quotes__that_nothing_moves__stay_and_are_renewed_in_their_last_quarter():
    world = World(replace(TERMS, most_lots=3_000))
    assert len(world.step().sign) == 8
    world.now += LIFETIME * 3 // 4 - 1
    assert world.step() == Decision()
    world.now += 1
    made = world.step()
    # Of four on a side two have room beside what they replace: the others stay.
    assert [each.quote.lane for each in made.cancel] == [each.lane for each in made.sign]
    assert len(made.sign) == 4
    world.now += LIFETIME // 4
    assert len(world.step().sign) == 4


def test_order__that_the_relay_refused__is_sent_again_as_it_was_signed():
    world = World(TERMS)
    signed = world.step(takes=False).sign
    for _ in range(50):
        made = world.step(takes=False)
        assert (made.sign, len(made.again)) == ([], len(signed))


def test_orders__taken_away_where_room_is_short__are_ended_on_the_chain_and_no_others():
    world = World(TERMS, call=False)
    world.step()
    asks = [each for each in world.outstanding if each.quote.side is Side.SELL]
    # The first ask is matched and on its way: nothing may end it.
    for order in asks[0].hashes:
        world.book[order] = 0
    world.centre = 260 * CENT
    made = world.step()
    assert not made.end
    assert len(made.cancel) == 5
    made = world.step()
    assert made.end == {each.quote.lane: each.nonce for each in asks[1:]} | made.end
    assert asks[0].quote.lane not in made.end
    for lane, nonce in made.end.items():
        world.end(lane, nonce)
    assert total(world.step().sign, Side.SELL) > 0


def test_order__the_chain_brings_back_in_a_reorganisation__counts_again():
    world = World(TERMS, call=False)
    world.step()
    [each] = [e for e in world.outstanding if e.quote.lane == lane_of(SERIES, EPOCH, Side.BUY, "0")]
    world.end(each.quote.lane, each.nonce)
    world.look()
    assert world.outstanding.open_of(each) == 0
    world.now += LIFETIME // 2
    world.look()
    del world.lanes[each.quote.lane]
    world.look()
    assert world.outstanding.open_of(each) == 500
    world.now += LIFETIME + 10_000
    world.look()
    world.now += 10_000
    world.look()
    assert list(world.outstanding) == []


def test_lanes__of_another_epoch__are_others():
    quote = LaneQuote(lane_of(SERIES, EPOCH, Side.BUY, "0"), Side.BUY, (CENT,), 10, "GTC")
    assert quote.lane != lane_of(SERIES, EPOCH + 1, Side.BUY, "0")
