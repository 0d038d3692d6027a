"""Queues between nodes: bounded, in order, and a share for each member."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.protocol.wire.reader import UnreadableMessage
from oracle.transport.bundle import (
    MOST_BUNDLE_BYTES,
    MOST_MESSAGES,
    pack_bundle,
    read_bundle,
    size_in_bundle,
)
from oracle.transport.inbox import (
    BURST_BYTES,
    BURST_MESSAGES,
    MESSAGES_PER_S,
    MOST_WAITING,
    Arrived,
    Inbox,
)
from oracle.transport.outbox import MOST_WAITING as MOST_OUT
from oracle.transport.outbox import MOST_WAITING_BYTES, PeerQueue

MESSAGES = st.lists(st.binary(max_size=200), max_size=40)


@given(MESSAGES)
def test_bundle__read_again__is_the_same_messages_in_order(messages):
    assert read_bundle(pack_bundle(messages)) == messages


@given(MESSAGES, st.binary(min_size=1, max_size=3))
def test_bundle__with_anything_behind_it__is_unreadable(messages, rest):
    for body in (pack_bundle(messages) + rest, pack_bundle([bytes(9)])[:-1]):
        try:
            found = read_bundle(body)
        except UnreadableMessage:
            continue
        assert pack_bundle(found) == body


def test_bundle__of_too_many_messages__is_unreadable():
    assert len(read_bundle(bytes(4 * MOST_MESSAGES))) == MOST_MESSAGES
    try:
        read_bundle(bytes(4 * (MOST_MESSAGES + 1)))
    except UnreadableMessage:
        return
    raise AssertionError


@given(st.lists(st.binary(max_size=9), max_size=600))
def test_outbox__whatever_is_put_into_it__keeps_the_newest_in_order(messages):
    outbox = PeerQueue()
    for raw in messages:
        outbox.put(raw)
    kept = []
    while len(kept) < min(len(messages), MOST_OUT):
        kept += outbox.take()
    assert kept == messages[-MOST_OUT:]
    assert outbox.dropped == max(0, len(messages) - MOST_OUT)


def test_outbox__of_large_messages__is_bounded_in_bytes_and_takes_what_one_request_carries():
    outbox = PeerQueue()
    large = bytes(900_000)
    for _ in range(9):
        outbox.put(large)
    assert outbox.dropped == 9 - MOST_WAITING_BYTES // size_in_bundle(large)
    assert outbox.take() == [large]
    outbox.put(b"small")
    assert sum(map(size_in_bundle, outbox.take())) <= MOST_BUNDLE_BYTES
    outbox.close()
    assert outbox.take() == []
    assert outbox.wait_closed(0)
    outbox.put(b"late")
    assert outbox.take() == []


def test_inbox__while_a_member_floods__gives_the_others_their_turn():
    inbox = Inbox([0, 1, 2], clock=lambda: 0.0)
    assert inbox.put(0, [b"flood"] * BURST_MESSAGES)
    assert not inbox.put(0, [b"more"])
    assert inbox.put(1, [b"one"])
    assert inbox.put(2, [b"two"])
    first = {inbox.take() for _ in range(3)}
    assert first == {Arrived(0, b"flood"), Arrived(1, b"one"), Arrived(2, b"two")}
    assert inbox.refused == {0: 1, 1: 0, 2: 0}
    assert not inbox.put(7, [b"nobody"])


def test_inbox__budget_of_a_member__comes_back_with_time_and_never_exceeds_its_burst():
    now = [0.0]
    inbox = Inbox([0], clock=lambda: now[0])
    assert inbox.put(0, [b""] * BURST_MESSAGES)
    while inbox.take() is not None:
        pass
    assert not inbox.put(0, [b""])
    now[0] = 1.0
    assert inbox.put(0, [b""] * MESSAGES_PER_S)
    assert not inbox.put(0, [b""])
    now[0] = 10_000.0
    assert not inbox.put(0, [b""] * (BURST_MESSAGES + 1))
    assert not inbox.put(0, [bytes(BURST_BYTES + 1)])
    now[0] = 5.0
    assert inbox.put(0, [b""])


def test_inbox__that_nobody_empties__is_bounded():
    now = [0.0]
    inbox = Inbox([0], clock=lambda: now[0])
    for _ in range(100):
        inbox.put(0, [b"x"] * 64)
        now[0] += 60
    taken = 0
    while inbox.take() is not None:
        taken += 1
    assert taken == MOST_WAITING


def test_inbox__that_nobody_empties__keeps_no_more_bytes_of_a_member_than_one_burst():
    now = [0.0]
    inbox = Inbox([0, 1], lambda: now[0])
    large = bytes(BURST_BYTES // 4)
    kept = []
    for _ in range(8):
        kept.append(inbox.put(0, [large]))
        now[0] += 3_600
    assert kept == 4 * [True] + 4 * [False]
    assert sum(1 for _ in iter(inbox.take, None)) == 4
    assert inbox.put(0, [large])
    assert inbox.put(1, [large])


def test_inbox__asked_whether_it_keeps_a_message__takes_nothing_and_counts_what_it_refuses():
    inbox = Inbox([0], lambda: 0.0)
    assert inbox.admits(0, BURST_BYTES)
    assert inbox.put(0, [bytes(BURST_BYTES)])
    assert not inbox.admits(0, 1)
    assert not inbox.admits(3, 1)
    assert inbox.refused == {0: 1}
