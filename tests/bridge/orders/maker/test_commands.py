"""`pargrade maker run` as a process: it quotes, and takes its quotes away when it is ended."""

import json
import signal

import httpx
import pytest

from pargrade.process.ports import free_ports
from tests.support import command
from tests.support.cli import run
from tests.support.nodes import until
from tests.support.relay_parties import Venue, running

pytestmark = pytest.mark.full


def test_maker__as_a_process__quotes_until_it_is_ended_and_leaves_nothing(market, tmp_path):
    venue = Venue(market, tmp_path)
    maker = venue.party(10)
    secret = f"0x{maker.key.reveal().hex()}"
    with running(venue.assemble()) as (client, _):
        words = ("--rpc-url", venue.market.net.url, "--deployment", str(venue.path))
        own = ("--relay", client.url, "--key", secret)
        planned = run("maker", "plan", "NET-A1GH", *words, *own, "--json")
        assert {side for side, _, _ in planned.json["ladder"]} == {"BUY", "SELL"}
        assert client.resting(maker.key.address) == []
        [port] = free_ports(1)
        served = ("--lifetime", "3600", "--http-port", port, "--json")
        process = command.start("maker", "run", *words, *own, *served)
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["maker"] == maker.key.address
            until(lambda: client.depth(venue.series).bids, "quotes", 60)
            url = f"http://127.0.0.1:{port}"
            done = 'pargrade_maker_passes_total{outcome="done"} '
            until(lambda: f"{done}0.0" not in httpx.get(f"{url}/metrics").text, "a pass", 60)
            page = httpx.get(f"{url}/metrics").text
            planned_rungs = float(len(planned.json["ladder"]))
            assert f'pargrade_maker_rungs{{series="NET-A1GH"}} {planned_rungs}' in page
            assert "pargrade_maker_killed 0.0" in page
            assert httpx.get(f"{url}/health").json()["ok"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.communicate()
        assert client.resting(maker.key.address) == []
