"""Attesters are asked all at once, for a bounded time, and no longer than a quorum needs."""

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.gate.carrier.attester_client import MOST_SIGNATURES
from bridge.gate.carrier.gathering import Gathering
from bridge.gate.carrier.quorum import Tally, attestation_of
from pargrade.bindings.structs import AttesterConfig
from pargrade.gate.transfer import Amount, Crossing
from tests.support.gate_events import FIRST, RECIPIENT, ROUTE, account
from tests.support.two_chains import ATTESTERS

CONFIG = AttesterConfig(1, 3, 2**40 - 1, False, tuple(key.address for key in ATTESTERS))
MESSAGES = [
    Crossing(ROUTE.id, FIRST + number, account(7), RECIPIENT, Amount(number + 1, 6))
    for number in range(3)
]


def signature_of(key, crossing):
    return key.sign(crossing.digest(ROUTE.remote, CONFIG.epoch))


def signed_by(key, crossing):
    compact = signature_of(key, crossing).compact
    return {"nonce": crossing.nonce, "signature": "0x" + compact.hex()}


def tally_of(messages=MESSAGES, enough=64):
    return Tally(ROUTE.remote, CONFIG, messages, enough)


@contextmanager
def answering(sign_from):
    """An attester's API: `sign_from` takes the first nonce that is wanted, and gives signatures."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            [first] = parse_qs(urlsplit(self.path).query)["first"]
            body = json.dumps({"signatures": sign_from(int(first))}).encode()
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # Nobody waits for it any more.

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def honest(key):
    return lambda first: [signed_by(key, each) for each in MESSAGES if each.nonce >= first]


@pytest.fixture
def quorum():
    with (
        answering(honest(ATTESTERS[0])) as first,
        answering(honest(ATTESTERS[1])) as second,
        answering(honest(ATTESTERS[2])) as third,
    ):
        yield [first, second, third]


def test_gather__once_there_is_a_quorum__waits_for_nobody(quorum):
    released = threading.Event()

    def wait(_first):
        released.wait(60)
        return []

    with answering(wait) as slow:
        gathering, tally = Gathering([slow, *quorum], answer_s=60), tally_of()
        gathering.gather(tally)
        # Whoever had waited for it would know that it gave nothing in its three seconds.
        assert gathering.silent == {}
        released.set()
    assert all(attestation_of(CONFIG, tally.signed(each.nonce)) for each in MESSAGES)


def test_gather__an_attester_that_is_slow_page_after_page__is_cut_off_and_counts_as_silent(quorum):
    asked = []

    def drip(first):
        asked.append(first)
        time.sleep(0.2)
        page = [message for message in many if message.nonce >= first][:1]
        return [signed_by(ATTESTERS[3], each) for each in page] * MOST_SIGNATURES

    many = [replace(MESSAGES[0], nonce=FIRST + number) for number in range(30)]
    with answering(drip) as slow:
        gathering, tally = Gathering([slow, *quorum[:2]], answer_s=1.0), tally_of(many)
        gathering.gather(tally)
        until = time.monotonic() + 60
        while slow not in gathering.silent and time.monotonic() < until:
            time.sleep(0.05)
    assert list(gathering.silent) == [slow]
    assert 0 < len(asked) < len(many)


def test_gather__what_a_slow_attester_gave_before_its_time_was_up__counts(quorum):
    def one_page(first):
        if first > FIRST:
            time.sleep(2)
        return [signed_by(ATTESTERS[3], MESSAGES[0])] * MOST_SIGNATURES

    with answering(one_page) as slow:
        gathering, tally = Gathering([slow, *quorum[:2]], answer_s=1.5), tally_of()
        gathering.gather(tally)
    assert [len(tally.signed(each.nonce)) for each in MESSAGES] == [3, 2, 2]


def test_tally__a_signature_twice_of_another_message_or_of_nobody__counts_once_or_never():
    first, second = MESSAGES[:2]
    tally = tally_of((first, second), enough=1)
    for key in (*ATTESTERS[:2], *ATTESTERS[:2]):
        tally.add(first.nonce, signature_of(key, first))
        tally.add(second.nonce, signature_of(key, first))
    tally.add(first.nonce + 99, signature_of(ATTESTERS[2], first))
    assert (len(tally.signed(first.nonce)), len(tally.signed(second.nonce))) == (2, 0)
    assert not tally.is_complete
    tally.add(first.nonce, signature_of(ATTESTERS[2], first))
    assert tally.is_complete
