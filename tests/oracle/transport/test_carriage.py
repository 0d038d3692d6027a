"""Carriages on a medium that all share: a member's count once and for it alone, others for none."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import Members
from oracle.transport.nats.carriage import (
    MOST_AGE_S,
    CarriageReader,
    CarriageWriter,
    CarriedMessage,
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
    stored = read(CARRIERS[1].pack((31,), b"long", is_stored=True))
    assert stored == CarriedMessage(1, (31,), b"", keccak(b"long"), 4)


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
