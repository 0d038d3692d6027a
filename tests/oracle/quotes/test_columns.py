"""Columns hold what quotes say, and nothing of how they were made shows in an answer."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.index.fixing import Fixing
from oracle.index.normalise import normalise
from oracle.index.outliers import SAFE_PRICE8, deviation_ppm, exact
from oracle.index.screen import MissingVerdict, judge, screen, screen_judged
from oracle.quotes.columns import Coded, Columns
from oracle.quotes.quote import Quote, Unstorable, by_order
from oracle.quotes.weights import lower_median, lower_medians
from pargrade.units import Rounding, divide
from tests.support.quote_builders import METHOD_1, NOON, OPEN_METHOD, PANEL, QUOTES, USD, quote
from tests.support.screen_by_hand import answers_by_hand

ROWS = st.lists(QUOTES, max_size=40)
# Few places, so that lines, seconds and whole quotes coincide.
CROWD = st.lists(
    st.builds(
        quote,
        provider=st.sampled_from("abcdef"),
        price8=st.sampled_from((USD, 2 * USD, 9 * USD, 10**15, 10**30, -(10**30))),
        model=st.sampled_from(("H100", "A100")),
        gpu_count=st.sampled_from((1, 8)),
        source=st.sampled_from(("list", "api")),
        observed_at=st.sampled_from((NOON, NOON - 60)),
    ),
    max_size=60,
)


# Prices whose products leave 64 bits are let through, and may be outliers.
WIDE_METHOD = replace(OPEN_METHOD, outlier_floor_ppm=500_000)


def recoded(columns, random):
    """The same rows over vocabularies in another order, with words that do not occur."""
    changed = {}
    for field in fields(columns):
        column = getattr(columns, field.name)
        if isinstance(column, Coded):
            strange = ("zz",) if isinstance(column.words[0], tuple) else "zz"
            words = [*column.words, 10**9 if isinstance(column.words[0], int) else strange]
            if field.name in {"tier", "cadence", "firmness", "terms"}:
                words = list(column.words)
            random.shuffle(words)
            places = np.array([words.index(word) for word in column.words], np.int32)
            changed[field.name] = Coded(places[column.codes], tuple(words))
    return replace(columns, **changed)


@given(ROWS | CROWD)
def test_columns__of_quotes__give_them_back(quotes):
    assert Columns.of(quotes).quotes() == quotes


@given(ROWS | CROWD)
def test_columns__in_order__are_in_the_order_of_quotes(quotes):
    assert Columns.of(quotes).in_order().quotes() == sorted(quotes, key=by_order)


@settings(max_examples=60)
@given(ROWS | CROWD)
def test_screen__over_columns__answers_as_quote_by_quote(quotes):
    for method in (METHOD_1, WIDE_METHOD):
        assert screen(quotes, method, PANEL, NOON).quotes_with_verdicts == answers_by_hand(
            quotes, method, PANEL, NOON
        )


@settings(max_examples=40)
@given((ROWS | CROWD).filter(len), st.randoms(use_true_random=False))
def test_screen__other_rows_and_other_vocabularies__have_the_same_root(quotes, random):
    columns = Columns.of(quotes)
    rows = random.sample(range(len(quotes)), len(quotes))
    other = recoded(columns.take(np.array(rows)), random)
    first, two, sorted_ = (
        Fixing.of(screen(each, METHOD_1, PANEL, NOON), METHOD_1)
        for each in (columns, other, other.in_order())
    )
    assert first.root == two.root == sorted_.root
    assert first.prices == two.prices == sorted_.prices


@given(ROWS | CROWD)
def test_screen__its_counts__add_up_to_what_was_looked_at(quotes):
    screened = screen(quotes, METHOD_1, PANEL, NOON)
    assert screened.counts.total() == len(quotes)
    assert screened.counts["ACCEPTED"] == len(screened.accepted)
    assert len(screened.rejected) == len(quotes) - len(screened.accepted)


def test_screen__a_quote_counts_without_a_line__is_noticed():
    judged = judge(Columns.of([quote(), quote("b")]), METHOD_1, PANEL)
    broken = replace(judged, faults=np.array([255, 0], np.uint8))
    with pytest.raises(MissingVerdict, match="2 count for 1 lines"):
        screen_judged(broken, METHOD_1, PANEL, NOON)


@given(st.lists(st.integers(1, 2**62 - 1), min_size=1), st.integers(1, 10**6))
def test_normalise__any_price__is_the_half_even_quotient(prices, factor4):
    column = np.array(prices, np.int64)
    expected = [divide(price8 * 10**4, factor4, Rounding.HALF_EVEN) for price8 in prices]
    assert normalise(column, np.full(len(prices), factor4)).tolist() == expected


@given(st.lists(st.integers(1, 2**62 - 1), min_size=1), st.integers(1, 2**62 - 1))
def test_deviation__any_prices__is_that_of_whole_numbers(prices, middle8):
    column = exact(np.array([*prices, middle8], np.int64))
    found = deviation_ppm(column, column[-1])[:-1].tolist()
    assert found == [abs(p - middle8) * 10**6 // min(p, middle8) for p in prices]


def test_exact__up_to_the_bound__stays_in_64_bits():
    bound = np.array([1, SAFE_PRICE8], np.int64)
    assert exact(bound).dtype == np.int64
    assert deviation_ppm(bound, bound[::-1]).tolist() == [(SAFE_PRICE8 - 1) * 10**6] * 2
    assert exact(bound + 1).dtype == object


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(-(10**30), 10**30)), min_size=1),
    st.booleans(),
)
def test_lower_medians__any_groups__are_those_of_each_group(rows, small):
    if small:
        rows = [(group, value % 1000) for group, value in rows]
    groups, values = zip(*rows, strict=True)
    found, medians = lower_medians(
        np.array(groups), np.array(values, np.int64 if small else object)
    )
    own = {g: lower_median([v for key, v in rows if key == g]) for g in sorted(set(groups))}
    assert dict(zip(found.tolist(), medians.tolist(), strict=True)) == own


@pytest.mark.parametrize("change", [{"observed_at": 2**62}, {"n_offers": -(2**62)}])
def test_quote__number_that_no_column_holds__is_refused(change):
    with pytest.raises(Unstorable):
        quote(**change)


@pytest.mark.parametrize(("codes", "words"), [([0, 1], ("a",)), ([-1], ("a",)), ([0], ("a", "a"))])
def test_coded__codes_that_fit_no_words__are_refused(codes, words):
    with pytest.raises(ValueError, match="column"):
        Coded(np.array(codes, np.int32), words)


def test_columns__fields__are_those_of_a_quote():
    names = [field.name for field in fields(Columns)]
    assert names[: len(fields(Quote))] == [field.name for field in fields(Quote)]
