from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.grade.conversion import (
    ExceedsSupply,
    ShortReserves,
    is_short,
    units_for,
    unwrap,
    wrap,
)
from pargrade.units import Scu


@dataclass(frozen=True)
class Terms:
    decimals: int
    scu_per_token: Scu

    @property
    def par(self) -> Fraction:
        """Wei of units per token base unit."""
        return Fraction(self.scu_per_token, 10**self.decimals)


TERMS = st.builds(
    Terms,
    st.sampled_from([0, 2, 6, 8, 9, 18, 24]),
    st.integers(1, 10**9).map(lambda four: Scu(four * 10**14)),
)
TOKENS = st.integers(0, 2**96 - 1)


@given(TERMS, st.lists(TOKENS, min_size=1, max_size=6))
def test_wrap__any_deposits__leaves_the_grade_solvent(terms, deposits):
    balance = supply = 0
    for arrived in deposits:
        supply += wrap(arrived, balance, supply, terms)
        balance += arrived
        assert not is_short(balance, supply, terms)


@given(TERMS, TOKENS, TOKENS)
def test_wrap_then_unwrap__any_amount__never_profits_and_loses_at_most_one_step(
    terms, already, arrived
):
    supply = units_for(already, terms)
    minted = wrap(arrived, already, supply, terms)
    paid, burned = unwrap(minted, already + arrived, supply + minted, terms)
    kept = minted - burned
    # One step: what one wei of a unit is worth in token base units, rounded up.
    assert 0 <= arrived - paid <= ceil(1 / terms.par)
    # What is not paid is not burned either: less than one token base unit stays behind as units.
    assert 0 <= kept < terms.par


@given(TERMS, TOKENS, TOKENS, st.data())
def test_unwrap__solvent__pays_at_most_par_and_stays_solvent(terms, balance, gift, data):
    supply = units_for(balance, terms)
    units = data.draw(st.integers(0, supply))
    held = balance + gift
    paid, burned = unwrap(units, held, supply, terms)
    assert paid * terms.par <= burned <= units
    assert paid <= held
    assert not is_short(held - paid, supply - burned, terms)


@given(TERMS, TOKENS, st.data())
def test_unwrap__underlying_shrank__pays_at_most_pro_rata_and_less_than_par(terms, backing, data):
    supply = units_for(backing, terms)
    balance = data.draw(st.integers(0, backing))
    units = data.draw(st.integers(0, supply))
    paid, burned = unwrap(units, balance, supply, terms)
    if is_short(balance, supply, terms):
        assert burned == units
        assert paid * supply <= units * balance
        assert paid * supply > units * balance - supply
        assert paid * terms.par <= units
        with pytest.raises(ShortReserves) as refused:
            wrap(1, balance, supply, terms)
        assert refused.value.backed < refused.value.supply == supply
    else:
        assert paid * terms.par <= burned


@given(TERMS, TOKENS, st.data())
def test_unwrap__short_and_sliced__pays_in_total_no_more_than_is_held(terms, backing, data):
    supply = units_for(backing, terms)
    balance = data.draw(st.integers(0, backing))
    slices = data.draw(st.lists(st.integers(0, supply), max_size=5))
    for slice_ in slices:
        paid, burned = unwrap(min(slice_, supply), balance, supply, terms)
        balance -= paid
        supply -= burned
        assert balance >= 0
        assert supply >= 0


def test_unwrap__more_than_exists__is_refused_with_both_figures():
    with pytest.raises(ExceedsSupply) as refused:
        unwrap(11, 100, 10, Terms(18, Scu(10**18)))
    assert (refused.value.units, refused.value.supply) == (11, 10)


def test_wrap__one_wei_short__stops():
    par = Terms(18, Scu(10**18))
    assert wrap(5, 100, 100, par) == 5
    with pytest.raises(ShortReserves) as refused:
        wrap(5, 99, 100, par)
    assert (refused.value.backed, refused.value.supply) == (99, 100)


def test_units_for__the_devnet_grades__match_a_calculation_by_hand():
    assert units_for(10**8, Terms(8, Scu.parse("0.7019"))) == Scu.parse("0.7019")
    assert units_for(3, Terms(18, Scu.parse("0.0712"))) == 0
    assert unwrap(10**16, 10**30, 10**18, Terms(6, Scu.parse("0.64"))) == (15_625, Scu(10**16))
