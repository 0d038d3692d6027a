"""Which input sets a leader can get accepted: the rule against every set there is."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from oracle.manipulation.committee.input_sets import accepted_sets, claims_of, is_accepted
from oracle.protocol.batch.roots import Root
from oracle.protocol.committee.bounds import Bounds

FIVE = Bounds(5, 1, 2)
SEVEN = Bounds(7, 2, 3)


def root_of(position, face=0):
    return Root(position, bytes([face, position]) * 16)


ROOTS = [root_of(position) for position in range(5)]
HELD = st.dictionaries(
    st.integers(0, 4), st.sets(st.sampled_from(ROOTS)).map(list), min_size=1, max_size=5
)


@given(HELD)
def test_accepted_sets__of_any_claims__are_all_that_the_rule_accepts_and_no_others(held):
    claims = claims_of(held)
    every = (
        tuple(chosen) for count in range(len(ROOTS) + 1) for chosen in combinations(ROOTS, count)
    )
    expected = {inputs for inputs in every if is_accepted(inputs, claims, FIVE)}
    assert set(accepted_sets(ROOTS, claims, FIVE)) == expected


def test_accepted_sets__where_every_batch_reached_everyone__are_one():
    roots = [root_of(position) for position in range(7)]
    claims = claims_of(dict.fromkeys(range(7), roots))
    assert list(accepted_sets(roots, claims, SEVEN)) == [tuple(roots)]


def test_accepted_sets__with_a_batch_that_few_hold__are_two():
    roots = [root_of(position) for position in range(7)]
    held = {each: roots if each < 4 else roots[1:] for each in range(7)}
    assert list(accepted_sets(roots, claims_of(held), SEVEN)) == [tuple(roots[1:]), tuple(roots)]


def test_accepted_sets__of_two_batches_of_one_node__have_one_at_most():
    roots = [root_of(position) for position in range(5)]
    two = (*roots, root_of(6), root_of(6, face=1))
    claims = claims_of(dict.fromkeys(range(5), roots))
    found = list(accepted_sets(two, claims, SEVEN))
    assert len(found) == 3
    assert all(len({each.position for each in inputs}) == len(inputs) for inputs in found)


def test_accepted_sets__without_enough_batches__are_none():
    roots = [root_of(position) for position in range(4)]
    assert list(accepted_sets(roots, claims_of(dict.fromkeys(range(4), roots)), SEVEN)) == []
