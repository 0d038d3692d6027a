"""Carriages on a medium that all share: a member's count once and for it alone, others for none."""

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import Members
from oracle.transport.bundle import MOST_MESSAGE_BYTES
from oracle.transport.nats.assembly import MOST_OPEN, Assembly
from oracle.transport.nats.carriage import (
    MOST_AGE_S,
    MOST_INLINE,
    CarriageReader,
    CarriageWriter,
    CarriedMessage,
    Piece,
    count_pieces,
)
from oracle.transport.struct_signer import KeyStructs
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from tests.support.committee_rounds import COMMITTEE, KEYS, MEMBERS

CARRIERS = [
    CarriageWriter(COMMITTEE, each, KeyStructs(KEYS[each], COMMITTEE.domain)) for each in (0, 1)
]


def reader(age_s=0.0, committee=COMMITTEE):
    return CarriageReader(committee, Members(MEMBERS), lambda: time.time() + age_s)


def test_carriage__of_a_member__says_who_sent_what_to_whom():
    read = reader().read
    assert read(CARRIERS[0].pack((1, 4), b"x" * 90)) == CarriedMessage(0, (1, 4), b"x" * 90)
    assert read(CARRIERS[1].pack((), b"")) == CarriedMessage(1, (), b"")
    long = b"x" * MOST_INLINE + b"yz"
    pieces = [read(packed) for packed in CARRIERS[1].pack_pieces((31,), long)]
    assert pieces == [
        CarriedMessage(1, (31,), b"x" * MOST_INLINE, Piece(keccak(long), len(long), 0)),
        CarriedMessage(1, (31,), b"yz", Piece(keccak(long), len(long), 1)),
    ]


@given(st.integers(min_value=0), st.integers(1, 255))
def test_carriage__of_which_any_byte_is_another__is_refused(place, change):
    packed = bytearray(CARRIERS[0].pack((1,), b"some message"))
    packed[place % len(packed)] ^= change
    with pytest.raises(UnreadableMessage):
        reader().read(bytes(packed))


@given(st.binary(max_size=300))
def test_bytes__of_anyone__are_refused_and_raise_nothing_else(raw):
    with pytest.raises(UnreadableMessage):
        reader().read(raw)


def test_carriage__seen_before_or_of_another_time_or_committee__is_refused():
    once = reader()
    packed = CARRIERS[0].pack((1,), b"x")
    once.read(packed)
    with pytest.raises(UnreadableMessage, match="seen before"):
        once.read(packed)
    for age_s in (MOST_AGE_S + 5, -MOST_AGE_S - 5):
        with pytest.raises(UnreadableMessage, match="another time"):
            reader(age_s).read(packed)
    with pytest.raises(UnreadableMessage, match="not signed"):
        reader(committee=replace(COMMITTEE, epoch=COMMITTEE.epoch + 1)).read(packed)


def test_session__that_another_key_proves__is_refused():
    stranger = CarriageWriter(COMMITTEE, 0, KeyStructs(Key(b"\x42" * 32), COMMITTEE.domain))
    liar = CarriageWriter(COMMITTEE, 0, KeyStructs(KEYS[1], COMMITTEE.domain))
    outside = CarriageWriter(COMMITTEE, 5, KeyStructs(KEYS[1], COMMITTEE.domain))
    for each, reason in ((stranger, "proves no"), (liar, "proves no"), (outside, "not in the")):
        with pytest.raises(UnreadableMessage, match=reason):
            reader().read(each.pack((1,), b"x"))


def test_member__that_was_started_anew_often__is_still_heard():
    read = reader().read
    for _ in range(8):
        fresh = CarriageWriter(COMMITTEE, 2, KeyStructs(KEYS[2], COMMITTEE.domain))
        assert read(fresh.pack((0,), b"x")).sender == 2


@pytest.mark.parametrize("payload", [b"", bytes(32), bytes(36) + b"\5\0" + b"x" * 4])
def test_piece__of_other_size_than_it_has__is_refused(payload):
    with pytest.raises(UnreadableMessage):
        reader().read(CARRIERS[0]._sealed((1,), b"\1" + payload))


def pieces_of(raw):
    return [(each.piece, each.raw) for each in map(reader().read, CARRIERS[0].pack_pieces((), raw))]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1 << 32), st.integers(1, MOST_MESSAGE_BYTES))
def test_pieces__in_any_order__are_their_message_and_leave_nothing_behind(seed, size):
    draw = random.Random(seed)
    raw = draw.randbytes(size)
    pieces = pieces_of(raw)
    draw.shuffle(pieces)
    assembly = Assembly()
    *before, last = [assembly.add(3, piece, part) for piece, part in pieces]
    assert before == [None] * (count_pieces(size) - 1)
    assert last == raw
    assert not assembly.knows(3, pieces[0][0])


def test_pieces__of_a_member_that_ends_none__cost_its_own_messages_alone():
    assembly, whole = Assembly(), b"w" * (2 * MOST_INLINE)
    first, second = pieces_of(whole)
    assert assembly.add(1, *first) is None
    for number in range(100):
        begun = pieces_of(bytes([number]) * (MOST_INLINE + 1))[0]
        assert assembly.add(2, *begun) is None
        assert assembly.knows(2, begun[0])
    assert len(assembly._open[2]) == MOST_OPEN
    assert assembly.add(1, *second) == whole


def test_pieces__that_are_of_another_message__are_refused():
    assembly = Assembly()
    piece, part = pieces_of(b"a" * 2 * MOST_INLINE)[0]
    assembly.add(1, piece, part)
    with pytest.raises(UnreadableMessage, match="another message"):
        assembly.add(1, piece._replace(place=1), b"b" * MOST_INLINE)
