"""Carriages on a medium that all share: a member's count once and for it alone, others for none."""

import random
import time
from contextlib import suppress
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
    ShareUsedUp,
    count_pieces,
)
from oracle.transport.nats.shares import (
    BURST_CARRIAGES,
    BURST_EFFORT,
    BURST_WORDS,
    CHECK_EFFORT,
    Shares,
)
from oracle.transport.struct_signer import KeyStructs
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key, recover
from tests.support.committee_rounds import COMMITTEE, KEYS, MEMBERS

CARRIERS = [
    CarriageWriter(COMMITTEE, each, KeyStructs(KEYS[each], COMMITTEE.domain)) for each in (0, 1)
]


ME = 4
"""Whose reader it is."""


def reader(age_s=0.0, committee=COMMITTEE, shares=None):
    shares = shares or Shares(range(5))
    return CarriageReader(committee, ME, Members(MEMBERS), shares, lambda: time.time() + age_s)


def test_carriage__of_a_member__says_who_sent_what_to_whom():
    read = reader().read
    assert read(CARRIERS[0].pack((1, 4), b"x" * 90)) == CarriedMessage(0, (1, 4), b"x" * 90)
    assert read(CARRIERS[1].pack((), b"")) == CarriedMessage(1, (), b"")
    long = b"x" * MOST_INLINE + b"yz"
    pieces = [read(packed) for packed in CARRIERS[1].pack_pieces((ME, 31), long)]
    assert pieces == [
        CarriedMessage(1, (ME, 31), b"x" * MOST_INLINE, Piece(keccak(long), len(long), 0)),
        CarriedMessage(1, (ME, 31), b"yz", Piece(keccak(long), len(long), 1)),
    ]


@given(st.integers(min_value=0), st.integers(1, 255))
def test_carriage__of_which_any_byte_is_another__is_refused_or_for_others(place, change):
    packed = bytearray(CARRIERS[0].pack((ME,), b"some message"))
    packed[place % len(packed)] ^= change
    if packed[12] >> ME & 1:
        with pytest.raises(UnreadableMessage):
            reader().read(bytes(packed))
    else:
        assert reader().read(bytes(packed)) is None


@given(st.binary(max_size=300))
def test_bytes__of_anyone__are_refused_and_raise_nothing_else(raw):
    with suppress(UnreadableMessage):
        assert reader().read(raw) is None


def test_carriage__seen_before_or_of_another_time_or_committee__is_refused():
    once = reader()
    packed = CARRIERS[0].pack((ME,), b"x")
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
            reader().read(each.pack((ME,), b"x"))


def test_member__that_was_started_anew_often__is_still_heard():
    read = reader().read
    for _ in range(8):
        fresh = CarriageWriter(COMMITTEE, 2, KeyStructs(KEYS[2], COMMITTEE.domain))
        assert read(fresh.pack((ME,), b"x")).sender == 2


@pytest.mark.parametrize("payload", [b"", bytes(32), bytes(36) + b"\5\0" + b"x" * 4])
def test_piece__of_other_size_than_it_has__is_refused(payload):
    with pytest.raises(UnreadableMessage):
        reader().read(CARRIERS[0]._sealed((ME,), b"\1" + payload))


def pieces_of(raw):
    return [
        (each.piece, each.raw) for each in map(reader().read, CARRIERS[0].pack_pieces((ME,), raw))
    ]


class Looked:
    """A reader whose time stands still, and how many keys it has recovered."""

    def __init__(self, monkeypatch):
        self.recovered = 0
        self.shares = Shares(range(5), lambda: 0.0)
        self.read = reader(shares=self.shares).read

        def counted(*words):
            self.recovered += 1
            return recover(*words)

        for module in ("oracle.transport.nats.carriage", "oracle.protocol.wire.signatory"):
            monkeypatch.setattr(f"{module}.recover", counted)

    def take(self, packed):
        """Whether a carriage is taken."""
        try:
            return self.read(packed) is not None
        except UnreadableMessage:
            return False


@pytest.fixture
def looked(monkeypatch):
    return Looked(monkeypatch)


def test_carriages__to_others__cost_no_signature_and_no_share(looked):
    for number in range(BURST_CARRIAGES + 1):
        assert looked.read(CARRIERS[0].pack((1, 2), b"%d" % number)) is None
    assert looked.recovered == 0
    assert looked.take(CARRIERS[0].pack((ME,), b"for me"))


@pytest.mark.parametrize(("raw", "share"), [(b"x", BURST_CARRIAGES), (b"", BURST_WORDS)])
def test_member__that_floods__is_checked_up_to_its_share_and_no_other_is(looked, raw, share):
    flood = [CARRIERS[0].pack((ME,), raw) for _ in range(share + 200)]
    flood = list(dict.fromkeys(flood))
    assert sum(map(looked.take, flood)) == share
    # Its session besides.
    assert looked.recovered == share + 1
    with pytest.raises(ShareUsedUp, match="position 0"):
        looked.read(CARRIERS[0].pack((ME,), raw))
    assert looked.take(CARRIERS[1].pack((ME,), raw))


def test_stranger__that_writes_a_members_name_or_repeats_it__uses_up_nothing_of_its_share(looked):
    sound = CARRIERS[0].pack((ME,), b"sound")
    assert looked.take(sound)
    for number in range(BURST_CARRIAGES + 1):
        assert not looked.take(sound[:-2] + number.to_bytes(2))
        assert not looked.take(sound)
    # Of the first with its session, and of each forged one.
    assert looked.recovered == 2 + BURST_CARRIAGES + 1
    assert looked.take(CARRIERS[0].pack((ME,), b"another"))


def test_flood__of_what_is_of_no_share__ends_the_look_after_so_many_checks(looked):
    sound = CARRIERS[0].pack((ME,), b"x")
    checked = 0
    while not looked.shares.is_used_up:
        assert not looked.take(sound[:-1] + checked.to_bytes(3))
        checked += 1
    assert checked == looked.recovered == BURST_EFFORT // CHECK_EFFORT + 1
    looked.shares.renew()
    assert not looked.shares.is_used_up


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
