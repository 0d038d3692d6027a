"""What is open and what is unexplained, found by looking at what is new; forgeries made good."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.gate.ledger.forgery import Forgery, reissue_of
from bridge.gate.ledger.route_ledger import RouteLedger
from pargrade.bindings import bridge_gate as gate
from pargrade.bindings.structs import Passage
from tests.support.gate_events import FIRST, ROUTE, GateEvents, account

THIEF = account(66)
REMOTE = ROUTE.remote.chain


def ends():
    found = GateEvents(ROUTE.home), GateEvents(ROUTE.remote)
    for end in found:
        # What may cross is the bucket's affair; here there is always room.
        end.ledger._bucket = end.ledger._bucket.rested(10**9, 0)
    return found


def ledger_of(home, remote, *forgeries):
    return RouteLedger(home.ledger, remote.ledger, forgeries)


def open_nonces(ledger, source):
    return [each.message.crossing.nonce for each in ledger.open_messages(source)]


ACTS = st.tuples(
    st.sampled_from(("out", "out", "back", "arrive", "arrive", "hold", "forge", "revoke")),
    st.integers(1, 300),
    st.booleans(),
)


@given(st.lists(ACTS, max_size=60))
def test_looks__in_between__find_what_one_look_at_all_of_it_finds(acts):
    home, remote = ends()
    kept = ledger_of(home, remote)
    for act, number, is_looking in acts:
        play(home, remote, act, number)
        if is_looking:
            list(kept.unexplained())
    fresh = ledger_of(home, remote)
    assert sorted(kept.unexplained()) == sorted(fresh.unexplained())
    for kept_end in (home.ledger, remote.ledger):
        assert list(kept.open_messages(kept_end)) == list(fresh.open_messages(kept_end))
        assert set(open_nonces(kept, kept_end)) == walked(kept_end, kept)


def walked(source, ledger):
    """What is open by a walk over all messages."""
    destination = ledger.remote if source is ledger.home else ledger.home
    return {
        nonce
        for nonce in source.sent
        if nonce not in destination.arrivals
        or destination.arrivals[nonce].passage is not Passage.DONE
    }


def play(home, remote, act, number):
    """One event, where the gates could have said it."""
    sent, arrived = home.ledger.sent, remote.ledger.arrivals
    match act:
        case "out":
            home.send(number, nonce=home.ledger.last_nonce + 1)
        case "back" if number <= remote.ledger.minted:
            remote.send(number, nonce=remote.ledger.last_nonce + 1)
        case "arrive" | "hold" if sent:
            nonce = FIRST + number % len(sent)
            before = arrived.get(nonce)
            if before is None and act == "hold":
                remote.hold(sent[nonce].crossing.amount.value, nonce)
            elif before is None or before.passage is Passage.QUEUED:
                remote.execute(sent[nonce].crossing.amount.value if not before else 1, nonce)
        case "forge":
            nonce = FIRST + number % 9
            if nonce not in arrived:
                remote.hold(number, nonce, recipient=THIEF)
        case "revoke":
            remote.say(gate.EpochRevoked(1))


def test_look__at_a_long_history__looks_at_what_is_open_alone():
    home, remote = ends()
    ledger = ledger_of(home, remote)
    for number in range(500):
        home.send(5, nonce=FIRST + number)
        remote.execute(5, nonce=FIRST + number)
    home.send(5, nonce=FIRST + 500)
    assert list(ledger.unexplained()) == []
    looked = []

    def counted(shelf):
        class Counted(type(shelf)):
            def __getitem__(self, nonce):
                looked.append(nonce)
                return super().__getitem__(nonce)

        shelf.__class__ = Counted

    counted(remote.ledger.arrivals)
    counted(home.ledger.sent)
    assert list(ledger.unexplained()) == []
    assert open_nonces(ledger, home.ledger) == [FIRST + 500]
    assert looked == [FIRST + 500]


def test_forgery__that_waits_on_a_revoked_epoch__is_no_fault_and_the_true_one_stays_open():
    home, remote = ends()
    ledger = ledger_of(home, remote)
    home.send(6)
    remote.hold(5, recipient=THIEF)
    [fault] = ledger.unexplained()
    assert "as another" in fault
    remote.say(gate.EpochRevoked(1))
    assert list(ledger.unexplained()) == []
    assert open_nonces(ledger, home.ledger) == [FIRST]
    remote.hold(6, epoch=2)
    remote.execute(6)
    assert list(ledger.unexplained()) == []
    assert open_nonces(ledger, home.ledger) == []


@pytest.fixture
def robbed():
    """A message of 6 left, and a forgery of 1 to a thief has used its nonce up."""
    home, remote = ends()
    home.send(6)
    remote.execute(1, recipient=THIEF)
    return home, remote


def test_forgery__covered_exactly__explains_it_and_opens_the_message_under_its_reissue(robbed):
    home, remote = robbed
    home.send(1, nonce=FIRST + 1)
    assert any("as another" in fault for fault in ledger_of(home, remote).unexplained())
    ledger = ledger_of(home, remote, Forgery(REMOTE, FIRST, (FIRST + 1,)))
    assert list(ledger.unexplained()) == []
    [opened] = ledger.open_messages(home.ledger)
    assert opened.message.crossing.nonce == reissue_of(FIRST)
    assert opened.message.crossing.amount.value == 6
    way = ledger.way_from(home.ledger)
    assert way.arrival_of(FIRST) is None
    remote.execute(6, nonce=reissue_of(FIRST))
    assert list(ledger.unexplained()) == []
    assert list(ledger.open_messages(home.ledger)) == []
    assert way.arrival_of(FIRST).executed == 6
    assert remote.ledger.minted == home.ledger.locked == 7


@pytest.mark.parametrize(
    ("covers", "why"),
    [
        ((FIRST + 1,), "as another"),
        ((), "as another"),
        ((FIRST + 7,), "did not leave"),
    ],
    ids=["of another amount", "none", "that never left"],
)
def test_forgery__not_covered_exactly__stays_a_fault_and_opens_nothing_anew(robbed, covers, why):
    home, remote = robbed
    home.send(2, nonce=FIRST + 1)
    ledger = ledger_of(home, remote, Forgery(REMOTE, FIRST, covers))
    assert any(why in fault for fault in ledger.unexplained())
    assert reissue_of(FIRST) not in open_nonces(ledger, home.ledger)


def test_cover__of_two_forgeries_or_named_twice__is_a_fault(robbed):
    home, remote = robbed
    remote.execute(1, nonce=FIRST + 5, recipient=THIEF)
    home.send(1, nonce=FIRST + 1)
    cover = (FIRST + 1,)
    both = ledger_of(home, remote, Forgery(REMOTE, FIRST, cover), Forgery(REMOTE, FIRST + 5, cover))
    assert any("more than once" in fault for fault in both.unexplained())
    remote.execute(2, nonce=FIRST + 6, recipient=THIEF)
    twice = ledger_of(home, remote, Forgery(REMOTE, FIRST + 6, cover * 2))
    assert any("more than once" in fault for fault in twice.unexplained())


def test_forgery__that_is_the_true_message__is_a_fault_and_is_not_attested_again():
    home, remote = ends()
    home.send(6)
    remote.execute(6)
    home.send(6, nonce=FIRST + 1)
    ledger = ledger_of(home, remote, Forgery(REMOTE, FIRST, (FIRST + 1,)))
    assert any("arrived as it left" in fault for fault in ledger.unexplained())
    assert open_nonces(ledger, home.ledger) == []


def test_cover__that_arrives_itself__is_a_fault(robbed):
    home, remote = robbed
    home.send(1, nonce=FIRST + 1)
    ledger = ledger_of(home, remote, Forgery(REMOTE, FIRST, (FIRST + 1,)))
    remote.execute(1, nonce=FIRST + 1)
    assert any("and arrived" in fault for fault in ledger.unexplained())


def test_reissue__of_a_message_that_was_never_robbed__is_a_fault():
    home, remote = ends()
    home.send(6)
    remote.execute(6)
    remote.execute(6, nonce=reissue_of(FIRST))
    faults = list(ledger_of(home, remote).unexplained())
    assert any("never left" in fault for fault in faults)
    named = ledger_of(home, remote, Forgery(REMOTE, FIRST, ()))
    assert any("never left" in fault for fault in named.unexplained())


def test_forgery__of_a_nonce_that_was_still_to_come__is_covered_and_reissued_once_it_leaves():
    home, remote = ends()
    remote.execute(1, nonce=FIRST + 1, recipient=THIEF)
    home.send(1)
    ledger = ledger_of(home, remote, Forgery(REMOTE, FIRST + 1, (FIRST,)))
    assert list(ledger.unexplained()) == []
    assert list(ledger.open_messages(home.ledger)) == []
    home.send(4, nonce=FIRST + 1)
    assert list(ledger.unexplained()) == []
    assert open_nonces(ledger, home.ledger) == [reissue_of(FIRST + 1)]


def test_forgery__of_a_reissue__is_covered_and_reissued_again(robbed):
    home, remote = robbed
    home.send(1, nonce=FIRST + 1)
    remote.execute(2, nonce=reissue_of(FIRST), recipient=THIEF)
    home.send(2, nonce=FIRST + 2)
    ledger = ledger_of(
        home,
        remote,
        Forgery(REMOTE, FIRST, (FIRST + 1,)),
        Forgery(REMOTE, reissue_of(FIRST), (FIRST + 2,)),
    )
    assert list(ledger.unexplained()) == []
    assert open_nonces(ledger, home.ledger) == [reissue_of(reissue_of(FIRST))]
