"""`pargrade.payoff` against the bytecode of FuturesMarket.

Getting one price on chain takes a window of rounds, a proposal and a day. For ten thousand cases
the result of all that, five fields of a series, is written into storage instead, on series that
were created and opened for real; the place of each field is checked against what the chain wrote
there itself. A smaller number of series go the whole way, and their redemptions are paid out.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

import pytest

from pargrade.bindings.futures_market import SeriesCreated
from pargrade.bindings.structs import Phase, SeriesTerms, SeriesView, Style
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.hashing import keccak
from pargrade.clock import DAY_S
from pargrade.futures import payoff as twin
from pargrade.units import LOT, SETTLEMENT_STEP, TICK, Lots, Price
from tests.support.evm import ME
from tests.support.venue import Venue

pytestmark = pytest.mark.full

MIDNIGHT: Final = 1_772_582_400
SERIES, CASES = 100, 100
BANDS = 30
ROUND_TRIPS = 60
PLENTY: Final = 2**256 - 1
MAPPING: Final = 1
"""Storage slot of the market's series, by id."""
SHORT_SINCE: Final = 2
"""Storage slot of the registry's first looks at shortages, by unit."""
PHASE, IMPAIRED, PRICE, REDEEMED = (0, 216, 8), (0, 232, 8), (1, 160, 64), (10, 0, 64)
"""Where a field of a series is: word, bit, bits."""


@dataclass
class Listed:
    """One series with pairs in it, as the twin sees it."""

    number: int
    view: SeriesView
    quote_decimals: int

    def outcome(
        self, phase: Phase, price: Price, impaired: frozenset[int] = frozenset()
    ) -> twin.Settled:
        delivered = phase is Phase.DELIVERED
        return twin.Settled(
            per_lot=twin.payoff(
                twin.Style.DELIVERY if delivered else twin.Style.NET,
                None if delivered else price,
                Price(self.view.terms.reference_price),
                self.quote_decimals,
            ),
            lots_by_grade={str(g): Lots(lots) for g, lots in enumerate(self.view.lots_of)},
            impaired=frozenset(map(str, impaired)),
        )


