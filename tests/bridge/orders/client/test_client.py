"""A relay is a stranger: nothing that it answers ends a client, holds it up, or signs for it."""

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.orders.client.answers import RelayRules
from bridge.orders.client.client import RelayClient, RelayDown, RelayRefused, SignedOffer
from bridge.orders.client.trader import Trader
from bridge.orders.event.receipt import OrderReceipt, domain_prefix
from bridge.orders.signed.cancel_request import relay_domain
from bridge.orders.signed.order import SignedOrder, SignedRoll
from bridge.orders.signed.signature import FastKey
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Order, Side
from pargrade.chain.hashing import address_of
from pargrade.devnet.anvil import devnet_keys
from pargrade.futures.order import ANYONE, roll_of

KEYS = devnet_keys()
EXCHANGE = KEYS[7].address
RELAY = FastKey(KEYS[3].reveal())
RULES = {
    "chain_id": 31_337,
    "exchange": EXCHANGE,
    "matcher": KEYS[3].address,
    "relay": address_of(RELAY.address),
    "least_lots": 10,
    "fee_bps": 5,
}
ROW = {
    "order": "0x" + "ab" * 32,
    "state": "resting",
    "sequence": 4,
    "series": "7",
    "side": 1,
    "price": "230000000",
    "rests": "50",
    "lane": "9",
    "nonce": "1",
    "expiry": 1_800_000_000,
}
CALL = {"time": 1_800_000_000, "price": None, "lots": "0", "mark": "230000000", "source": "INDEX"}
PREFIX = domain_prefix(relay_domain(31_337, EXCHANGE))


def order(**changes):
    made = Order(
        series=7,
        side=Side.SELL,
        grade=0,
        legs=15,
        price=230_000_000,
        lots=50,
        maker=KEYS[5].address,
        taker=ANYONE,
        matcher=ANYONE,
        epoch=0,
        lane=9,
        nonce=3,
        expiry=1_800_000_000,
    )
    return replace(made, **changes)


def receipt(made, key=RELAY):
    signed = SignedOrder.of_struct(made)
    return OrderReceipt(signed.hash, 4, 5, bytes(32)).sign(PREFIX, key).to_json()


