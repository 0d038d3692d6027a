"""Sending over real sockets: members get in, strangers do not, and a bad peer costs only itself."""

import socket
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException

import pytest

from oracle.consensus.peer_client import NoAnswer
from oracle.protocol.wire.signatory import Members
from oracle.transport.bundle import MOST_BUNDLE_BYTES, pack_bundle
from oracle.transport.entry import MESSAGES_PATH, MessageHttp
from oracle.transport.inbox import BURST_MESSAGES
from oracle.transport.sender import PeerSender
from oracle.transport.session import BURST_FAILURES, CHALLENGE_S, Sessions, session_struct
from pargrade.process.ports import free_ports
from tests.support.committee_peers import door, membership
from tests.support.committee_rounds import COMMITTEE, MEMBERS
from tests.support.nodes import until


@contextmanager
def sender(position, peer, url, answer_s=5.0):
    found = PeerSender(membership(position), peer, url, answer_s)
    found.start()
    try:
        yield found
    finally:
        found.close()


def taken(inbox, count):
    """So many messages that arrive."""
    found = []

    def look():
        while (arrived := inbox.take()) is not None:
            found.append(arrived)
        return len(found) >= count

    until(look, f"{count} messages, got {len(found)}", 60)
    return found


def post(door, path, body=b"", token=""):
    with closing(HTTPConnection("127.0.0.1", door.port, timeout=30)) as connection:
        connection.request("POST", path, body, {"Authorization": token} if token else {})
        return connection.getresponse().status


def test_messages__of_a_member__arrive_in_order_under_its_position():
    with door(0) as opened, sender(3, 0, opened.url) as peer:
        for number in range(20):
            peer.outbox.put(bytes([number]))
        arrived = taken(opened.inbox, 20)
        assert {each.sender for each in arrived} == {3}
        assert [each.raw for each in arrived] == [bytes([number]) for number in range(20)]
        until(lambda: peer.report.sent == 20, "the count", 60)
        assert peer.report.is_reached


def test_messages__when_the_peer_comes_back_with_new_sessions__arrive_again():
    port = free_ports(1)[0]
    with sender(1, 0, f"http://127.0.0.1:{port}") as peer:
        peer.outbox.put(b"lost")
        until(lambda: peer.report.lost == 1, "a failure", 60)
        assert not peer.report.is_reached
        for life in (b"first", b"second"):
            with door(0, port) as opened:
                peer.outbox.put(life)
                assert taken(opened.inbox, 1)[-1].raw == life


def test_peer__that_hangs__keeps_its_own_queue_and_delays_no_other():
    with socket.create_server(("127.0.0.1", 0)) as silent, door(2) as opened:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with sender(0, 1, url, answer_s=60) as hanging, sender(0, 2, opened.url) as well:
            for _ in range(300):
                hanging.outbox.put(b"x")
                well.outbox.put(b"y")
            assert len(taken(opened.inbox, 256)) >= 256
            assert hanging.report.sent == 0


def test_member__that_floods__is_told_to_slow_down_while_others_are_heard():
    with door(0) as opened, sender(1, 0, opened.url) as flood, sender(2, 0, opened.url) as well:

        def flooded():
            for _ in range(64):
                flood.outbox.put(b"flood")
            return flood.report.lost

        until(flooded, "a refusal", 60)
        well.outbox.put(b"heard")
        arrived = []
        while b"heard" not in [each.raw for each in arrived]:
            arrived += taken(opened.inbox, 1)
        assert sum(each.sender == 1 for each in arrived) <= 2 * BURST_MESSAGES


def test_stranger__without_a_session__gets_in_nothing_whatever_it_sends():
    with door(0) as opened:
        for token in ("", "Bearer ", f"Bearer {'00' * 32}", f"Bearer {'zz' * 32}", "Basic x"):
            assert post(opened, MESSAGES_PATH, pack_bundle([b"x"]), token) == 401
        assert post(opened, "/protocol/session/1", bytes(104)) == 403
        assert post(opened, "/protocol/session/77", bytes(104)) == 403
        assert post(opened, "/protocol/session/1", bytes(105)) == 403
        assert post(opened, "/protocol/session/xx", b"") == 404
        assert opened.inbox.take() is None


def test_member__whose_bytes_are_no_bundle_or_too_many__is_refused_and_stays_a_member():
    with door(0) as opened:
        sessions = opened.gate.opened[0]
        challenge = sessions.challenge()
        signature = membership(1).signer.sign(session_struct(COMMITTEE, 0, challenge))
        token = f"Bearer {sessions.open(1, challenge, signature).hex()}"
        assert post(opened, MESSAGES_PATH, b"\xff" * 9, token) == 422
        with pytest.raises((OSError, AssertionError)):
            assert post(opened, MESSAGES_PATH, bytes(2 * MOST_BUNDLE_BYTES), token) == 204
        assert post(opened, MESSAGES_PATH, pack_bundle([b"well"]), token) == 204
        assert opened.inbox.take().raw == b"well"


