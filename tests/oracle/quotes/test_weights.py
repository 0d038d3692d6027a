from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oracle.quotes.weights import Weighted, cap, capped_weights, middle, quantile, weighted_median

WEIGHTS = st.integers(1, 10**9)
RAW = st.dictionaries(st.sampled_from("abcdefghijkl"), WEIGHTS, min_size=3)
VALUES = st.lists(st.builds(Weighted, st.integers(1, 10**12), WEIGHTS), min_size=1, max_size=20)
BAND = (1, 3)


def totals(weights):
    sums = {}
    for (provider, _), weight in weights.items():
        sums[provider] = sums.get(provider, 0) + weight
    return sums


@given(RAW)
def test_cap__any_weights__no_provider_has_more_than_a_third(raw):
    weights = totals(capped_weights({(p, "x"): weight for p, weight in raw.items()}, 3))
    assert all(3 * weight <= sum(weights.values()) for weight in weights.values())


@given(RAW)
def test_cap__any_weights__capped_providers_have_exactly_a_third(raw):
    weights = totals(capped_weights({(p, "x"): weight for p, weight in raw.items()}, 3))
    for provider in cap(raw, 3).capped:
        assert 3 * weights[provider] == sum(weights.values())


@given(RAW)
def test_cap__any_weights__keeps_the_order_and_the_ratios_of_the_others(raw):
    capping = cap(raw, 3)
    weights = totals(capped_weights({(p, "x"): weight for p, weight in raw.items()}, 3))
    for first in raw:
        for other in raw:
            if raw[first] <= raw[other]:
                assert weights[first] <= weights[other]
            if not {first, other} & capping.capped.keys():
                assert weights[first] * raw[other] == weights[other] * raw[first]


@given(st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(50, 100), min_size=6))
def test_cap__nobody_over__caps_nobody(raw):
    assert cap(raw, 3).capped == {}


@given(st.dictionaries(st.tuples(st.sampled_from("abcde"), st.sampled_from("xyz")), WEIGHTS))
def test_cap__providers_with_several_prices__share_in_proportion(raw):
    assume(len({provider for provider, _ in raw}) >= 3)
    weights, sums, capped = capped_weights(raw, 3), totals(raw), totals(capped_weights(raw, 3))
    for (provider, hardware), weight in weights.items():
        share = Fraction(raw[provider, hardware], sums[provider])
        assert weight == capped[provider] * share


@given(VALUES)
def test_weighted_median__any_values__has_half_the_weight_on_either_side(values):
    found = weighted_median(values)
    total = sum(each.weight for each in values)
    assert 2 * sum(each.weight for each in values if each.value <= found) >= total
    assert 2 * sum(each.weight for each in values if each.value >= found) >= total


@given(VALUES, VALUES, st.integers(2, 10))
def test_weighted_median__coalition_under_half__stays_within_the_honest(honest, liars, parts):
    # Scale the honest up until the liars hold less than half of the weight.
    lying = sum(each.weight for each in liars)
    honest = [Weighted(each.value, each.weight * lying * parts) for each in honest]
    values = [each.value for each in honest]
    assert min(values) <= weighted_median([*honest, *liars]) <= max(values)


@given(VALUES, VALUES)
def test_middle__coalition_of_a_third_or_less__stays_within_the_honest(honest, liars):
    lying = sum(each.weight for each in liars)
    honest = [Weighted(each.value, each.weight * lying * 2) for each in honest]
    values = [each.value for each in honest]
    total, parts = middle([*honest, *liars], BAND)
    assert min(values) * parts <= total <= max(values) * parts


@given(VALUES)
def test_middle__band_of_nothing__is_the_weighted_median(values):
    assert middle(values, (0, 7)) == (weighted_median(values), 1)


@given(VALUES)
def test_middle__narrow_band__is_next_to_the_median(values):
    total, parts = middle(values, (1, 10**15))
    ordered = sorted(values)
    rank = [each.value for each in ordered].index(weighted_median(values))
    beyond = [each.value for each in ordered if each.value > ordered[rank].value]
    assert ordered[rank].value * parts <= total <= min(beyond, default=ordered[-1].value) * parts


@given(VALUES, st.integers(1, 1000))
def test_middle__weights_scaled__stays(values, scale):
    once = middle(values, BAND)
    more = middle([Weighted(each.value, each.weight * scale) for each in values], BAND)
    assert once[0] * more[1] == more[0] * once[1]


def test_quantile__three_equal_weights__gives_each_at_its_turn():
    values = [Weighted(value, 1) for value in (10, 20, 30)]
    assert [quantile(values, part, 6) for part in (1, 2, 3, 4, 5, 6)] == [10, 10, 20, 20, 30, 30]


def test_quantile__no_values__is_refused():
    with pytest.raises(ValueError, match="no values"):
        quantile([], 1, 2)