class Floor(Venue):
    """A market with eight grades and three quote tokens, and all of them in one hand."""

    def __init__(self, random: Random) -> None:
        super().__init__(MIDNIGHT)
        self.random = random
        self.evm.send(self.market.set_month_cap(0, 2**62))
        self.units = [self._unit() for _ in range(8)]
        self.quotes = {decimals: self._quote(decimals) for decimals in (4, 6, 18)}

    def _unit(self) -> WrappedUnit:
        token = self.token(6)
        unit = self.grade(token, 6, 10**18)
        for call in (
            token.mint(ME, 10**15),
            token.approve(unit.address, PLENTY),
            unit.wrap(10**15, 0, ME),
            unit.approve(self.market.address, PLENTY),
        ):
            self.evm.send(call)
        return unit

    def _quote(self, decimals: int) -> TestToken:
        quote = self.token(decimals)
        self.evm.send(quote.mint(ME, 10**40))
        self.evm.send(quote.approve(self.market.address, PLENTY))
        return quote

    def open_series(self, spot: int, start: int, days: int = 1) -> Listed:
        """A series on a few grades at some K near the spot, with lots of any size."""
        random = self.random
        units = random.sample(self.units, random.choice((1, 1, 2, 3, 8)))
        decimals = random.choice(list(self.quotes))
        terms = SeriesTerms(
            index=0,
            start=start,
            expiry=start + days * DAY_S,
            reference_price=random.randint(-(-spot // 2 // TICK) + 1, spot * 3 // 2 // TICK) * TICK,
            low=0,
            high=0,
            quote_token=self.quotes[decimals].address,
            style=random.choice((Style.NET, Style.NET, Style.NET, Style.DELIVERY)),
            units=tuple(unit.address for unit in units),
            cap_lots=(2**48 - 1,) * len(units),
        )
        self.evm.send(self.market.create(terms))
        [created] = self.evm.events(SeriesCreated, self.market.address)
        for grade in range(len(units)):
            lots = random.randrange(1, 2 ** random.randint(1, 30))
            if random.random() < 0.9 or grade == 0:
                self.evm.send(self.market.open(created.series, grade, lots, ME, ME))
        return Listed(created.series, self.market.series(created.series, block=MIDNIGHT), decimals)

    def open_banded(self, spot: int, start: int) -> Listed:
        """A BANDED series of a day in some band around the spot, with lots of any size."""
        random = self.random
        tick = spot // TICK
        reference = random.randint(tick // 2 + 1, tick * 3 // 2)
        decimals = random.choice(list(self.quotes))
        terms = SeriesTerms(
            index=0,
            start=start,
            expiry=start + DAY_S,
            reference_price=reference * TICK,
            low=random.randint(0, min(reference, tick) - 1) * TICK,
            high=random.randint(max(reference, tick) + 1, 4 * tick) * TICK,
            quote_token=self.quotes[decimals].address,
            style=Style.BANDED,
            units=(),
            cap_lots=(2**48 - 1,),
        )
        self.evm.send(self.market.create(terms))
        [created] = self.evm.events(SeriesCreated, self.market.address)
        lots = random.randrange(1, 2 ** random.randint(1, 30))
        self.evm.send(self.market.open(created.series, 0, lots, ME, ME))
        return Listed(created.series, self.market.series(created.series, block=MIDNIGHT), decimals)

    def impair(self, series: Listed, chance: float) -> frozenset[int]:
        """Lets the tokens behind some grades of a series vanish, and flags them for it."""
        struck = set()
        for grade, address in enumerate(series.view.terms.units):
            if self.random.random() < chance:
                unit = WrappedUnit(self.evm, address)
                slot = keccak(bytes(12) + bytes.fromhex(address[2:]) + bytes(32))
                token = unit.factor(block=MIDNIGHT).token
                self.evm.store(token, int.from_bytes(slot), 0)
                self._saw_shortage(address)
                self.evm.send(self.registry.impair(address))
                self.units[[each.address for each in self.units].index(address)] = self._unit()
                struck.add(grade)
        return frozenset(struck)

    def _saw_shortage(self, unit: str) -> None:
        """As if somebody had looked a day ago."""
        slot = keccak(bytes(12) + bytes.fromhex(unit[2:]) + SHORT_SINCE.to_bytes(32))
        self.evm.store(self.registry.address, int.from_bytes(slot), self.evm.time - DAY_S)

    def field(self, series: Listed, place: tuple[int, int, int]) -> int:
        word, bit, bits = place
        return self.evm.load(self.market.address, _slot(series) + word) >> bit & ((1 << bits) - 1)

    def set_field(self, series: Listed, place: tuple[int, int, int], value: int) -> None:
        word, bit, bits = place
        slot = _slot(series) + word
        kept = self.evm.load(self.market.address, slot) & ~(((1 << bits) - 1) << bit)
        self.evm.store(self.market.address, slot, kept | value << bit)


def _slot(series: Listed) -> int:
    return int.from_bytes(keccak(series.number.to_bytes(32) + MAPPING.to_bytes(32)))


def _price(random: Random, reference: int) -> Price:
    """Any settlement price: near K as often as far from it, and now and then K itself."""
    far = random.randrange(1, 2 ** random.randint(1, 50))
    near = reference // SETTLEMENT_STEP + random.randint(-200, 200)
    steps = random.choice((far, near, near, reference // SETTLEMENT_STEP))
    return Price(max(steps, 1) * SETTLEMENT_STEP)


def test_payoff__ten_thousand_outcomes_of_a_hundred_series__python_equals_bytecode():
    random = Random(20_260_305)
    floor = Floor(random)
    above = below = 0
    for _ in range(SERIES):
        spot = random.randrange(5 * 10**6, 10 ** random.randint(7, 12))
        floor.record(floor.evm.time + 600, spot)
        start = (floor.evm.time // DAY_S + 1) * DAY_S
        series = floor.open_series(spot, start)
        for _ in range(CASES):
            price = _price(random, series.view.terms.reference_price)
            above += price > series.view.terms.reference_price
            below += price < series.view.terms.reference_price
            _compare(floor, series, price)
    assert min(above, below) > SERIES * CASES // 5


def _compare(floor: Floor, series: Listed, price: Price) -> None:
    random = floor.random
    phase = random.choice((Phase.SETTLED, Phase.SETTLED, Phase.DELIVERED))
    grades = range(len(series.view.lots_of))
    impaired = frozenset(g for g in grades if random.random() < 0.2)
    redeemed = random.randint(0, series.view.lots)
    for place, value in (
        (PHASE, phase),
        (PRICE, price),
        (IMPAIRED, sum(1 << g for g in impaired)),
        (REDEEMED, redeemed),
    ):
        floor.set_field(series, place, value)
    settled = series.outcome(phase, price, impaired)

    found = floor.market.payoff(series.number, block=MIDNIGHT)
    assert found == _as_struct(found, settled.per_lot)
    lots = random.randint(0, series.view.lots - redeemed)
    long = twin.redeem_long(settled, redeemed, lots)
    quote, units = floor.market.preview_redeem(series.number, lots, block=MIDNIGHT)
    assert (quote, units) == (long.quote, tuple(long.units.get(str(g), 0) for g in grades))
    grade = random.choice(grades)
    lots = random.randint(0, series.view.lots_of[grade])
    short = twin.redeem_short(settled, str(grade), 0, lots)
    quote, units = floor.market.preview_redeem(series.number + 1 + grade, lots, block=MIDNIGHT)
    assert (quote, units[grade], sum(units)) == (short.quote, short.units, short.units)


def test_banded_payoff__thousands_of_outcomes__python_equals_bytecode():
    random = Random(20_260_307)
    floor = Floor(random)
    inside = outside = 0
    for _ in range(BANDS):
        spot = random.randrange(10**7, 10 ** random.randint(8, 12))
        floor.record(floor.evm.time + 600, spot)
        series = floor.open_banded(spot, (floor.evm.time // DAY_S + 1) * DAY_S)
        terms = series.view.terms
        band = twin.Band(Price(terms.low), Price(terms.reference_price), Price(terms.high))
        lock = twin.banded_payoff(band, band.reference, series.quote_decimals)
        locked = (series.view.quote_per_lot, series.view.short_quote_per_lot)
        assert locked == (lock.long_quote, lock.short_quote)
        month = twin.month_of(terms.expiry)
        assert floor.market.month_lots(0, month, block=MIDNIGHT) >= series.view.lots
        floor.set_field(series, PHASE, Phase.SETTLED)
        for _ in range(CASES):
            price = _price(random, random.choice((band.low, band.reference, band.high)) or TICK)
            inside += band.low < price < band.high
            outside += not band.low <= price <= band.high
            floor.set_field(series, PRICE, price)
            split = twin.banded_payoff(band, price, series.quote_decimals)
            found = floor.market.payoff(series.number, block=MIDNIGHT)
            assert found == _as_struct(found, split)
            lots = random.randint(0, series.view.lots)
            for side, due in ((0, split.long_quote), (1, split.short_quote)):
                paid = floor.market.preview_redeem(series.number + side, lots, block=MIDNIGHT)
                assert paid == (lots * due, ())
    assert min(inside, outside) > BANDS * CASES // 10


def _as_struct(found: object, per_lot: twin.LotPayoff) -> object:
    return type(found)(
        per_lot.long_quote, per_lot.short_quote, int(per_lot.long_units), int(per_lot.short_units)
    )


def test_redemption__series_that_go_the_whole_way__pay_what_python_says_and_leave_nothing():
    random = Random(20_260_306)
    floor = Floor(random)
    for _ in range(ROUND_TRIPS):
        _round_trip(floor, random)


def _round_trip(floor: Floor, random: Random) -> None:
    spot = random.randrange(10**7, 10**10)
    floor.record((floor.evm.time // DAY_S + 1) * DAY_S + DAY_S - 600, spot)
    start = (floor.evm.time // DAY_S + 1) * DAY_S
    series = floor.open_series(spot, start)
    assert floor.field(series, PHASE) == Phase.OPEN
    value = _price(random, spot)
    for slot in range(start, start + DAY_S, 3_600):
        floor.record(slot, value)
    impaired = floor.impair(series, chance=0.25)
    floor.record(start + DAY_S, value)
    floor.evm.send(floor.market.settle(series.number))
    phase = Phase.DELIVERED
    if series.view.terms.style is Style.NET:
        floor.evm.warp(floor.evm.time + DAY_S)
        floor.evm.send(floor.market.settle(series.number))
        phase = Phase.SETTLED
        assert floor.market.series(series.number, block=MIDNIGHT).price == value
    assert floor.field(series, PHASE) == phase
    assert floor.field(series, PRICE) == (value if phase is Phase.SETTLED else 0)
    assert floor.field(series, IMPAIRED) == sum(1 << g for g in impaired)
    _redeem_all(floor, series, series.outcome(phase, value, impaired))


def _redeem_all(floor: Floor, series: Listed, settled: twin.Settled) -> None:
    """Redeems everything in random slices; compares every payment, and what is left at the end."""
    random, view = floor.random, series.view
    assets = (view.terms.quote_token, *view.terms.units)
    before = _held(floor, assets)
    sides = {0: view.lots} | {g + 1: lots for g, lots in enumerate(view.lots_of)}
    long_redemptions = redeemed = 0
    while any(sides.values()):
        side = random.choice([side for side, left in sides.items() if left])
        lots = random.choice((sides[side], random.randint(1, sides[side])))
        held = _held(floor, assets)
        floor.evm.send(floor.market.redeem(series.number + side, lots, ME))
        paid = tuple(now - then for now, then in zip(_held(floor, assets), held, strict=True))
        if side == 0:
            long = twin.redeem_long(settled, redeemed, lots)
            grades = range(len(view.lots_of))
            assert paid == (long.quote, *(long.units.get(str(g), 0) for g in grades))
            redeemed += lots
            long_redemptions += 1
        else:
            short = twin.redeem_short(settled, str(side - 1), 0, lots)
            assert paid[0] == short.quote
            assert paid[side] == sum(paid[1:]) == short.units
        sides[side] -= lots
    quote, *units = (now - then for now, then in zip(_held(floor, assets), before, strict=True))
    assert quote == view.lots * view.quote_per_lot
    for returned, lots in zip(units, view.lots_of, strict=True):
        assert 0 <= lots * LOT - returned <= long_redemptions


def _held(floor: Floor, assets: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(TestToken(floor.evm, asset).balance_of(ME, block=MIDNIGHT) for asset in assets)
