"""`pargrade.order` against the bytecode of FuturesExchange: digests, lanes and every payment."""

from dataclasses import astuple, replace
from random import Random
from typing import Final

import pytest

from pargrade.bindings import errors
from pargrade.bindings.futures_exchange import Filled
from pargrade.bindings.futures_market import SeriesCreated
from pargrade.bindings.structs import Leg, Order, Roll, SeriesTerms, Side, Style, Take
from pargrade.chain.hashing import address_of
from pargrade.chain.keys import Key
from pargrade.clock import DAY_S
from pargrade.futures import order as twin
from pargrade.futures.permission import Cancellation, OperatorPermit, market_domain
from pargrade.units import LOT, Price
from tests.support.evm import ME
from tests.support.venue import Venue

MIDNIGHT: Final = 1_772_582_400
MAKER: Final = Key(b"\x31" * 32)
PLENTY: Final = 2**256 - 1
DIGESTS, TRADES = 300, 400
STEP: Final = 10**6
REFUSALS: Final = (errors.LotsExceeded, errors.NonceOver, errors.NoLots, errors.BadPrice)


class Pit(Venue):
    """One series, and two parties who hold both sides of it."""

    def __init__(self, decimals: int, reference: int) -> None:
        super().__init__(MIDNIGHT)
        self.quote_decimals, self.reference = decimals, Price(reference)
        self.domain = twin.exchange_domain(self.evm.chain_id, self.exchange.address)
        token, self.quote = self.token(6), self.token(decimals)
        self.unit = self.grade(token, 6, 10**18)
        self.record(MIDNIGHT + 600, reference)
        terms = SeriesTerms(
            index=0,
            start=MIDNIGHT + DAY_S,
            expiry=MIDNIGHT + 2 * DAY_S,
            reference_price=reference,
            low=0,
            high=0,
            quote_token=self.quote.address,
            style=Style.NET,
            units=(self.unit.address,),
            cap_lots=(2**48 - 1,),
        )
        self.evm.send(self.market.create(terms))
        [created] = self.evm.events(SeriesCreated, self.market.address)
        self.series = created.series
        for party in (ME, MAKER.address):
            for call in (
                token.mint(party, 10**18),
                token.approve(self.unit.address, PLENTY),
                self.unit.wrap(10**18, 0, party),
                self.quote.mint(party, 10**50),
                *(self.quote.approve(spender, PLENTY) for spender in self.spenders),
                *(self.unit.approve(spender, PLENTY) for spender in self.spenders),
                self.market.set_operator(self.exchange.address, True),
                self.market.open(self.series, 0, 10**12, party, party),
            ):
                self.evm.send(call, sender=party)

    @property
    def spenders(self) -> tuple[str, str]:
        return self.market.address, self.exchange.address

    def held(self, party: str) -> tuple[int, int, int, int]:
        """Quote, units, LONG and SHORT."""
        return (
            self.quote.balance_of(party, block=MIDNIGHT),
            self.unit.balance_of(party, block=MIDNIGHT),
            self.market.balance_of(party, self.series, block=MIDNIGHT),
            self.market.balance_of(party, self.series + 1, block=MIDNIGHT),
        )


def _order(random: Random) -> Order:
    """Any order at all: every field of any size it has room for."""

    def bits(most: int) -> int:
        return random.getrandbits(random.randint(0, most))

    return Order(
        series=bits(256),
        side=random.choice(list(Side)),
        grade=bits(8),
        legs=bits(8),
        price=bits(64),
        lots=bits(64),
        maker=address_of(bits(160).to_bytes(20)),
        taker=address_of(bits(160).to_bytes(20)),
        matcher=address_of(bits(160).to_bytes(20)),
        epoch=bits(64),
        lane=bits(64),
        nonce=bits(64),
        expiry=bits(40),
    )


def test_digest__any_order_or_roll__python_equals_bytecode():
    random = Random(20_260_308)
    venue = Venue(MIDNIGHT)
    domain = twin.exchange_domain(venue.evm.chain_id, venue.exchange.address)
    for _ in range(DIGESTS):
        near, far = _order(random), _order(random)
        assert twin.digest(near, domain) == venue.exchange.order_digest(near, block=MIDNIGHT)
        pair = Roll(near, far)
        assert twin.digest(pair, domain) == venue.exchange.roll_digest(pair, block=MIDNIGHT)


