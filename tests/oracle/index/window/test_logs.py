"""Logarithms as integers."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.window.logs import LOG_ONE, amount_of, log_of

AMOUNTS = st.integers(1, 10**20)


@given(AMOUNTS)
def test_log__of_an_amount__is_that_of_floats_as_far_as_they_go(amount):
    assert abs(log_of(amount) / LOG_ONE - log(amount)) < 1e-9


@given(st.integers(1, 10**9))
def test_amount__of_the_log_of_an_amount__is_the_amount(amount):
    assert amount_of(log_of(amount)) == amount


@given(AMOUNTS, AMOUNTS)
def test_log__of_a_product__is_the_sum_within_a_rounding(first, other):
    assert abs(log_of(first * other) - log_of(first) - log_of(other)) <= 1


def test_log__halfway_digits__are_known_to_the_last():
    # ln 2 = 0.69314718055994..., ln 10 = 2.30258509299404...
    assert (log_of(1), log_of(2), log_of(10)) == (0, 6_931_471_806, 23_025_850_930)


@pytest.mark.parametrize("amount", [0, -1])
def test_log__of_no_price__is_refused(amount):
    with pytest.raises(ArithmeticError):
        log_of(amount)
