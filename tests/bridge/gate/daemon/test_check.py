"""`bridge route check` finds what a service of a route lacks, and says how to mend it."""

import pytest

from bridge.gate.attester.service import create_journal
from pargrade.devnet.accounts import COUNCIL
from pargrade.devnet.anvil import DEVNET_KEYS
from tests.support.attesters import attesting
from tests.support.proxy import body
from tests.support.two_chains import ATTESTERS

pytestmark = pytest.mark.full


def check(chains, *words):
    return chains.run("route", "check", *words, "--json")


def by_state(ran):
    import json

    found = json.loads(ran.out)
    return {
        state: {each["subject"]: each["found"] for each in listed(found) if each["state"] == state}
        for state in ("ok", "warning", "wrong")
    }


def listed(found):
    return found if isinstance(found, list) else found["findings"]


def test_check__a_route_that_runs__is_well_and_says_what_the_key_is(chains, tmp_path):
    create_journal(chains.pair(), ATTESTERS[0], tmp_path / "a", key_is_new=True)
    with attesting(chains, tmp_path / "attesters", ATTESTERS[1:3]):
        ran = check(chains, "--key", DEVNET_KEYS[10], "--data", str(tmp_path / "a"))
    found = by_state(ran)
    assert ran.code == 0
    assert found["wrong"] == {}
    assert found["ok"]["home: route"] == "added and running"
    assert found["ok"]["key"].endswith(", an attester")
    assert sum(name.startswith("attester http") for name in found["ok"]) == 2
    assert any(name.startswith("journal") for name in found["ok"])


def test_check__the_councils_key__may_stop_and_sits_nowhere(chains):
    found = by_state(check(chains, "--key", DEVNET_KEYS[COUNCIL.number]))
    assert found["ok"]["key"].endswith(", no attester")
    assert "stop_routes" in found["ok"]["home: a watcher with it"]


def test_check__what_is_broken__is_named_each_for_itself(chains, tmp_path):
    chains.proxies["home"].break_with(body(b"busy", 503))
    chains.write(
        attesters__threshold=4,
        attesters__urls=["http://127.0.0.1:9"],
        remote__rpc_urls=[chains.remote.url],
    )
    ran = check(chains, "--key", DEVNET_KEYS[10], "--data", str(tmp_path / "nothing"))
    found = by_state(ran)
    assert ran.code == 1
    assert found["wrong"]["remote: attesters"] == "others are in force, or none"
    assert found["warning"]["remote: rpc_urls"] == "one host"
    assert "attester http://127.0.0.1:9" in found["warning"]
    assert any("there is none" in text for text in found["wrong"].values())


def test_check__before_the_route_is_added__says_who_adds_it(bare):
    found = by_state(check(bare))
    assert found["wrong"]["home: route"] == "not added"
    assert "key" in found["warning"]
