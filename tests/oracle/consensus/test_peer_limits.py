"""However a peer drags out its answer, the request ends in time and within its bytes."""

import time

import pytest

from oracle.consensus.peer_client import NoAnswer, PeerClient
from tests.support.peer import ENDLESS, peer


@pytest.mark.parametrize("name", ENDLESS)
def test_client__an_answer_without_end__is_given_up_in_time(name):
    with peer(ENDLESS[name]) as url:
        client = PeerClient(url, 1)
        began = time.monotonic()
        with pytest.raises(NoAnswer):
            client.get("/observation?slot=1")
        # The answers go on for half a minute.
        assert time.monotonic() - began < 10


def test_client__a_flood_within_its_seconds__ends_after_its_bytes():
    refused = pytest.raises(NoAnswer, match=r"too long|too many pieces")
    with peer(ENDLESS["100 Continue for ever"]) as url, refused:
        PeerClient(url, 20).get("/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://[::1", "http://a:b"])
def test_client__an_address_that_cannot_be_read__is_said_at_once(url):
    with pytest.raises(NoAnswer):
        PeerClient(url, 1)
