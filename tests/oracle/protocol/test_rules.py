"""The rules of the protocol one by one: bounds, line prices, input sets, promises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.protocol.batch.roots import Root
from oracle.protocol.committee.bounds import (
    Bounds,
    ImpossibleBounds,
    bounds_of_set,
    most_liars,
)
from oracle.protocol.committee.coverage import TooFewWatchers, cover, require_watched
from oracle.protocol.have.claims import Claims
from oracle.protocol.machine.promises import BrokenPromise, Promise, PromiseRecord, Promises
from oracle.protocol.proposal.choice import choose_inputs, find_omission
from oracle.protocol.report.line_price import AttestedPrice, Basis, line_value

SEVEN = Bounds(7, 2, 5)


def attest(*offers):
    return [AttestedPrice(price8, b"", stamp) for price8, stamp in offers]


@pytest.mark.parametrize(("nodes", "prepares", "least"), [(5, 4, 3), (7, 5, 5), (13, 9, 9)])
def test_bounds__of_the_sizes_of_the_design__are_its_table(nodes, prepares, least):
    bounds = Bounds(nodes, most_liars(nodes), nodes - most_liars(nodes))
    assert (bounds.prepares, bounds.least_batches) == (prepares, least)


@pytest.mark.parametrize("counts", [(6, 2, 3), (7, 2, 2), (7, 2, 6), (0, 0, 1), (33, 1, 2)])
def test_bounds__impossible__are_refused(counts):
    with pytest.raises(ImpossibleBounds):
        Bounds(*counts)


@given(st.integers(1, 32), st.data())
def test_bounds__two_sets_of_prepares__have_an_honest_node_in_common(nodes, data):
    liars = data.draw(st.integers(0, most_liars(nodes)))
    bounds = Bounds(nodes, liars, liars + 1)
    assert 2 * bounds.prepares - nodes > liars


@given(st.integers(1, 32), st.data())
def test_bounds__of_a_set_that_proofs_shrink__survive_all_who_can_still_lie(nodes, data):
    seated = most_liars(nodes)
    signatures = data.draw(st.integers(seated + 1, nodes - seated))
    assert bounds_of_set(nodes, signatures) == Bounds(nodes, seated, signatures)
    for proven in range(1, seated + 1):
        left = bounds_of_set(nodes - proven, signatures)
        assert left.signatures == signatures
        assert seated - proven <= left.liars <= seated
    with pytest.raises(ImpossibleBounds, match="fewer are left") as refused:
        bounds_of_set(signatures - 1, signatures)
    assert "setReporters" in refused.value.hint


def test_coverage__of_a_line_that_few_watch__is_refused_and_named():
    panels = [{"alpha", "beta"}] * 4 + [{"alpha"}] * 3
    found = cover(panels, SEVEN)
    assert [(each.liars, each.silence) for each in found] == [(2, 2), (0, -1)]
    with pytest.raises(TooFewWatchers, match="beta"):
        require_watched(found, SEVEN)


def test_line__that_f_plus_1_attest__has_their_price():
    value = line_value(attest((200, 9), (200, 8), (200, 7), (900, 9), (1, 9)), SEVEN)
    assert (value.price8, value.fetched_at, value.basis) == (200, 7, Basis.LIST)


def test_line__old_price_stamped_now_by_f_liars__is_the_new_price():
    honest = [(300, 50), (300, 51), (300, 52), (200, 10), (200, 11)]
    value = line_value(attest(*honest, (200, 99), (200, 99)), SEVEN)
    assert (value.price8, value.basis) == (300, Basis.LIST)


@pytest.mark.parametrize("late", [60, 50])
def test_line__of_a_venue_with_two_prices__is_the_flagged_middle(late):
    offers = [(200, 50)] * 3 + [(300, late)] * 4
    value = line_value(attest(*offers[:3], *[(300, 40)] * 1, *offers[4:]), SEVEN)
    assert value.basis in (Basis.DISPUTED, Basis.LIST)
    tied = line_value(attest(*[(200, 50)] * 3, *[(300, 50)] * 4), SEVEN)
    assert (tied.price8, tied.basis) == (300, Basis.DISPUTED)


def test_line__that_moves__is_the_middle_of_2f_plus_1_and_of_fewer_nothing():
    moving = [(price8, 5) for price8 in (10, 20, 30, 40, 50)]
    assert line_value(attest(*moving), SEVEN)[:2] == (30, b"")
    assert line_value(attest(*moving[:4]), SEVEN) is None


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 9)), min_size=5, max_size=5),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=2),
)
def test_line__whatever_f_liars_attest__lies_between_what_honest_nodes_saw(honest, lies):
    value = line_value(attest(*honest, *lies), SEVEN)
    prices = [price8 for price8, _ in honest]
    assert value is not None
    assert min(prices) <= value.price8 <= max(prices)


@settings(max_examples=200)
@given(st.lists(st.sets(st.integers(0, 6)), min_size=7, max_size=7), st.sets(st.integers(0, 6)))
def test_honest_leader__that_missed_the_claims_of_f_liars__is_not_refused(held, hidden):
    """An honest node's claims reach everyone; those of two liars reach all but the leader."""
    liars = {0, 1}
    leader, other = Claims(), Claims()
    for claimer, positions in enumerate(held):
        roots = tuple(Root(position, bytes([position]) * 32) for position in sorted(positions))
        other.add(claimer, roots)
        if claimer not in liars & hidden:
            leader.add(claimer, roots)
    inputs = choose_inputs(leader, SEVEN)
    if inputs is not None:
        assert find_omission(inputs, other, SEVEN) is None


def test_promise__for_a_slot__is_given_once_and_never_for_an_earlier_one():
    promises = Promises([PromiseRecord(Promise.PREPARE, 120, bytes(32), b"")], floor=60)
    assert not promises.may(Promise.PREPARE, 120)
    assert not promises.may(Promise.BATCH, 60)
    assert promises.may(Promise.REPORT, 120)
    with pytest.raises(BrokenPromise):
        promises.keep(PromiseRecord(Promise.PREPARE, 120, bytes(32), b""))
    promises.keep(PromiseRecord(Promise.BATCH, 180, bytes(32), b""))
    assert not promises.may(Promise.REPORT, 120)


def test_claims__of_a_liar_for_two_batches_of_a_position__count_once():
    claims, roots = Claims(), [Root(0, bytes([n]) * 32) for n in (1, 2)]
    for root in roots:
        claims.add(3, (root,))
    assert [claims.count(root) for root in roots] == [1, 0]