def test_session__for_another_receiver_position_or_time__is_not_opened():
    now = [0.0]
    sessions = Sessions(COMMITTEE, 0, Members(MEMBERS), clock=lambda: now[0])

    def opened(position, signer, receiver, challenge=None):
        challenge = challenge or sessions.challenge()
        signature = membership(signer).signer.sign(session_struct(COMMITTEE, receiver, challenge))
        return sessions.open(position, challenge, signature)

    first = opened(1, 1, 0)
    assert sessions.sender(first) == 1
    assert opened(2, 1, 0) is None
    assert opened(1, 1, 2) is None
    assert opened(0, 0, 0) is None
    other = Sessions(COMMITTEE, 0, Members(MEMBERS))
    assert opened(1, 1, 0, other.challenge()) is None
    second = opened(1, 1, 0)
    assert sessions.sender(first) is None
    assert sessions.sender(second) == 1
    late = sessions.challenge()
    now[0] = CHALLENGE_S + 1
    assert opened(1, 1, 0, late) is None
    assert sessions.open(1, b"", b"") is None


class CountingMembers(Members):
    """The committee, and how many signatures it has checked."""

    checked = 0

    def verify(self, position, digest, signature):
        self.checked += 1
        return super().verify(position, digest, signature)


def test_challenge__that_was_used__is_good_for_no_second_proof_and_no_check():
    members = CountingMembers(MEMBERS)
    sessions = Sessions(COMMITTEE, 0, members, clock=lambda: 0.0)
    challenge = sessions.challenge()
    signature = membership(1).signer.sign(session_struct(COMMITTEE, 0, challenge))
    token = sessions.open(1, challenge, signature)
    assert sessions.sender(token) == 1
    # Somebody who has overheard it takes no place of the member's.
    assert sessions.open(1, challenge, signature) is None
    assert sessions.sender(token) == 1
    junk = sessions.challenge()
    for position in (1, 1, 2, 3):
        assert sessions.open(position, junk, bytes(64)) is None
    assert members.checked == 2
    # Nobody else has the challenge of who asks in the same millisecond.
    assert len({sessions.challenge() for _ in range(100)}) == 100


def test_stranger__that_fails_often__is_not_looked_at_and_shuts_nobody_else_out():
    now = [0.0]
    members = CountingMembers(MEMBERS)
    sessions = Sessions(COMMITTEE, 0, members, clock=lambda: now[0])

    def tried(signer, network):
        challenge = sessions.challenge()
        signature = membership(signer).signer.sign(session_struct(COMMITTEE, 0, challenge))
        return sessions.open(1, challenge, signature, network)

    for _ in range(3 * BURST_FAILURES):
        assert tried(2, "192.0.2.7") is None
    assert members.checked == BURST_FAILURES
    assert tried(1, "192.0.2.8") is not None
    assert tried(1, "192.0.2.7") is None
    now[0] = 1.0
    assert tried(1, "192.0.2.7") is not None
    # A proxy on this machine has members and strangers behind it.
    for _ in range(3 * BURST_FAILURES):
        assert tried(2, "127.0.0.1") is None
    assert tried(1, "127.0.0.1") is not None


def test_session__whose_challenge_is_posted_again__is_not_opened_again_over_http():
    with door(0) as opened:
        challenge = opened.gate.opened[0].challenge()
        proof = challenge + membership(1).signer.sign(session_struct(COMMITTEE, 0, challenge))
        assert post(opened, "/protocol/session/1", proof) == 200
        assert post(opened, "/protocol/session/1", proof) == 403


def test_sender__with_an_address_that_is_none__is_refused():
    with pytest.raises(NoAnswer):
        PeerSender(membership(0), 1, "ftp://somewhere", 1.0)


def test_member__while_a_stranger_keeps_every_place_in_use__gets_in_and_stays():
    """A stranger's connections are whole requests with short pauses: no half ones to be ended."""
    with ExitStack() as opened, door(0) as entry, sender(1, 0, entry.url) as before:
        before.outbox.put(b"before")
        taken(entry.inbox, 1)
        strange = [
            opened.enter_context(closing(HTTPConnection("127.0.0.1", entry.port, timeout=30)))
            for _ in range(MessageHttp.most_connections)
        ]

        def crowd():
            for each in strange:
                with suppress(OSError, HTTPException):
                    each.request("GET", "/protocol/challenge")
                    each.getresponse().read()

        crowd()
        with sender(2, 0, entry.url) as after:
            for number in range(5):
                before.outbox.put(bytes([number]))
                after.outbox.put(bytes([number]))
                taken(entry.inbox, 2)
                crowd()
            assert before.report.lost == after.report.lost == 0
