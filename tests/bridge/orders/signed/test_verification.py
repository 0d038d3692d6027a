"""Every reason for which an order is refused by its terms, its time or its signature."""

import json
from dataclasses import replace
from random import Random

import pytest

from bridge.orders.signed import refusals
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.json_form import read_order, read_roll
from bridge.orders.signed.order import Digester, SignedOrder
from bridge.orders.signed.signature import FastKey, recover_signer
from bridge.orders.signed.verification import Verifier
from bridge.orders.signed.way import ALL_WAYS, leg_and_grade, signed_ways, way_of
from pargrade.bindings.structs import Leg
from pargrade.chain.hashing import address_of
from pargrade.futures import order as twin
from tests.support.signed_orders import (
    BANDED,
    CHAIN_ID,
    COVERED,
    DOMAIN,
    EXCHANGE,
    KEYS,
    LISTINGS,
    MAKER,
    MATCHER,
    NOW,
    RULES,
    any_order,
    long_form,
    order,
    signed,
)

VERIFIER = Verifier(RULES, LISTINGS)


def as_json(made, signature="0x"):
    return json.loads(json.dumps(SignedOrder.of_struct(made).to_json())), signature


def test_json__any_order__is_read_back_from_numbers_or_text():
    random = Random(3)
    for _ in range(200):
        made = any_order(random)
        raw, signature = as_json(made, "0x" + random.randbytes(65).hex())
        assert read_order(raw, signature).as_struct() == made
        small = {**raw, "lots": made.lots, "maker": str(raw["maker"]).lower()}
        assert read_order(small, signature).as_struct() == made


STRANGE = [None, True, 1.0, -1, "", "-1", "1_0", "１", " 1", "0x10", [], {}, "a" * 5_000]


@pytest.mark.parametrize("field", list(SignedOrder.of_struct(order()).to_json()))
@pytest.mark.parametrize("value", STRANGE, ids=range(len(STRANGE)))
def test_json__a_field_of_another_type__is_refused_by_name(field, value):
    raw, signature = as_json(order())
    with pytest.raises((refusals.BadForm, refusals.FieldOverflow)) as refused:
        read_order({**raw, field: value}, signature)
    assert field in str(refused.value)


@pytest.mark.parametrize(
    ("field", "bits"), [("lots", 64), ("price", 64), ("expiry", 40), ("legs", 8), ("series", 256)]
)
def test_json__a_number_beyond_its_bits__is_an_overflow(field, bits):
    raw, signature = as_json(order())
    read_order({**raw, field: str(2**bits - 1)}, signature)
    for number in (2**bits, str(2**bits), "9" * 79):
        with pytest.raises(refusals.FieldOverflow):
            read_order({**raw, field: number}, signature)


def test_json__a_field_too_many_or_too_few__is_refused():
    raw, signature = as_json(order())
    missing = {name: value for name, value in raw.items() if name != "nonce"}
    for broken in ({**raw, "memo": 1}, missing, [raw], "order", None):
        with pytest.raises(refusals.BadForm):
            read_order(broken, signature)
    for broken in ({"near": raw}, {"near": raw, "far": missing}, [raw, raw]):
        with pytest.raises(refusals.BadForm):
            read_roll(broken, signature)
    for broken in ("", "ff", "0xf", "0x" + "00" * 1_025, 5, None):
        with pytest.raises(refusals.BadForm):
            read_order(raw, broken)


def test_signature__of_65_or_64_bytes__recovers_its_signer():
    for number in range(50):
        key = KEYS[number % len(KEYS)]
        made = order(key, nonce=number)
        compact = twin.sign(made, DOMAIN, key)
        for signature in (compact, long_form(compact)):
            assert VERIFIER.is_signed_by_key(SignedOrder.of_struct(made, signature))
            assert not VERIFIER.is_signed_by_key(
                SignedOrder.of_struct(replace(made, lots=made.lots + 1), signature)
            )


