"""A person sends, sees where it is, takes back what waits, and claims what could not be paid."""

import threading

import pytest

from bridge.gate.carrier.service import open_carrier
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.devnet.accounts import CURATOR, DESK, GUARDIAN
from tests.support.attesters import attesting
from tests.support.cli import run
from tests.support.two_chains import CARRIER, STEP


def run_with(chains, *words):
    """A command whose arguments come after the route file."""
    return run("bridge", words[0], str(chains.path), *words[1:])


def sent(chains, *words):
    return run_with(chains, "send", *words, "--patience", "0", "--json")


@pytest.mark.full
def test_send__with_attesters_and_a_carrier__is_followed_until_it_arrived(chains, tmp_path):
    with attesting(chains, tmp_path / "attesters") as services:
        carrying = open_carrier(chains.pair(), CARRIER, tmp_path / "carrier").carrier
        over = threading.Event()

        def serve():
            while not over.is_set():
                for service in services:
                    service.look()
                carrying.carry()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            done = run_with(chains, "send", "25", "--to", "1337", "--patience", "60", "--json")
        finally:
            over.set()
            thread.join()
    assert done.json["stage"] == "done", done.err
    assert "attesters have to sign it" in done.err
    [listed] = run_with(chains, "transfers", "--json").json
    assert (listed["stage"], listed["steps"]) == ("done", str(25 * STEP))


def test_send__nobody_carries__says_how_far_it_came(chains):
    done = sent(chains, "5", "--to", "1337").json
    assert (done["stage"], done["signatures"], done["threshold"]) == ("final", 0, 3)


def test_send__dry_run__sends_nothing_and_says_what_waits(chains):
    before = chains.home.chain.height()
    done = sent(chains, "5", "--to", "1337", "--dry-run").json
    assert done["outlook"]["leaves_now"]
    assert not done["outlook"]["waits_there"]
    assert chains.home.chain.height() == before


def test_send__beyond_the_limit__is_refused_unless_it_may_wait_and_can_be_taken_back(chains):
    before = chains.token.balance_of(DESK.address, block=Tag.LATEST)
    refused = run_with(chains, "send", "600", "--to", "1337")
    assert refused.error == "600 A1GH are more than the 500 A1GH that may leave now"
    assert "--queue" in refused.hint
    done = sent(chains, "600", "--to", "1337", "--queue").json
    assert (done["stage"], done["number"]) == ("waiting", "1")
    [listed] = run_with(chains, "transfers", "--account", DESK.address, "--json").json
    assert listed["stage"] == "waiting"
    assert "taken back" in run_with(chains, "cancel", "home:1").out
    assert chains.token.balance_of(DESK.address, block=Tag.LATEST) == before
    [listed] = run_with(chains, "transfers", "--json").json
    assert listed["stage"] == "cancelled"


@pytest.mark.parametrize("name", ["1", "home:", "home:x", "abroad:1", "home:-1"])
def test_cancel__what_is_no_transfer__is_one_error(chains, name):
    assert "names no transfer" in run_with(chains, "cancel", name).error


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("5", "--to", "7"), "does not lead to chain 7"),
        (("0", "--to", "1337"), "more than zero"),
        (("0.0000001", "--to", "1337"), "more than the 6 decimals"),
        (("5", "--to", "31337"), "0.000000|holds 0"),
    ],
)
def test_send__what_cannot_be__is_one_error_before_anything_is_sent(chains, words, why):
    before = (chains.home.chain.height(), chains.remote.chain.height())
    error = run_with(chains, "send", *words).error
    assert any(part in error for part in why.split("|"))
    assert (chains.home.chain.height(), chains.remote.chain.height()) == before


def test_send__while_entry_is_stopped_or_nobody_attests__is_refused(chains):
    pair = chains.pair()
    stop = pair.home.gate.stop_entry((pair.route.id,))
    Wallet(chains.home.chain, GUARDIAN.key).send(stop)
    assert "is stopped" in run_with(chains, "send", "5", "--to", "1337").error
    Wallet(chains.home.chain, CURATOR.key).send(pair.home.gate.allow_entry(pair.route.id))
    assert chains.run("attesters", "revoke", "--end", "remote").code == 0
    assert "nobody attests" in run_with(chains, "send", "5", "--to", "1337").error


def test_claim__nothing_owed__is_one_error(chains):
    assert "has nothing to claim" in run_with(chains, "claim").error


def test_send__of_a_wrapped_unit__goes_like_its_token(bare, tmp_path):
    bare.write(home__token="A1GH")
    bare.provision()
    url = ("--rpc-url", bare.home.url, "--deployment", str(bare.folder / "home.json"))
    assert run("wrap", "A1GH", "50", *url).code == 0
    with attesting(bare, tmp_path / "attesters") as services:
        assert sent(bare, "3", "--to", "1337").code == 0
        for service in services:
            service.attester.attest()
        carrying = open_carrier(bare.pair(), CARRIER, tmp_path / "carrier").carrier
        assert len(carrying.carry().outcomes) == 1
    pair = bare.pair()
    unit = WrappedUnit(bare.home.chain, pair.route.home.token)
    assert unit.balance_of(pair.home.gate.address, block=Tag.LATEST) == 3 * 10**18
    ledger = carrying.followers.sync()
    assert ledger.remote.minted == 3 * 10**18
