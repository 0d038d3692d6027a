"""Peers are asked all at once, and none of them can hold up or break a round."""

import json
import time
from contextlib import ExitStack

import pytest

from oracle.consensus.peer_client import NoAnswer, PeerClient
from oracle.consensus.peers import Peers
from oracle.consensus.validation import Refusal, RefusalReason
from tests.oracle.consensus.test_validation import EXPECTED, KEYS, STRANGER, admit, stated
from tests.support.peer import breaks_off, drips, hangs, hangs_up, nobody, peer, says

NONE = Refusal("this node", RefusalReason.DECLINED, "nothing to report")
OWN = admit("", stated(key=KEYS[0]), EXPECTED)


@pytest.fixture
def asked():
    """Gathers from peers that answer in these ways."""
    with ExitStack() as running:

        def gather(*answers, own=OWN, answer_s=1.0, linger_s=0.3):
            urls = [a if isinstance(a, str) else running.enter_context(peer(a)) for a in answers]
            peers = Peers(urls, answer_s, linger_s)
            running.callback(peers.close)
            return peers, lambda: peers.ask(EXPECTED).gather(own)

        yield gather


def good(number):
    return says(json.dumps(stated(key=KEYS[number])).encode())


def positions(gathered):
    return sorted(part.position for part in gathered.parts)


def test_gather__everyone_answers__all_observations_and_no_refusal(asked):
    _, gather = asked(*(good(number) for number in range(1, 5)))
    gathered = gather()
    assert positions(gathered) == [0, 1, 2, 3, 4]
    assert gathered.refusals == ()


def test_gather__kept_connections__are_used_again_and_again(asked):
    _, gather = asked(good(1), good(2))
    assert [positions(gather()) for _ in range(20)] == [[0, 1, 2]] * 20


def test_gather__a_node_without_an_observation__gathers_those_of_others(asked):
    _, gather = asked(good(1), good(2), own=NONE)
    gathered = gather()
    assert positions(gathered) == [1, 2]
    assert gathered.refusals == (NONE,)


BAD = [
    (nobody(), RefusalReason.DOWN, "Connection refused"),
    (hangs_up, RefusalReason.DOWN, "HTTP/1."),
    (breaks_off, RefusalReason.DOWN, "the answer ends 983 bytes early"),
    (says(b"not json"), RefusalReason.MALFORMED, ""),
    (says(b"[" * 50_000), RefusalReason.MALFORMED, ""),
    (says(b" " * 140_000), RefusalReason.DOWN, "the answer is too long"),
    (says(b'{"detail": "slot 5 is ahead"}', 409), RefusalReason.DECLINED, "409 slot 5 is ahead"),
    (says(b"<html>", 502), RefusalReason.DECLINED, "502"),
    (
        says(json.dumps(stated(key=STRANGER)).encode()),
        RefusalReason.UNKNOWN_SIGNER,
        STRANGER.address,
    ),
    (good(0), RefusalReason.DUPLICATE, "position 0 is already in"),
]


@pytest.mark.parametrize(
    ("response", "reason", "detail"), BAD, ids=[f"{reason}-{detail}" for _, reason, detail in BAD]
)
def test_gather__one_bad_answer__is_left_out_with_its_reason_and_the_rest_counts(
    asked, response, reason, detail
):
    _, gather = asked(good(1), response, good(2))
    gathered = gather()
    assert positions(gathered) == [0, 1, 2]
    (refusal,) = gathered.refusals
    assert refusal.reason is reason
    assert detail in refusal.detail


@pytest.mark.parametrize("response", [hangs(5), drips(5)], ids=["hangs", "drips"])
def test_gather__with_a_quorum__lingers_for_the_slow_and_no_longer(asked, response):
    peers, gather = asked(good(1), good(2), response)
    began = time.monotonic()
    gathered = gather()
    assert 0.3 <= time.monotonic() - began < 0.9
    assert positions(gathered) == [0, 1, 2]
    assert [refusal.detail for refusal in gathered.refusals] == ["no answer in time"]
    # The thread that waits for the slow peer is its own: the next question does not queue behind.
    again = gather()
    assert positions(again) == [0, 1, 2]
    assert "busy" in again.refusals[0].detail
    began = time.monotonic()
    peers.close()
    assert time.monotonic() - began < 0.5


def test_gather__without_a_quorum__waits_the_whole_time_for_one(asked):
    _, gather = asked(good(1), hangs(5), hangs(5))
    began = time.monotonic()
    assert positions(gather()) == [0, 1]
    assert 1.0 <= time.monotonic() - began < 1.6


def test_client__a_server_that_closes_idle_connections__is_asked_again():
    def once(request):
        says(b"{}")(request)
        request.close_connection = True

    with peer(once) as url:
        client = PeerClient(url, 1)
        assert [client.get("/").status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:80", "http://"])
def test_client__an_address_of_no_peer__is_said_at_once(url):
    with pytest.raises(NoAnswer, match="not an http:// or https:// address"):
        PeerClient(url, 1)
