"""`pargrade relay run` as a process: killed, started again, and audited from outside."""

import json
import signal
from pathlib import Path

import pytest

from bridge.orders.client.client import RelayClient
from bridge.orders.event.event import unpack_event
from bridge.orders.event.fact import MatchConcluded
from bridge.orders.log.store import LogStore
from pargrade.bindings.structs import Side
from pargrade.process.failpoint import VARIABLE
from tests.support import command
from tests.support.cli import run
from tests.support.market import PRICE, Market
from tests.support.relay_parties import Venue, place

pytestmark = pytest.mark.full


@pytest.fixture
def venue(market: Market, tmp_path: Path) -> Venue:
    return Venue(market, tmp_path)


def start_relay(venue: Venue, env=None):
    words = ("--http-port", "0", "--stream-port", "0", "--deployment", venue.path, "--json")
    process = command.start("relay", "run", "--rpc-url", venue.market.net.url, *words, env=env)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    return process, json.loads(line)["api"]


def test_relay__killed_with_an_order_in_it__has_it_again_and_its_log_accuses_nobody(venue):
    seller = venue.party(11)
    ask = seller.order(venue.series, Side.SELL, PRICE, 100)
    process, url = start_relay(venue)
    try:
        with RelayClient(url) as client:
            [placed] = place(client, seller.offer(ask, venue.exchange))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        process, url = start_relay(venue)
        with RelayClient(url) as client:
            assert client.depth(venue.series).asks == ((PRICE, 100),)
        log, receipts = venue.folder / "log.ndjson", venue.folder / "receipts.ndjson"
        assert run("relay", "log", str(log), "--relay", url).code == 0
        receipts.write_text(json.dumps(placed.receipt.to_json()) + "\n")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    finally:
        process.kill()
        process.communicate()
    for source in (log, venue.path.with_suffix(".relay.db")):
        audit = run("relay", "audit", str(source), "--receipts", str(receipts), "--json").json
        assert (audit["findings"], audit["orders"], audit["receipts"]) == ([], 1, 1)
    lines = log.read_text().splitlines()
    log.write_text("\n".join(lines[:-1]) + "\n")
    ended = run("relay", "audit", str(log), "--receipts", str(receipts), "--json")
    assert ended.code == 3
    assert json.loads(ended.out)["findings"] == []
    log.write_text("not a log\n")
    assert "line 1 is no JSON" in run("relay", "audit", str(log)).error


def test_relay__killed_after_its_match_was_mined__notes_it_in_the_next_run(venue):
    buyer, seller = venue.party(10), venue.party(11)
    ask = seller.order(venue.series, Side.SELL, PRICE, 60)
    bid = buyer.order(venue.series, Side.BUY, PRICE, 60)
    process, url = start_relay(venue, {VARIABLE: "matches-sent"})
    try:
        with RelayClient(url) as client:
            rests, taken = place(
                client, seller.offer(ask, venue.exchange), buyer.offer(bid, venue.exchange)
            )
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        assert venue.held(buyer) == (60, 0)
        process, url = start_relay(venue)
        with RelayClient(url) as client:
            for placed in (rests, taken):
                assert client.order(placed.receipt.order).state == "filled"
            assert client.depth(venue.series).asks == ()
    finally:
        process.kill()
        process.communicate()
    log = [
        unpack_event(entry.body)
        for entry in LogStore(f"sqlite:///{venue.path.with_suffix('.relay.db')}").read()
    ]
    assert [each.settled for each in log if isinstance(each, MatchConcluded)] == [True]
