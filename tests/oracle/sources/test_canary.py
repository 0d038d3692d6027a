"""Canaries: an answer that can be read is compared with the last good one, field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.sources.canary import SCALE, Canary

KINDS = st.frozensets(
    st.sampled_from(["number", "text", "flag", "list", "object", "null", "missing"]), min_size=1
)
FIELDS = st.dictionaries(st.sampled_from(["price", "name", "count"]), KINDS)
PRICES = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 10**12))
CANARIES = st.builds(Canary, FIELDS, PRICES)


@given(CANARIES)
def test_canary__compared_with_itself__has_not_drifted_and_reads_back(canary):
    assert canary.drift_from(canary) == ()
    assert Canary.from_json(canary.to_json()) == canary


@given(CANARIES, st.integers(SCALE + 1, 10**6))
def test_canary__all_prices_times_more_than_the_scale__has_drifted_both_ways(canary, factor):
    other = Canary(canary.fields, {offer: p * factor for offer, p in canary.prices8.items()})
    assert bool(other.drift_from(canary)) == bool(canary.prices8)
    assert bool(canary.drift_from(other)) == bool(canary.prices8)


@given(CANARIES, st.data())
def test_canary__all_prices_within_the_scale__has_not_drifted(canary, data):
    moved = {
        offer: data.draw(st.integers(-(-price8 // SCALE), price8 * SCALE))
        for offer, price8 in canary.prices8.items()
    }
    assert Canary(canary.fields, moved).drift_from(canary) == ()


def test_canary__half_of_the_prices_moved__is_a_market_and_more_than_half_is_a_unit():
    known = Canary({}, {"a": 10, "b": 10, "c": 10, "d": 10})
    half = Canary({}, {"a": 100, "b": 100, "c": 10, "d": 10})
    most = Canary({}, {"a": 100, "b": 100, "c": 100, "d": 10})
    assert half.drift_from(known) == ()
    assert most.drift_from(known) == ("3 of 4 prices rose by more than a factor of 3",)


@pytest.mark.parametrize(
    ("before", "now", "drifted"),
    [
        ({"number"}, {"text"}, True),
        ({"number"}, {"missing"}, True),
        ({"number", "null"}, {"null"}, True),
        ({"number"}, {"number", "null"}, False),
        ({"text", "number"}, {"number"}, False),
        ({"null"}, {"number"}, False),
        ({"missing"}, {"missing"}, False),
    ],
)
def test_canary__what_a_field_holds__drifts_when_no_kind_is_left(before, now, drifted):
    known = Canary({"price": frozenset(before)}, {})
    assert bool(Canary({"price": frozenset(now)}, {}).drift_from(known)) == drifted
