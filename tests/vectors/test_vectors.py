"""The Python twins against the vectors, and the committed vectors against their generators."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from pargrade.bindings.structs import Leg, Order, Roll, Side
from pargrade.chain.hashing import address_of
from pargrade.futures.ladder import Rung, last_price, rung
from pargrade.futures.order import (
    Lane,
    OrderOver,
    digest,
    exchange_domain,
    fee,
    is_near,
    is_tradable,
    is_within,
    payment,
    struct_hash,
)
from pargrade.futures.payoff import (
    Band,
    LotPayoff,
    Settled,
    Style,
    banded_payoff,
    lot_value,
    payoff,
    redeem_long,
    redeem_short,
)
from pargrade.gate.rate_limit import Bucket, Way
from pargrade.gate.transfer import Amount
from pargrade.grade.conversion import is_short, units_for, unwrap
from pargrade.spot_index.accumulator import (
    NoCheckpoint,
    NothingCovered,
    Window,
    accumulate,
    checkpoint_at,
    window,
)
from pargrade.units import LOT, Lots, Price, Scu
from tests.vectors import make_accumulator, make_conversion, make_gate, make_order, make_payoff
from tests.vectors.columns import HERE, rows_of, text_of

RUNGS = [Rung.WAITING, Rung.FULL, Rung.REDUCED, Rung.CLOSED, Rung.DELIVER]


@pytest.mark.parametrize(
    ("name", "generator"),
    [
        ("conversion", make_conversion),
        ("payoff", make_payoff),
        ("accumulator", make_accumulator),
        ("order", make_order),
        ("gate", make_gate),
    ],
)
def test_vectors__generated_again__are_the_committed_file(name, generator):
    committed = (HERE / f"{name}.json").read_text(encoding="utf-8")
    assert text_of(generator.build()) == committed


def terms(row):
    return SimpleNamespace(decimals=row["decimals"], scu_per_token=Scu(row["scuPerToken"]))


def test_units_for__every_vector__agrees():
    rows = rows_of("conversion", "wrap")
    assert [units_for(row["arrived"], terms(row)) for row in rows] == [row["units"] for row in rows]
    assert len(rows) >= 300


def test_unwrap__every_vector__agrees():
    rows = rows_of("conversion", "unwrap")
    for row in rows:
        held = (row["balance"], row["supply"], terms(row))
        assert is_short(*held) == bool(row["short"])
        assert unwrap(row["units"], *held) == (row["tokens"], row["burned"])
    assert len(rows) >= 300


def split(row):
    style = Style.DELIVERY if row["delivered"] else Style.NET
    price, reference = Price(row["price"]), Price(row["referencePrice"])
    return payoff(style, price, reference, row["quoteDecimals"])


def test_payoff__every_vector__agrees():
    rows = rows_of("payoff", "payoff")
    for row in rows:
        legs = (row["longQuote"], row["shortQuote"], Scu(row["longUnits"]), Scu(row["shortUnits"]))
        assert split(row) == LotPayoff(*legs)
        assert lot_value(Price(row["referencePrice"]), row["quoteDecimals"]) == row["quotePerLot"]
    assert len(rows) >= 300


def test_banded_payoff__every_vector__agrees():
    rows = rows_of("payoff", "banded")
    for row in rows:
        band = Band(Price(row["low"]), Price(row["referencePrice"]), Price(row["high"]))
        decimals = row["quoteDecimals"]
        split = banded_payoff(band, Price(row["price"]), decimals)
        lock = banded_payoff(band, band.reference, decimals)
        assert split == LotPayoff(row["longQuote"], row["shortQuote"], Scu(0), Scu(0))
        assert (lock.long_quote, lock.short_quote) == (row["longLock"], row["shortLock"])
    assert len(rows) >= 300


def test_last_price__every_vector__agrees():
    for row in rows_of("payoff", "lastPrice"):
        spans = [
            Window(row[f"valueTime{n}"], row[f"coveredTime{n}"], 31 * 86_400, False)
            for n in range(3)
        ]
        assert last_price(spans, Price(row["referencePrice"])) == row["price"]


def test_redemption__every_vector__agrees():
    rows = rows_of("payoff", "redeem")
    for row in rows:
        backing = {"0": Lots(row["lots0"]), "1": Lots(row["lots1"])}
        impaired = frozenset(g for g in backing if row["impaired"] >> int(g) & 1)
        series = Settled(split(row), backing, impaired)
        paid = redeem_long(series, row["redeemed"], row["lots"])
        assert paid.quote == row["quote"]
        for grade in backing:
            assert paid.units.get(grade, 0) == row[f"units{grade}"]
            short = redeem_short(series, grade, 0, backing[grade])
            if grade in impaired:
                assert (short.quote, short.units) == (0, backing[grade] * LOT)
            else:
                assert short.quote == backing[grade] * series.per_lot.short_quote
    assert len(rows) >= 300


def test_average__every_vector__agrees():
    for row in rows_of("payoff", "average"):
        found = Window(row["valueTime"], row["coveredTime"], row["coveredTime"], False)
        assert found.price() == row["price"]


def test_rung__every_vector__agrees():
    for row in rows_of("payoff", "ladder"):
        found = rung(row["now"], row["readyAt"], row["expiry"], row["challenge"])
        assert found is RUNGS[row["rung"]]


@pytest.fixture(scope="module")
def histories():
    """(rounds of each case, hold in seconds)"""
    timing = rows_of("accumulator", "timing")[0]
    hold = timing["heartbeat"] + timing["grace"]
    rounds = rows_of("accumulator", "rounds")
    cases = []
    for case in rows_of("accumulator", "cases"):
        own = rounds[case["firstRound"] : case["firstRound"] + case["rounds"]]
        cases.append((own, accumulate([(r["slot"], Price(r["value"])) for r in own], hold)))
    return cases, hold


def test_accumulate__every_vector__agrees(histories):
    for expected, found in histories[0]:
        assert [
            {
                "slot": r.slot,
                "value": int(r.value),
                "valueTime": r.value_time,
                "coveredTime": r.covered_time,
                "gaps": r.gaps,
            }
            for r in found
        ] == expected


def test_checkpoint__every_vector__agrees(histories):
    cases, hold = histories
    for row in rows_of("accumulator", "checkpoints"):
        found = checkpoint_at(cases[row["case"]][1], row["midnight"], hold)
        assert (found.value_time, found.covered_time) == (row["valueTime"], row["coveredTime"])
        assert found.gaps == row["gaps"]
        assert found.uncovered_before == row["uncoveredBefore"]
        assert found.uncovered_after == row["uncoveredAfter"]


def test_window__every_vector__agrees(histories):
    cases, hold = histories
    rows = rows_of("accumulator", "windows")
    for row in rows:
        excluded = (row["excludedFrom"], row["excludedTo"]) if row["excludedTo"] else None
        found = window(cases[row["case"]][1], row["start"], row["end"], hold, excluded)
        assert (found.value_time, found.covered_time) == (row["valueTime"], row["coveredTime"])
        assert found.long_gap == bool(row["longGap"])
        if found.covered_time:
            assert found.price() == row["price"]
        else:
            with pytest.raises(NothingCovered):
                found.price()
    assert len(rows) >= 300


def test_checkpoint__before_the_first_round__is_refused_in_every_case(histories):
    cases, hold = histories
    for _, rounds in cases:
        with pytest.raises(NoCheckpoint):
            checkpoint_at(rounds, rounds[0].slot // 86_400 * 86_400, hold)


def order(row, prefix=""):
    """The order of a row; addresses are integers there."""
    own = {field: row[f"{prefix}{field}"] for field in Order.__slots__}
    for party in ("maker", "taker", "matcher"):
        own[party] = address_of(own[party].to_bytes(20))
    return Order(**{**own, "side": Side(own["side"])})


def test_order__every_vector__has_its_hash_and_digest():
    rows = [(row, order(row)) for row in rows_of("order", "order")]
    for row in rows_of("order", "roll"):
        rows.append((row, Roll(order(row, "near_"), order(row, "far_"))))
    for row, signed in rows:
        domain = exchange_domain(row["chainId"], address_of(row["contract"].to_bytes(20)))
        assert int.from_bytes(struct_hash(signed)) == row["structHash"]
        assert int.from_bytes(digest(signed, domain)) == row["digest"]
    assert len(rows) >= 150


def test_payment__every_vector__agrees():
    rows = rows_of("order", "payment")
    for row in rows:
        price, reference = Price(row["price"]), Price(row["referencePrice"])
        covered = row["high"] == row["referencePrice"]
        band = None if covered else (Price(row["low"]), Price(row["high"]))
        due = payment(Leg(row["leg"]), price, reference, row["lots"], row["quoteDecimals"], band)
        assert due == row["buyerPays"] - row["sellerPays"]
        assert fee(price, row["lots"], row["feeBps"], row["quoteDecimals"]) == row["fee"]
    assert len(rows) >= 300


def test_price__every_vector__is_tradable_and_within_a_limit_as_said():
    for row in rows_of("order", "tradable"):
        assert is_tradable(Price(row["price"]), row["quoteDecimals"]) == bool(row["tradable"])
    for row in rows_of("order", "limit"):
        price, limit = Price(row["price"]), Price(row["limit"])
        assert is_within(Side(row["side"]), price, limit, row["feeBps"]) == bool(row["within"])


def test_price__every_vector__is_near_the_index_as_said():
    for row in rows_of("order", "near"):
        near = is_near(Price(row["price"]), Price(row["spot"]), row["percent"])
        assert near == bool(row["near"])


def test_lane__every_vector__agrees():
    template = order(rows_of("order", "order")[0])
    for row in rows_of("order", "lane"):
        lane = Lane(row["nonce"], row["filled"])
        wanted = replace(template, nonce=row["orderNonce"], lots=row["orderLots"])
        assert lane.remaining(wanted) == row["remaining"]
        if row["fits"]:
            assert lane.spend(wanted, row["lots"]) == Lane(wanted.nonce, row["filledAfter"])
        else:
            with pytest.raises(OrderOver):
                lane.spend(wanted, row["lots"])


def test_bucket__every_vector__agrees():
    rows = rows_of("gate", "buckets")
    buckets = {}
    for row in rows:
        now = row["now"]
        way = Way.OUT if row["isOut"] else Way.IN
        bucket = buckets.get(row["case"]) or Bucket.rested(row["capacity"], now)
        assert (bucket.capacity, bucket.budget(way, now)) == (row["capacity"], row["budget"])
        left = bucket.take(way, row["amount"], now)
        assert (left is not None) == bool(row["taken"])
        later = (left or bucket).resized(row["resized"], now)
        assert later.budget(Way.IN, now) == row["arrivals"]
        assert later.budget(Way.OUT, now) == row["departures"]
        buckets[row["case"]] = later
    assert len(rows) >= 300


def test_amount__every_vector__agrees():
    rows = rows_of("gate", "amounts")
    for row in rows:
        decimals = min(row["here"], row["there"])
        amount = Amount.from_base(row["base"], row["here"], decimals)
        assert Amount.unpack(amount.pack()) == amount
        assert amount.value == row["value"]
        assert amount.to_base(row["here"]) == row["taken"]
        assert amount.to_base(row["there"]) == row["given"]
    assert len(rows) >= 200