def test_digest__any_cancellation_or_operator__python_equals_bytecode():
    random = Random(20_260_310)
    venue = Venue(MIDNIGHT)
    exchange, market = venue.exchange, venue.market
    orders = twin.exchange_domain(venue.evm.chain_id, exchange.address)
    positions = market_domain(venue.evm.chain_id, market.address)
    for _ in range(DIGESTS // 10):
        who, whom = (address_of(random.randbytes(20)) for _ in range(2))
        nonce, deadline = random.getrandbits(64), random.getrandbits(256)
        over = Cancellation(who, random.getrandbits(64), nonce, deadline)
        asked = exchange.cancellation_digest(*astuple(over), block=MIDNIGHT)
        assert over.digest(orders) == asked
        operator = OperatorPermit(who, whom, random.random() < 0.5, nonce, deadline)
        asked = market.operator_digest(*astuple(operator), block=MIDNIGHT)
        assert operator.digest(positions) == asked


@pytest.mark.parametrize(("decimals", "reference"), [(6, 240 * 10**6), (2, 3 * 10**8)])
def test_fill__any_leg_price_and_part__moves_what_python_says(decimals, reference):
    random = Random(20_260_309 + decimals)
    pit = Pit(decimals, reference)
    fee_bps = random.randint(1, 20)
    collector = address_of(b"\x77" * 20)
    pit.evm.send(pit.exchange.set_fee(fee_bps, collector))
    lanes = {lane: twin.Lane() for lane in range(16)}
    live: list[tuple[Order, bytes]] = []
    refused = owed = 0
    for _ in range(TRADES):
        if not live or random.random() < 0.6:
            live.append(_signed(pit, random, lanes))
        order, signature = random.choice(live[-3:])
        take = _take(random, order)
        expected = lanes[order.lane].remaining(order)
        assert pit.exchange.remaining(order, block=MIDNIGHT) == expected
        if random.random() < 0.1:
            # Half of them brought by somebody else, on the maker's signature.
            if random.random() < 0.5:
                pit.evm.send(pit.exchange.cancel(order.lane, order.nonce), sender=order.maker)
            else:
                over = Cancellation(order.maker, order.lane, order.nonce, PLENTY)
                signed = over.sign(pit.domain, MAKER)
                pit.evm.send(pit.exchange.cancel_signed(*astuple(over), signed))
            lanes[order.lane] = lanes[order.lane].cancel(order.nonce)
        limit = 2**64 - 1 if order.side is Side.SELL else 0
        before = [pit.held(party) for party in (order.maker, ME, pit.exchange.address)]
        call = pit.exchange.fill(order, signature, take, limit)
        try:
            spent = lanes[order.lane].spend(order, take.lots)
            due = twin.payment(take.leg, Price(order.price), pit.reference, take.lots, decimals)
        except (twin.OrderOver, twin.NotTradable):
            with pytest.raises(REFUSALS):
                pit.evm.send(call)
            refused += 1
            continue
        pit.evm.send(call)
        lanes[order.lane] = spent
        [filled] = pit.evm.events(Filled, pit.exchange.address)
        paid = twin.fee(Price(order.price), take.lots, fee_bps, decimals)
        assert (filled.order, filled.fee) == (twin.struct_hash(order), paid)
        after = [pit.held(party) for party in (order.maker, ME, pit.exchange.address)]
        maker, taker, fees = (
            tuple(now - then for now, then in zip(new, old, strict=True))
            for new, old in zip(after, before, strict=True)
        )
        locked = twin.lot_value(pit.reference, decimals) * take.lots
        buyer, seller = _moved(take, due, locked)
        mine = (buyer, seller) if order.side is Side.BUY else (seller, buyer)
        assert maker == mine[0]
        assert taker == (mine[1][0] - paid, *mine[1][1:])
        assert fees == (paid, 0, 0, 0)
        owed += paid
    pit.evm.send(pit.exchange.claim_fees(pit.quote.address))
    assert pit.held(collector) == (owed, 0, 0, 0)
    assert TRADES // 10 < refused < TRADES * 2 // 3


def _moved(take: Take, due: int, locked: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What a fill does to buyer and seller: quote, units, LONG, SHORT."""
    lots, units = take.lots, take.lots * int(LOT)
    return {
        Leg.MINT: ((-due - locked, 0, lots, 0), (due, -units, 0, lots)),
        Leg.LONG: ((-due, 0, lots, 0), (due, 0, -lots, 0)),
        Leg.SHORT: ((-due, units, 0, -lots), (due, -units, 0, lots)),
        Leg.MERGE: ((-due, units, 0, -lots), (due + locked, 0, -lots, 0)),
    }[take.leg]


def _signed(pit: Pit, random: Random, lanes: dict[int, twin.Lane]) -> tuple[Order, bytes]:
    lane = random.choice(list(lanes))
    whole = 10**8 if pit.quote_decimals == 2 and random.random() < 0.8 else STEP
    order = Order(
        series=pit.series,
        side=random.choice(list(Side)),
        grade=0,
        legs=twin.mask(Leg),
        price=random.randrange(1, 800) * whole,
        lots=random.randrange(1, 10 ** random.randint(1, 7)),
        maker=MAKER.address,
        taker=twin.ANYONE,
        matcher=twin.ANYONE,
        epoch=0,
        lane=lane,
        nonce=lanes[lane].nonce + random.choice((0, 1, 1, 1, 5)),
        expiry=2**40 - 1,
    )
    return order, twin.sign(order, pit.domain, MAKER)


def _take(random: Random, order: Order) -> Take:
    leg = random.choice(list(Leg))
    lots = random.choice((order.lots, *(random.randint(0, order.lots) for _ in range(4))))
    return Take(lots, leg, 0 if leg is Leg.LONG else 1)


def test_sign__another_chain_contract_or_field__is_another_digest():
    order = _order(Random(7))
    domain = twin.exchange_domain(1, ME)
    others = {
        twin.digest(order, twin.exchange_domain(2, ME)),
        twin.digest(order, twin.exchange_domain(1, MAKER.address)),
        twin.digest(replace(order, lots=order.lots ^ 1), domain),
        twin.digest(Roll(order, order), domain),
    }
    assert len(others | {twin.digest(order, domain)}) == 5
