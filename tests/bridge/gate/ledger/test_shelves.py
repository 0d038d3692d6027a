"""What is put on a shelf comes back as it was, and takes little room."""

import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.gate.ledger.messages import Arrival, SentMessage
from bridge.gate.ledger.route_ledger import RouteLedger
from bridge.gate.ledger.shelves import ArrivalShelf, SentShelf
from pargrade.bindings.structs import Passage
from pargrade.chain.hashing import address_of
from pargrade.gate.transfer import MOST_STEPS, Amount, Crossing
from tests.support.gate_events import FIRST, ROUTE, GateEvents

U64 = st.integers(0, 2**64 - 1)
ACCOUNTS = st.binary(min_size=20, max_size=20).map(address_of)
STEPS = st.integers(0, MOST_STEPS)
MOST_BYTES = 450
"""Of a message that went through, at both ends together; as objects it took 900."""

CROSSINGS = st.builds(
    Crossing,
    st.just(ROUTE.id),
    st.just(0),
    ACCOUNTS,
    ACCOUNTS,
    st.builds(Amount, STEPS, st.just(6)),
)
MESSAGES = st.builds(SentMessage, CROSSINGS, U64, U64, st.booleans())
ARRIVALS = st.builds(
    Arrival,
    nonce=U64,
    recipient=ACCOUNTS,
    executed=st.integers(0, 2**120),
    waiting=STEPS,
    passage=st.sampled_from(Passage),
    id=st.integers(0, 2**256 - 1),
    epoch=st.integers(0, 2**32 - 1),
)


@given(st.integers(0, 2**63), st.lists(MESSAGES, max_size=5))
def test_sent_shelf__gives_back_what_was_put_there(first, messages):
    shelf, kept = SentShelf(ROUTE.id, 6), {}
    for number, message in enumerate(messages):
        crossing = replace(message.crossing, nonce=first + number)
        kept[crossing.nonce] = replace(message, crossing=crossing)
        shelf.add(kept[crossing.nonce])
    assert dict(shelf) == kept
    assert first - 1 not in shelf
    assert shelf.get(first + len(messages)) is None


@given(st.lists(ARRIVALS, max_size=6))
def test_arrival_shelf__gives_back_what_was_put_there_last(arrivals):
    shelf, kept = ArrivalShelf(), {}
    for arrival in arrivals:
        shelf.put(arrival)
        kept[arrival.nonce] = arrival
    assert dict(shelf) == kept
    for arrival in kept.values():
        is_through = shelf.content_through(arrival.nonce) is not None
        assert is_through == (arrival.passage is Passage.DONE)


@given(MESSAGES, ARRIVALS)
def test_contents__are_equal_where_recipient_and_steps_are(message, arrival):
    sent, arrived = SentShelf(ROUTE.id, 6), ArrivalShelf()
    nonce = message.crossing.nonce
    sent.add(message)
    arrived.put(replace(arrival, nonce=nonce, passage=Passage.DONE))
    same = {"recipient": message.crossing.recipient, "executed": message.crossing.amount.value}
    is_same = same == {"recipient": arrival.recipient, "executed": arrival.executed}
    assert (sent.content(nonce) == arrived.content_through(nonce)) == is_same
    arrived.put(replace(arrival, nonce=nonce, passage=Passage.DONE, **same))
    assert sent.content(nonce) == arrived.content_through(nonce)


@pytest.mark.skipif(tracemalloc.is_tracing(), reason="somebody else counts")
def test_ledger__of_messages_that_went_through__takes_little_room_for_each():
    count = 3_000
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        home, remote = GateEvents(ROUTE.home), GateEvents(ROUTE.remote)
        for end in (home, remote):
            end.ledger._bucket = end.ledger._bucket.rested(10**9, 0)
        ledger = RouteLedger(home.ledger, remote.ledger)
        for number in range(count):
            home.send(5, nonce=FIRST + number)
            remote.execute(5, nonce=FIRST + number)
        assert list(ledger.unexplained()) == list(ledger.open_messages(home.ledger)) == []
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / count < MOST_BYTES
