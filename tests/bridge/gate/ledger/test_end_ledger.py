"""What a gate says is added up, and what it could not have said is refused. No chain needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.gate.ledger.messages import Unexplained
from bridge.gate.ledger.route_ledger import RouteLedger
from pargrade.bindings import bridge_gate as gate
from pargrade.bindings.structs import Passage
from tests.support.gate_events import FIRST, RECIPIENT, ROUTE, GateEvents, account, packed


@pytest.fixture
def home():
    return GateEvents(ROUTE.home)


@pytest.fixture
def remote():
    return GateEvents(ROUTE.remote)


def test_home__sent_and_queued__is_locked_and_set_aside(home):
    home.send(700)
    home.queue(400)
    assert (home.ledger.locked, home.ledger.set_aside) == (700, 400)
    home.leave(250, 150, nonce=FIRST + 1)
    assert (home.ledger.locked, home.ledger.set_aside) == (950, 150)
    home.say(gate.OutboundCancelled(1, packed(150)))
    assert (home.ledger.locked, home.ledger.set_aside) == (950, 0)
    assert home.ledger.last_nonce == FIRST + 1


def test_remote__arrived_in_parts__is_minted_as_far_as_it_went_through(remote):
    remote.say(gate.InboundQueued(1, ROUTE.id, FIRST, RECIPIENT, packed(900), 1))
    assert remote.ledger.minted == 0
    remote.execute(600)
    assert (remote.ledger.minted, remote.ledger.arrivals[FIRST].waiting) == (600, 300)
    remote.execute(300)
    assert remote.ledger.minted == 900
    remote.send(100)
    assert remote.ledger.minted == 800


def test_end__arrived_of_no_steps__is_an_arrival_like_any_other(home):
    """A gate takes what a quorum signs, and nobody who sends gets so little signed."""
    home.execute(0)
    home.say(gate.Credited(ROUTE.id, RECIPIENT, packed(0)))
    assert home.ledger.arrivals[FIRST].passage is Passage.DONE
    assert (home.ledger.locked, home.ledger.set_aside) == (0, 0)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda chain: chain.send(1, nonce=FIRST + 1), "follows message"),
        (lambda chain: chain.send(1, nonce=FIRST - 1), "follows message"),
        (lambda chain: chain.send(1_001), "at most 1000 might"),
        (lambda chain: chain.send(0), "is none of it"),
        (lambda chain: chain.send(1, amount=packed(1, 18)), "is none of it"),
        (lambda chain: chain.send(1, recipient=account(0)), "goes to"),
        (lambda chain: chain.send(1, recipient=ROUTE.remote.token), "goes to"),
        (lambda chain: chain.leave(1, 0), "waits not"),
        (lambda chain: (chain.queue(5), chain.leave(6, 0)), "as another transfer"),
        (lambda chain: chain.execute(1), "were locked"),
        (lambda chain: (chain.send(9), chain.execute(9), chain.execute(9)), "beyond what"),
    ],
)
def test_home__what_the_gate_could_not_have_said__is_unexplained(home, act, why):
    with pytest.raises(Unexplained, match=why):
        act(home)


def test_remote__burned_and_never_minted__is_unexplained(remote):
    with pytest.raises(Unexplained, match="were burned"):
        remote.send(1)


def test_remote__more_than_the_budget_arrives__is_unexplained(remote):
    with pytest.raises(Unexplained, match="arrived, at most 1000 might"):
        remote.execute(1_001)


def test_route__arrived_and_never_left_or_as_another__is_named(home, remote):
    ledger = RouteLedger(home.ledger, remote.ledger)
    remote.execute(5)
    assert any("never left" in fault for fault in ledger.unexplained())
    home.send(6)
    assert any("as another" in fault for fault in ledger.unexplained())


@given(st.lists(st.tuples(st.sampled_from(("out", "back")), st.integers(1, 300)), max_size=40))
def test_route__any_honest_course__balances_at_every_step(moves):
    home, remote = GateEvents(ROUTE.home), GateEvents(ROUTE.remote)
    ledger = RouteLedger(home.ledger, remote.ledger)
    for way, steps in moves:
        source, destination = (home, remote) if way == "out" else (remote, home)
        if way == "back" and steps > remote.ledger.minted:
            continue
        # What may cross is the bucket's affair; here there is always room.
        source.ledger._bucket = destination.ledger._bucket = source.ledger._bucket.rested(10**9, 0)
        nonce = source.ledger.last_nonce + 1
        source.send(steps, nonce=nonce)
        assert remote.ledger.minted <= home.ledger.locked
        destination.execute(steps, nonce=nonce)
        assert remote.ledger.minted == home.ledger.locked
        assert list(ledger.unexplained()) == []
