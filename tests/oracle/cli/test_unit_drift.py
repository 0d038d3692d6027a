"""A factor that left its band: the calls that close its grades, ready for the guardian."""

import json
import re

import pytest

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.chain.call import Call
from pargrade.chain.hashing import parse_address
from pargrade.devnet.accounts import GUARDIAN
from pargrade.devnet.anvil import Devnet
from tests.support.cli import run
from tests.support.drifted import write_drifted
from tests.support.world import MIDNIGHT, World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Devnet(genesis=MIDNIGHT) as devnet:
        made = World(devnet.chain, devnet.url, tmp_path_factory.mktemp("drift"))
        assert made.run("deploy").code == 0
        yield made


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    return write_drifted(tmp_path_factory.mktemp("quotes") / "later.csv")


def test_drift__a_factor_outside_its_band__has_the_call_that_closes_its_open_grades(world, drifted):
    words = ("unit", "drift", "--sample", str(drifted), "--days", "30", "--pause")
    ran = world.run(*words, "--json")
    assert ran.code == 3, ran.err
    stated = json.loads(ran.out)
    outside, calls = stated["pause"], stated["calls"]
    assert "A100-SXM-80" in outside
    assert {call["hardware"] for call in calls} <= set(outside)
    [first] = [call for call in calls if call["grade"] == "A1GH"]
    shown = world.run(*words)
    assert f"with {first['data']}" in re.sub(r"\s+", " ", shown.out)
    to, data = parse_address(first["to"]), bytes.fromhex(first["data"][2:])
    prepared = Call(to=to, data=data, label="close", result=None, errors=GradeRegistry.ERRORS)
    world.send(GUARDIAN, prepared)
    refused = world.run("wrap", "A1GH", "10")
    assert refused.code != 0
    assert "closed" in refused.error
    again = world.run(*words, "--json")
    assert [call["grade"] for call in json.loads(again.out)["calls"]] == [
        call["grade"] for call in calls if call["grade"] != "A1GH"
    ]


def test_drift__inside_its_bands__pauses_nothing_and_asks_no_chain():
    ran = run("unit", "drift", "--pause", "--rpc-url", "http://127.0.0.1:9", "--json")
    assert (ran.code, ran.json["calls"]) == (0, [])
