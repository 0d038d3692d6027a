import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pargrade.clock import DAY_S
from pargrade.futures.ladder import CHALLENGE, Rung, admits, last_price, last_spans, rung
from pargrade.futures.payoff import (
    BadBand,
    Band,
    LotPayoff,
    Settled,
    Style,
    TooManyLots,
    UnknownGrade,
    banded_payoff,
    lot_value,
    payoff,
    redeem_long,
    redeem_short,
)
from pargrade.spot_index.accumulator import Window
from pargrade.units import LOT, SETTLEMENT_STEP, TICK, Lots, Price, Scu

REFERENCE = st.integers(1, 10**6).map(lambda n: Price(n * TICK))
SETTLEMENT = st.one_of(
    st.integers(0, 10**8).map(lambda n: Price(n * SETTLEMENT_STEP)),
    st.sampled_from([0, 1, 2**64 // SETTLEMENT_STEP]).map(lambda n: Price(n * SETTLEMENT_STEP)),
)
STYLE = st.sampled_from((Style.NET, Style.DELIVERY))


@st.composite
def prices(draw):
    """(S, K), often with S at K or a few steps from it."""
    reference = draw(REFERENCE)
    near = st.integers(-5, 5).map(lambda n: max(Price(0), reference + n * SETTLEMENT_STEP))
    return draw(st.one_of(SETTLEMENT, near)), reference


@st.composite
def bands(draw):
    """Bands from a tick wide to the widest, any of them from zero."""
    low = draw(st.integers(0, 10**5))
    reference = draw(st.integers(low + 1, low + 10**5))
    high = draw(st.integers(reference + 1, reference + 10**5))
    return Band(*(Price(n * TICK) for n in (low, reference, high)))


QUOTE_DECIMALS = st.sampled_from([2, 6, 8, 18])
EXPIRY = 20_600 * DAY_S


@st.composite
def settled_series(draw):
    reference = draw(REFERENCE)
    settlement = draw(st.one_of(SETTLEMENT, st.none(), st.just(reference)))
    lots = draw(
        st.dictionaries(
            st.sampled_from("abcd"), st.integers(1, 10**7).map(Lots), min_size=1, max_size=4
        )
    )
    impaired = draw(st.frozensets(st.sampled_from("abcd")))
    split = payoff(draw(STYLE), settlement, reference, draw(QUOTE_DECIMALS))
    return Settled(split, lots, impaired)


@given(STYLE, st.one_of(SETTLEMENT, st.none()), REFERENCE, QUOTE_DECIMALS)
def test_payoff__any_settlement__splits_exactly_what_is_locked(style, settlement, reference, dec):
    split = payoff(style, settlement, reference, dec)
    assert split.long_quote + split.short_quote == lot_value(reference, dec)
    assert split.long_units + split.short_units == LOT
    legs = (split.long_quote, split.short_quote, split.long_units, split.short_units)
    assert min(legs) >= 0


@settings(max_examples=300)
@given(prices(), QUOTE_DECIMALS)
def test_payoff__net_at_par__long_is_worth_s_and_short_is_worth_k(pair, dec):
    settlement, reference = pair
    split = payoff(Style.NET, settlement, reference, dec)
    exact_lot = Fraction(10**dec, 10**10)
    wei_price = settlement * exact_lot / LOT
    long = split.long_quote + split.long_units * wei_price
    short = split.short_quote + split.short_units * wei_price
    # One base unit for each floor of a quote leg, one wei of units for the unit leg.
    assert abs(long - settlement * exact_lot) <= 1 + wei_price
    assert abs(short - reference * exact_lot) <= 2 + wei_price


@given(REFERENCE, QUOTE_DECIMALS)
def test_payoff__settled_at_the_reference__swaps_nothing(reference, dec):
    split = payoff(Style.NET, reference, reference, dec)
    assert split == LotPayoff(lot_value(reference, dec), 0, Scu(0), LOT)


@given(STYLE, REFERENCE, QUOTE_DECIMALS)
def test_payoff__no_settlement_price__delivers(style, reference, dec):
    delivered = LotPayoff(0, lot_value(reference, dec), LOT, Scu(0))
    assert payoff(style, None, reference, dec) == delivered
    assert payoff(Style.DELIVERY, Price(123_0000), reference, dec) == delivered


def test_payoff__a_case_by_hand__twenty_percent_above_the_reference():
    split = payoff(Style.NET, Price.parse("3.00"), Price.parse("2.50"), 6)
    assert split == LotPayoff(25_000, 0, Scu(1_666_666_666_666_667), Scu(8_333_333_333_333_333))


def slices(data, lots):
    """Any way of cutting `lots` into redemptions."""
    cuts = sorted(data.draw(st.sets(st.integers(0, lots), max_size=6)) | {0, lots})
    return [b - a for a, b in itertools.pairwise(cuts)]


@settings(max_examples=300)
@given(settled_series(), st.data())
def test_redemption__any_order_and_slicing__leaves_no_quote_and_a_wei_per_long_redemption(
    series, data
):
    locked = series.per_lot.long_quote + series.per_lot.short_quote
    quote = locked * series.lots
    units = {grade: LOT * lots for grade, lots in series.lots_by_grade.items()}
    long_slices = slices(data, series.lots)
    acts = [("LONG", None, n) for n in long_slices]
    for grade, lots in series.lots_by_grade.items():
        acts += [("SHORT", grade, n) for n in slices(data, lots)]
    done = dict.fromkeys([None, *series.lots_by_grade], 0)
    for side, grade, n in data.draw(st.permutations(acts)):
        if side == "LONG":
            paid = redeem_long(series, done[grade], n)
            for each, amount in paid.units.items():
                units[each] -= amount
        else:
            paid = redeem_short(series, grade, done[grade], n)
            units[grade] -= paid.units
        quote -= paid.quote
        done[grade] += n
        assert quote >= 0
        assert min(units.values()) >= 0
    assert quote == 0
    for grade, left in units.items():
        assert left == 0 if grade in series.impaired else left < max(1, len(long_slices))


@given(settled_series(), st.data())
def test_redeem_long__impaired_grades__pays_each_long_its_share_within_a_base_unit(series, data):
    redeemed = data.draw(st.integers(0, series.lots))
    lots = data.draw(st.integers(0, series.lots - redeemed))
    paid = redeem_long(series, redeemed, lots)
    assert abs(paid.quote - Fraction(lots * series.long_quote, series.lots)) < 1
    if not series.impaired & set(series.lots_by_grade):
        assert paid.quote == lots * series.per_lot.long_quote
    if series.impaired >= set(series.lots_by_grade):
        assert paid.quote == lots * (series.per_lot.long_quote + series.per_lot.short_quote)
    assert not series.impaired & set(paid.units)


def test_redeem_short__impaired_grade__takes_its_units_back_and_no_quote():
    split = payoff(Style.NET, Price.parse("2.00"), Price.parse("2.50"), 6)
    series = Settled(split, {"good": Lots(30), "bad": Lots(10)}, frozenset({"bad"}))
    assert redeem_short(series, "bad", 0, 10).units == 10 * LOT
    assert redeem_short(series, "bad", 0, 10).quote == 0
    assert redeem_short(series, "good", 0, 30).quote == 30 * 5_000
    assert redeem_long(series, 0, 40).quote == 30 * 20_000 + 10 * 25_000


def test_redemption__more_than_is_left_or_unknown__is_refused_with_the_figures():
    split = payoff(Style.DELIVERY, None, Price.parse("2.50"), 6)
    series = Settled(split, {"a": Lots(30)})
    with pytest.raises(TooManyLots) as too_many:
        redeem_long(series, 25, 6)
    assert (too_many.value.lots, too_many.value.left) == (6, 5)
    with pytest.raises(TooManyLots):
        redeem_short(series, "a", 30, 1)
    with pytest.raises(TooManyLots):
        redeem_long(series, 0, -1)
    with pytest.raises(UnknownGrade) as unknown:
        redeem_short(series, "b", 0, 1)
    assert unknown.value.grade == "b"


@given(st.integers(-DAY_S, 20 * DAY_S), st.integers(0, 20 * DAY_S))
def test_rung__any_time__is_one_and_only_moves_down_the_ladder(after, ready_after):
    order = list(Rung)
    steps = [
        order.index(rung(EXPIRY + t, EXPIRY + ready_after, EXPIRY)) for t in (after, after + 3_600)
    ]
    assert steps[0] <= steps[1]


def test_rung__at_its_deadlines__changes_on_the_second():
    ready = EXPIRY + 60
    day = DAY_S
    expected = [
        (EXPIRY, Rung.WAITING),
        (ready - 1, Rung.WAITING),
        (ready, Rung.FULL),
        (EXPIRY + 7 * day - 1, Rung.FULL),
        (EXPIRY + 7 * day, Rung.REDUCED),
        (EXPIRY + 14 * day - 2 * CHALLENGE - 1, Rung.REDUCED),
        (EXPIRY + 14 * day - 2 * CHALLENGE, Rung.CLOSED),
        (EXPIRY + 14 * day - 1, Rung.CLOSED),
        (EXPIRY + 14 * day, Rung.DELIVER),
    ]
    assert [(t, rung(t, ready, EXPIRY)) for t, _ in expected] == expected


def test_rung__index_never_final__delivers_all_the_same():
    never = EXPIRY + 10**9
    assert rung(EXPIRY + 14 * DAY_S - 1, never, EXPIRY) is Rung.WAITING
    assert rung(EXPIRY + 14 * DAY_S, never, EXPIRY) is Rung.DELIVER


@pytest.mark.parametrize(
    ("step", "covered", "long_gap", "admitted"),
    [
        (Rung.FULL, 9_000, False, True),
        (Rung.FULL, 8_999, False, False),
        (Rung.FULL, 9_500, True, False),
        (Rung.REDUCED, 2_500, True, True),
        (Rung.REDUCED, 2_499, False, False),
        (Rung.WAITING, 10_000, False, False),
        (Rung.CLOSED, 10_000, False, False),
        (Rung.DELIVER, 10_000, False, False),
    ],
)
def test_admits__each_rung__asks_for_its_own_coverage(step, covered, long_gap, admitted):
    assert admits(step, Window(0, covered, 10_000, long_gap)) is admitted


@given(bands(), SETTLEMENT, QUOTE_DECIMALS)
def test_banded_payoff__any_settlement__divides_what_both_locked(band, settlement, dec):
    split = banded_payoff(band, settlement, dec)
    lock = banded_payoff(band, band.reference, dec)
    assert min(split.long_quote, split.short_quote) >= 0
    assert split.long_quote + split.short_quote == lock.long_quote + lock.short_quote
    assert split.long_units == split.short_units == 0


@given(bands(), SETTLEMENT, SETTLEMENT, QUOTE_DECIMALS)
def test_banded_payoff__higher_price__pays_long_no_less_and_only_inside_the_band(
    band, first, other, dec
):
    low, high = sorted((first, other))
    below, above = banded_payoff(band, low, dec), banded_payoff(band, high, dec)
    assert below.long_quote <= above.long_quote
    if high <= band.low or low >= band.high:
        assert below == above


@given(bands(), SETTLEMENT, QUOTE_DECIMALS)
def test_banded_payoff__inside_the_band__long_is_worth_s_above_l(band, settlement, dec):
    settlement = band.clip(settlement)
    exact = Fraction((settlement - band.low) * 10**dec, 10**10)
    assert abs(banded_payoff(band, settlement, dec).long_quote - exact) < 1


@pytest.mark.parametrize(("low", "reference", "high"), [(2, 2, 3), (1, 3, 3), (3, 2, 1)])
def test_band__reference_not_strictly_inside__is_refused(low, reference, high):
    with pytest.raises(BadBand):
        Band(Price(low * TICK), Price(reference * TICK), Price(high * TICK))


@given(st.integers(1, 100))
def test_last_spans__are_the_window_and_then_as_long_and_earlier(days):
    start = EXPIRY - days * DAY_S
    first, *others = last_spans(start, EXPIRY)
    assert first == (start, EXPIRY)
    assert [end for _, end in others] == [start - n * DAY_S for n in range(31)]
    assert all(end - begin == days * DAY_S for begin, end in others)


@given(st.lists(st.integers(0, 2 * DAY_S), max_size=32), REFERENCE)
def test_last_price__first_span_covered_for_a_day__else_the_reference(covered, reference):
    windows = [
        Window((n + 1) * SETTLEMENT_STEP * each, each, 9 * DAY_S, False)
        for n, each in enumerate(covered)
    ]
    found = next((n for n, each in enumerate(covered) if each >= DAY_S), None)
    expected = reference if found is None else (found + 1) * SETTLEMENT_STEP
    assert last_price(windows, reference) == expected
