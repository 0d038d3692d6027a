from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.hashing import BadAddress
from pargrade.cli.toolkit.parse import (
    AbsurdAmount,
    BadInstant,
    NoAccount,
    NotPositive,
    OffTheLot,
    OffTick,
    account,
    accounts,
    instant,
    lots_of,
    midnight,
    positive,
    reference_price,
)
from pargrade.clock import DAY_S
from pargrade.spot_index.accumulator import NotMidnight
from pargrade.text import amount, moment
from pargrade.units import CONTRACT_LOTS, TICK, Price, format_amount

ONE = "0x" + 40 * "1"
TWO = "0x" + 40 * "2"


@given(st.integers(1, 10**38), st.integers(0, 24))
def test_positive__text_of_any_amount__is_read_back_exactly(raw, decimals):
    assert positive(format_amount(raw, decimals), decimals, "it") == raw


@given(st.integers(10**38 + 1, 10**60), st.integers(0, 24))
def test_positive__more_than_any_token_has__is_absurd(raw, decimals):
    with pytest.raises(AbsurdAmount):
        positive(format_amount(raw, decimals), decimals, "it")


@given(st.integers(-(10**30), 0))
def test_positive__nothing_or_less__is_refused(raw):
    with pytest.raises(NotPositive):
        positive(format_amount(raw, 6), 6, "it")


@given(st.integers(1, 10**12))
def test_lots_of__contracts_that_are_whole_lots__are_those_lots(lots):
    whole, rest = divmod(lots * 10**18, CONTRACT_LOTS)
    if rest == 0:
        assert lots_of(None, format_amount(whole, 18)) == lots
    else:
        with pytest.raises(OffTheLot):
            lots_of(None, format_amount(whole, 18))


@given(st.integers(1, 10**9))
def test_lots_of__whole_contracts__are_73000_lots_each(contracts):
    assert lots_of(None, str(contracts)) == contracts * CONTRACT_LOTS


@given(st.integers(1, 10**6))
def test_reference_price__on_the_tick__is_read_and_off_it_names_both_neighbours(ticks):
    price = Price(ticks * TICK)
    assert reference_price(price.text()) == price
    with pytest.raises(OffTick) as refused:
        reference_price((price + 1).text())
    assert price.text() in refused.value.hint
    assert (price + TICK).text() in refused.value.hint


@given(st.integers(0, 40_000))
def test_midnight__any_day__is_its_first_second_and_shown_as_that_day(day):
    text = datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
    assert midnight(text) == day * DAY_S
    assert moment(day * DAY_S) == f"{text} 00:00 UTC"


@pytest.mark.parametrize("text", ["2026-03-05T00:00+02:00", "2026-03-05T00:00:01", "2026-03-05 12"])
def test_midnight__other_times__are_refused(text):
    with pytest.raises(NotMidnight):
        midnight(text)


@pytest.mark.parametrize("text", ["", "today", "2026-13-01", "05.03.2026"])
def test_midnight__other_text__is_no_day(text):
    with pytest.raises(BadInstant):
        midnight(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-03-05", 1_772_668_800),
        ("2026-03-05T12:00:00Z", 1_772_712_000),
        ("2026-03-05T12:00", 1_772_712_000),
        ("2026-03-05T14:00:00+02:00", 1_772_712_000),
    ],
)
def test_instant__day_or_time__is_utc_unless_it_states_an_offset(text, seconds):
    assert instant(text) == seconds


@pytest.mark.parametrize("text", ["noon", "2026-03-05T12:00:00.5Z", "2026-02-30"])
def test_instant__other_text__is_refused(text):
    with pytest.raises(BadInstant):
        instant(text)


def test_midnight__midnight_elsewhere__counts_in_utc():
    assert midnight("2026-03-05T02:00+02:00") == midnight("2026-03-05")


def test_accounts__lists_of_lists__are_read_in_order():
    assert accounts([f"{ONE}, {TWO}", ONE], "it") == (ONE, TWO, ONE)


@pytest.mark.parametrize("texts", [[""], [f"{ONE},"], ["0x1"], [f"{ONE} {TWO}"]])
def test_accounts__gaps_and_other_text__are_refused(texts):
    with pytest.raises(BadAddress):
        accounts(texts, "it")


def test_account__zero_address__has_no_key():
    with pytest.raises(NoAccount):
        account("0x" + 40 * "0", "it")


@given(st.integers(0, 10**30), st.integers(0, 18))
def test_amount__for_people__says_the_exact_figure(raw, decimals):
    shown = amount(raw, decimals, "SCU")
    assert shown.removesuffix(" SCU").replace(",", "") == format_amount(raw, decimals)
