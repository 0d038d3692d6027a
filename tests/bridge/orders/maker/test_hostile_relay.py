"""A relay that is slow and lies holds up no kill switch, and gets nothing signed that it names."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.orders.client.connection import RelayDown
from bridge.orders.client.trader import Trader
from bridge.orders.event.receipt import OrderReceipt, domain_prefix
from bridge.orders.maker.maker import Maker
from bridge.orders.maker.quotes import lane_of
from bridge.orders.maker.service import MakerService
from bridge.orders.maker.settings import MakerSettings
from bridge.orders.signed.cancel_request import relay_domain
from bridge.orders.signed.json_form import read_order
from bridge.orders.signed.signature import FastKey
from pargrade.bindings.structs import Side
from pargrade.chain.block import Tag
from pargrade.chain.hashing import address_of
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.session import Session
from tests.support.market import DAY, MIDNIGHT, PRICE
from tests.support.nodes import until
from tests.support.relay_parties import KEYS, RELAY_KEY, Venue

pytestmark = pytest.mark.full

NAMED = 1_000
"""Orders that it says the maker has."""
LATE_S = 0.5


class HostileRelay(BaseHTTPRequestHandler):
    """Takes every order and has none afterwards; names lanes and nonces that nobody signed."""

    protocol_version = "HTTP/1.1"
    venue: Venue
    key = FastKey(RELAY_KEY.reveal())

    def setup(self):
        super().setup()
        self.asked = self.server.asked

    def do_GET(self):
        self.respond(b"")

    def do_POST(self):
        self.respond(self.rfile.read(int(self.headers["Content-Length"])))

    def respond(self, body):
        self.asked.append((self.path, json.loads(body) if body else None))
        time.sleep(self.server.late_s)
        status, document = self.find_document(*self.asked[-1])
        raw = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def find_document(self, path, sent):
        venue = self.server.venue
        if path == "/rules":
            return 200, {
                "chain_id": venue.market.chain.chain_id,
                "exchange": venue.exchange.address,
                "matcher": RELAY_KEY.address,
                "relay": address_of(self.key.address),
                "least_lots": 10,
                "fee_bps": 0,
            }
        if path.startswith("/makers/"):
            asked = parse_qs(urlsplit(path).query)
            first, most = (int(asked.get(name, ["0"])[0]) for name in ("first", "most"))
            rows = [self.row(number) for number in range(1, NAMED + 1)]
            return 200, [row for row in rows if row["sequence"] >= first][: most or NAMED]
        if path == "/orders":
            return 200, {"results": [self.take(each) for each in sent["orders"]]}
        if path == "/cancel":
            return 200, {"ended": []}
        if path.startswith("/calls/"):
            mark = {"time": 1, "price": None, "lots": "0", "mark": "9" * 11, "source": "CALL"}
            return 200, [mark]
        return 404, {"title": "NoSuchOrder", "detail": "none", "hint": "none"}

    def row(self, number):
        lane = lane_of(self.server.venue.series, 0, Side.SELL, str(number))
        return {
            "order": f"0x{number:064x}",
            "state": "resting",
            "sequence": number,
            "series": str(self.server.venue.series),
            "side": 1,
            "price": "200000000",
            "rests": "500",
            "lane": str(lane),
            "nonce": str(2**64 - 1),
            "expiry": 2**36,
        }

    def take(self, offer):
        signed = read_order(offer["order"], offer["signature"], "order")
        self.server.taken.append(signed)
        venue = self.server.venue
        prefix = domain_prefix(relay_domain(venue.market.chain.chain_id, venue.exchange.address))
        receipt = OrderReceipt(signed.hash, 1, 1, bytes(32)).sign(prefix, self.key)
        lots = str(signed.lots)
        return {
            "status": "accepted",
            "receipt": receipt.to_json(),
            "filled": "0",
            "rests": lots,
            "end": "RESTING",
        }

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def hostile_relay(venue, late_s=0.0):
    with ThreadingHTTPServer(("127.0.0.1", 0), HostileRelay) as server:
        server.daemon_threads, server.venue = True, venue
        server.asked, server.taken, server.late_s = [], [], late_s
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def test_kill_switch__in_a_pass_that_a_relay_draws_out__ends_every_order_on_the_chain(
    market, tmp_path
):
    venue, kill = Venue(market, tmp_path), tmp_path / "kill"
    maker = venue.party(10)
    with hostile_relay(venue, LATE_S) as server:
        given = {
            "relay": f"http://127.0.0.1:{server.server_port}",
            "deployment": venue.path,
            "kill_file": kill,
            "interval": 0.1,
            "lifetime": 86_400,
        }
        session = Session(venue.market.chain, venue.market.deployment, venue.path)
        service = MakerService(session, MakerSettings.read(None, **given), maker.key)
        thread = threading.Thread(target=service.run, daemon=True)
        thread.start()
        try:
            # In its second pass it asks for each order that has gone.
            until(lambda: len(server.asked) > 6, "a pass in which orders are gone", 60)
            epoch = venue.exchange.epoch_of(maker.key.address, block=Tag.LATEST)
            kill.touch()

            def is_ended():
                return venue.exchange.epoch_of(maker.key.address, block=Tag.LATEST) > epoch

            until(is_ended, "the end of every order", 60)
        finally:
            service.stop.set()
            thread.join(60)
        assert not thread.is_alive()
        ended = [sent for path, sent in server.asked if path == "/cancel"]
        own = {(str(order.lane), str(order.nonce)) for order in server.taken}
        assert {(each["lane"], each["nonce"]) for each in ended} <= own
        assert server.taken
        for order in server.taken:
            assert venue.exchange.remaining(order.as_struct(), block=Tag.LATEST) == 0


def test_maker__whose_relay_denies_its_orders__signs_no_more_than_it_may_hold(market, tmp_path):
    venue = Venue(market, tmp_path)
    maker = venue.party(10)
    with hostile_relay(venue) as server:
        given = {
            "relay": f"http://127.0.0.1:{server.server_port}",
            "deployment": venue.path,
            "lots": 500,
            "levels": 2,
            "most_lots": 1_200,
            "call": False,
            "lifetime": 86_400,
        }
        session = Session(venue.market.chain, venue.market.deployment, venue.path)
        service = MakerService(session, MakerSettings.read(None, **given), maker.key)

        def has_room_again():
            service.look()
            for side in Side:
                lots = sum(
                    venue.exchange.remaining(order.as_struct(), block=Tag.LATEST)
                    for order in server.taken
                    if order.side == side
                )
                assert lots <= 1_200
            # Two rungs a side, and what room is left; then as much as the chain has ended.
            return len(server.taken) > 6

        until(has_room_again, "room that the chain has given back", 60)


def test_mark__that_only_a_relay_names__moves_a_centre_no_farther_than_any_mark_is(
    market, tmp_path
):
    venue = Venue(market, tmp_path)
    with hostile_relay(venue) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        settings = MakerSettings.read(None, relay=url, deployment=venue.path, around="mark")
        session = Session(venue.market.chain, venue.market.deployment, venue.path)
        maker = Maker(session, Trader.connect(url, session, KEYS[10]), settings)
        head = venue.market.chain.head()
        series = ListedSeries.read(session, "NET-A1GH", head)
        assert maker.plan(series).centre == PRICE * 11 // 10
        venue.market.chain.mine_at(MIDNIGHT + 3 * DAY)
        series = ListedSeries.read(session, "NET-A1GH", venue.market.chain.head())
        assert maker.plan(series).centre == 0


def test_epoch__that_a_reorganisation_takes_back__is_taken_again_and_no_other(market, tmp_path):
    venue = Venue(market, tmp_path)
    maker, chain = venue.party(10), venue.market.chain
    settings = MakerSettings.read(None, relay="http://127.0.0.1:9", deployment=venue.path)
    service = MakerService(Session(chain, venue.market.deployment, venue.path), settings, maker.key)

    def look():
        with pytest.raises(RelayDown):
            service.look()
        return venue.exchange.epoch_of(maker.key.address, block=Tag.LATEST)

    before = chain.request("evm_snapshot")
    epoch = look()
    assert epoch == look() > 0
    chain.request("evm_revert", before)
    assert venue.exchange.epoch_of(maker.key.address, block=Tag.LATEST) == 0
    assert look() == epoch
