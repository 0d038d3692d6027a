"""`pargrade maker run` as a process: it quotes, and takes its quotes away when it is ended."""

import json
import signal

import pytest

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
        process = command.start("maker", "run", *words, *own, "--lifetime", "3600", "--json")
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["maker"] == maker.key.address
            until(lambda: client.depth(venue.series).bids, "quotes", 60)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.communicate()
        assert client.resting(maker.key.address) == []