def test_signature__malleable_cut_or_random__recovers_nobody_that_matters():
    made = order()
    digest = twin.digest(made, DOMAIN)
    right = long_form(twin.sign(made, DOMAIN, MAKER))
    order_n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    flipped = (order_n - int.from_bytes(right[32:64])).to_bytes(32)
    upper = right[:32] + flipped + bytes((55 - right[64],))
    low_v = right[:64] + bytes((right[64] - 27,))
    for broken in (upper, low_v, b"", right[:63], right + b"\0", bytes(65), bytes(64)):
        assert recover_signer(digest, broken) is None
    random = Random(1)
    for _ in range(200):
        recover_signer(digest, random.randbytes(random.choice((64, 65))))


def test_fast_key__signs__what_the_slow_one_would():
    for key in (1, 2, 77):
        fast = FastKey(key.to_bytes(32))
        digest = bytes([key]) * 32
        assert recover_signer(digest, fast.sign_digest(digest)) == fast.address


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"series": 3}, refusals.ForeignSeries),
        ({"lots": 9}, refusals.Dust),
        ({"price": 0}, refusals.PriceOffTick),
        ({"price": 231_000_001}, refusals.PriceOffTick),
        ({"expiry": NOW}, refusals.OrderExpired),
        ({"expiry": NOW + 367 * 86_400}, refusals.OrderExpired),
        ({"legs": 0}, refusals.UnknownLeg),
        ({"legs": 16}, refusals.UnknownLeg),
        ({"grade": 3}, refusals.UnknownLeg),
        ({"matcher": KEYS[8].address}, refusals.ForeignMatcher),
    ],
)
def test_check__an_order_that_breaks_a_rule__is_refused_by_name(changes, refusal):
    VERIFIER.check(signed(order()), NOW)
    with pytest.raises(refusal) as refused:
        VERIFIER.check(signed(order(**changes)), NOW)
    assert refused.value.hint


def test_check__what_is_allowed__passes():
    for changes in ({"lots": 10}, {"matcher": MATCHER}, {"grade": 2}, {"expiry": NOW + 1}):
        VERIFIER.check(signed(order(**changes)), NOW)


def test_check__a_series_that_is_over__is_closed():
    with pytest.raises(refusals.ClosedSeries):
        VERIFIER.check(signed(order(expiry=COVERED.expiry + 5)), COVERED.expiry)


def test_check__a_roll_whose_halves_do_not_fit__is_refused():
    near, far = order(), order(series=BANDED.series, side=1)
    pair = {"near": as_json(near)[0], "far": as_json(far)[0]}
    VERIFIER.check(read_roll(pair, "0x"), NOW)
    pair["far"]["lots"] = "11"
    with pytest.raises(refusals.BadRollForm):
        VERIFIER.check(read_roll(pair, "0x"), NOW)


def test_check_venue__another_chain_or_exchange__is_refused():
    VERIFIER.check_venue(CHAIN_ID, EXCHANGE)
    for chain_id, exchange in ((1, EXCHANGE), (CHAIN_ID, MAKER.address)):
        with pytest.raises(refusals.OtherVenue):
            VERIFIER.check_venue(chain_id, exchange)


def test_ways__of_legs_and_grade__are_those_the_exchange_would_take():
    for legs in range(16):
        for grade in range(3):
            ways = signed_ways(legs, grade, 2)
            for leg in Leg:
                for g in (1, 2):
                    takes = bool(legs & 1 << leg) and (leg is Leg.LONG or grade in (0, g))
                    assert bool(ways & way_of(leg, g)) == takes
    assert signed_ways(15, 0, 8) == ALL_WAYS
    assert leg_and_grade(way_of(Leg.MINT, 3)) == (Leg.MINT, 3)
    assert leg_and_grade(way_of(Leg.LONG, 3)) == (Leg.LONG, 0)


def test_cancel_request__signed_by_its_maker__is_recovered():
    key = FastKey(b"\x05" * 32)
    digester = Digester(relay_domain(CHAIN_ID, EXCHANGE))
    plain = CancelRequest(key.address, 1, 2, NOW, b"")
    signature = key.sign_digest(digester.digest(plain.hash))
    raw = {"maker": address_of(key.address), "lane": "1", "nonce": 2, "deadline": NOW}
    found = CancelRequest.from_json({**raw, "signature": "0x" + signature.hex()})
    assert recover_signer(digester.digest(found.hash), found.signature) == key.address
    with pytest.raises(refusals.BadForm):
        CancelRequest.from_json(raw)