@contextmanager
def relay(respond, timeout_s=20.0):
    """A client of a server that answers every request by `respond(handler)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            respond(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            with RelayClient(f"http://127.0.0.1:{server.server_port}", timeout_s) as client:
                yield client
        finally:
            server.shutdown()


def saying(document, status=200):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()

    def respond(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


READS = {
    "rules": (RULES, lambda client: client.rules()),
    "book": (
        {"sequence": 4, "bids": [["1", "2"]], "asks": []},
        lambda client: client.depth(7),
    ),
    "makers": ([ROW], lambda client: client.resting(KEYS[5].address)),
    "calls": ([CALL], lambda client: client.calls(7)),
    "marks": ([CALL], lambda client: client.marks(7)),
    "matches": (
        {"to": EXCHANGE, "data": "0x12", "chain_id": 31_337},
        lambda client: client.match(4),
    ),
    "orders": (
        {
            "order": "0x" + SignedOrder.of_struct(order()).hash.hex(),
            "state": "resting",
            "rests": "50",
            "signed": SignedOrder.of_struct(order()).to_json(),
            "receipt": receipt(order()),
        },
        lambda client: client.order(SignedOrder.of_struct(order()).hash),
    ),
    "cancel": ({"ended": ["0x" + "ab" * 32]}, lambda client: client.cancel({})),
    "place": (
        {
            "results": [
                {
                    "status": "accepted",
                    "receipt": receipt(order()),
                    "filled": "0",
                    "rests": "50",
                    "end": "NONE",
                }
            ]
        },
        lambda client: client.place([SignedOffer(order(), b"")], client_rules()),
    ),
}


def client_rules():
    return RelayRules.from_json(RULES)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=9),
    st.sampled_from(["", "abc", "-1", "1" * 90, "0x", "0xzz", 2**256, [[]], {}, "\x1b[2J"]),
)


def spoilt(document, data):
    """The document with one part of it replaced or left out."""
    if isinstance(document, list) and document:
        place = data.draw(st.integers(0, len(document) - 1))
        return [*document[:place], spoilt(document[place], data), *document[place + 1 :]]
    if isinstance(document, dict) and document and data.draw(st.integers(0, 5)):
        name = data.draw(st.sampled_from(sorted(document)))
        if data.draw(st.booleans()):
            return {**document, name: spoilt(document[name], data)}
        return {key: value for key, value in document.items() if key != name}
    return data.draw(ODD)


@pytest.mark.parametrize("name", READS)
def test_answers__as_a_relay_has_them__are_read(name):
    document, read = READS[name]
    with relay(saying(document)) as client:
        read(client)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_answers__of_any_other_form__are_a_relay_that_is_down(data):
    name = data.draw(st.sampled_from(sorted(READS)))
    document, read = READS[name]
    wrong = spoilt(document, data)
    client = RelayClient("http://127.0.0.1:9")
    client._connection.ask = lambda *_: (200, wrong)
    with suppress(RelayDown, RelayRefused):
        read(client)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[" * 200_000, b"\xff", b" " * (5 << 20), b"null"], ids=len
)
def test_answers__that_are_no_json_or_too_long__are_a_relay_that_is_down(content):
    with relay(saying(content)) as client, pytest.raises(RelayDown):
        client.rules()


def test_answer__that_drips_in_head_or_body__ends_by_its_deadline():
    ends = threading.Event()

    def drip(handler, head):
        piece = b"X" if head else b" "
        try:
            handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
            handler.wfile.write(b"A: " if head else b"Content-Length: 100000\r\n\r\n")
            while not ends.wait(0.05):
                handler.wfile.write(piece)
        except OSError:
            return

    for head in (True, False):
        with relay(lambda handler, head=head: drip(handler, head), 0.5) as client:
            began = time.process_time()
            with pytest.raises(RelayDown) as late:
                client.rules()
            assert "no complete answer in" in late.value.why
            assert time.process_time() - began < 5
    ends.set()


def test_client__whose_kept_connection_was_closed__asks_once_more_on_a_new_one():
    asked = []

    def respond(handler):
        asked.append(handler.path)
        saying(RULES)(handler)

    with relay(respond) as client:
        client.rules()
        client.rules()
    assert asked == ["/rules", "/rules"]


def test_receipt__of_another_order_or_key__is_none():
    rules, offer = client_rules(), SignedOffer(order(), b"")
    document, _ = READS["place"]
    [good] = document["results"]
    other = order(nonce=4)
    bad = [receipt(other), receipt(order(), FastKey(KEYS[4].reveal()))]
    bad.append({**receipt(order()), "time": 6})
    for each in bad:
        wrong = {"results": [{**good, "receipt": each}]}
        with relay(saying(wrong)) as client, pytest.raises(RelayDown, match="receipt"):
            client.place([offer], rules)
    known = {"results": [{"status": "known", "receipt": receipt(order())}]}
    with relay(saying(known)) as client:
        [found] = client.place([offer], rules)
    assert found.known


@pytest.mark.parametrize("changes", [{"lane": 8}, {"nonce": 2**63}, {"expiry": 1_900_000_000}])
def test_lane__of_an_order_as_the_relay_tells_it__has_to_hash_to_the_order(changes):
    made = SignedOrder.of_struct(order())
    document, _ = READS["orders"]
    false = {**document, "signed": SignedOrder.of_struct(order(**changes)).to_json()}
    with relay(saying(false)) as client:
        trader = Trader(client, client_rules(), FuturesExchange(None, EXCHANGE), KEYS[5])
        with pytest.raises(RelayDown, match="another order"):
            trader.lane_of(made.hash)
    with relay(saying(document)) as client:
        trader = Trader(client, client_rules(), FuturesExchange(None, EXCHANGE), KEYS[5])
        assert trader.lane_of(made.hash) == (9, 3, 1_800_000_000)


def test_roll__as_the_relay_tells_it__is_read_by_the_hash_of_the_pair():
    roll = roll_of(order(), order(series=8, side=Side.BUY))
    near, far = map(SignedOrder.of_struct, (roll.near, roll.far))
    whole = SignedRoll(near, far)
    plain = OrderReceipt(whole.hash, 4, 5, bytes(32)).sign(PREFIX, RELAY)
    document = {
        "order": "0x" + whole.hash.hex(),
        "state": "waiting",
        "rests": "50",
        "signed": whole.to_json(),
        "receipt": plain.to_json(),
    }
    with relay(saying(document)) as client:
        assert client.order(whole.hash).signed.halves[0].lane == 9
        with pytest.raises(RelayDown, match="another order"):
            client.order(near.hash)
