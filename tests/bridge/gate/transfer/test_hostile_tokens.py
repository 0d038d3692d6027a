"""Tokens that do not behave, over a route by commands: exact there and back, or refused by name."""

import re
from contextlib import contextmanager
from decimal import Decimal

import pytest

from bridge.gate.carrier.service import open_carrier
from bridge.gate.route.end import RouteSide
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import keccak
from pargrade.devnet.accounts import DESK
from pargrade.devnet.anvil import DEVNET_KEYS
from tests.support.attesters import attesting
from tests.support.cli import run
from tests.support.hostile_tokens import deploy_token
from tests.support.two_chains import CARRIER, SENDER

pytestmark = pytest.mark.full

AMOUNT = 50
EXACT = {
    "FeeOnTopToken": (),
    "GateNoZeroToken": (),
    "GatePausableToken": (),
    "GateUpgradableToken": (),
    "GateRebasingToken": (),
    "GateUint96Token": (),
    "BlocklistToken": (),
    "CallbackToken": (18,),
}
"""By name, with what its constructor takes."""


@pytest.fixture
def route(bare, tmp_path):
    """Makes a route of a token, and what carries over it."""

    @contextmanager
    def made(name, arguments):
        token = deploy_token(bare.home.chain, SENDER, name, *arguments)
        decimals = token.decimals(block=Tag.LATEST)
        bare.send("home", token.mint(DESK.address, 1_000 * 10**decimals))
        bare.write(home__token=token.address)
        bare.provision()
        with attesting(bare, tmp_path / "attesters") as services:
            carrier = open_carrier(bare.pair(), CARRIER, tmp_path / "carrier").carrier

            def carry():
                for service in services:
                    service.attester.attest()
                return carrier.carry().outcomes

            yield token, 10**decimals, carry

    return made


def send(chains, *words):
    patience = ("--patience", "0", "--json")
    return run("bridge", "send", str(chains.path), *words, *patience)


def balance(token, account=DESK.address):
    return token.balance_of(account, block=Tag.LATEST)


def representation(chains):
    pair = chains.pair()
    return BridgedToken(chains.remote.chain, pair.token_at(RouteSide.REMOTE))


def encoded(signature, *arguments):
    words = (int(word, 16) if isinstance(word, str) else word for word in arguments)
    return keccak(signature.encode())[:4] + b"".join(word.to_bytes(32) for word in words)


@pytest.mark.parametrize("name", EXACT)
def test_send__a_token_that_may_misbehave__is_exact_there_and_back(bare, route, name):
    with route(name, EXACT[name]) as (token, whole, carry):
        assert send(bare, str(AMOUNT), "--to", "1337").json["stage"] == "final"
        assert len(carry()) == 1
        there = representation(bare)
        assert balance(there) == AMOUNT * whole == balance(token, bare.gate("home").address)
        before = balance(token)
        assert send(bare, str(AMOUNT), "--to", "31337").json["stage"] == "final"
        assert len(carry()) == 1
        owed = bare.gate("home").claimable(bare.pair().route.id, DESK.address, block=Tag.LATEST)
        assert balance(token) - before + owed == AMOUNT * whole
        assert balance(there) == there.total_supply(block=Tag.LATEST) == 0


def test_send__a_token_that_keeps_a_fee__is_refused_by_name_and_changes_nothing(bare, route):
    with route("FeeToken", (18,)) as (token, _, carry):
        before = balance(token)
        assert "BelowMinimum" in send(bare, str(AMOUNT), "--to", "1337").error
        assert balance(token) == before
        assert carry() == []


def test_send__all_of_a_token_whose_fee_is_on_top__is_refused_and_changes_nothing(bare, route):
    with route("FeeOnTopToken", ()) as (token, _, _carry):
        bare.send("home", token.transfer(CARRIER.address, 900 * 10**18))
        left = balance(token)
        assert left < 100 * 10**18
        whole = left // 10**18
        assert "ERC20InsufficientBalance" in send(bare, str(whole), "--to", "1337").error
        assert balance(token) == left


@pytest.mark.parametrize("is_silent", [0, 1])
def test_route__a_token_without_a_name__is_refused_before_anything_is_sent(bare, is_silent):
    token = deploy_token(bare.home.chain, SENDER, "GateOddToken", is_silent)
    bare.write(home__token=token.address)
    before = (bare.home.chain.height(), bare.remote.chain.height())
    assert bare.run("route", "add").error
    assert (bare.home.chain.height(), bare.remote.chain.height()) == before


def test_claim__of_what_could_not_be_paid__pays_another_address(bare, route):
    """The recipient is blocked when the tokens come back: he is credited, and claims elsewhere."""
    with route("BlocklistToken", ()) as (token, whole, carry):
        assert send(bare, str(AMOUNT), "--to", "1337").code == 0
        carry()
        blocked = encoded("setBlocked(address,bool)", DESK.address, 1)
        bare.send("home", Call(token.address, blocked, "", None, {}))
        assert send(bare, "20", "--to", "31337").code == 0
        assert len(carry()) == 1
        done = run("bridge", "claim", str(bare.path), "--to", CARRIER.address, "--json").json
        assert (done["owed"], done["paid"]) == (str(20 * whole), str(20 * whole))
        assert balance(token, CARRIER.address) == 20 * whole
        assert "has nothing to claim" in run("bridge", "claim", str(bare.path)).error
        other = run("bridge", "claim", str(bare.path), "--key", DEVNET_KEYS[15])
        assert "has nothing to claim" in other.error


@pytest.mark.parametrize("of_others", [0, 100])
def test_claim__of_a_token_whose_fee_is_on_top__says_how_much_leaves_enough_for_it(
    bare, route, of_others
):
    """The gate says that the token took more, the token itself where nothing of others is there."""
    with route("FeeOnTopToken", ()) as (token, whole, carry):
        assert send(bare, str(AMOUNT + of_others), "--to", "1337").code == 0
        carry()
        assert send(bare, str(AMOUNT), "--to", "31337").code == 0
        assert len(carry()) == 1
        # What would be paid from what is others' waits first.
        assert len(carry()) == (1 if of_others else 0)
        refused = run("bridge", "claim", str(bare.path))
        [payable] = re.findall(r"claim ROUTE ([0-9.]+)", refused.err)
        before = balance(token)
        done = run("bridge", "claim", str(bare.path), "20", "--json").json
        assert (done["owed"], done["paid"]) == (str(50 * whole), str(20 * whole))
        rest = str(Decimal(payable) - 20)
        assert run("bridge", "claim", str(bare.path), rest).code == 0
        assert balance(token) - before == int(Decimal(payable) * whole)
        gate = bare.gate("home")
        owed = gate.claimable(bare.pair().route.id, DESK.address, block=Tag.LATEST)
        assert owed < whole // 1_000
        assert balance(token, gate.address) >= of_others * whole


def test_send__a_token_that_is_paused__is_refused_by_its_own_error(bare, route):
    with route("GatePausableToken", ()) as (token, _, _carry):
        bare.send("home", Call(token.address, encoded("setPaused(bool)", 1), "", None, {}))
        before = balance(token)
        assert send(bare, str(AMOUNT), "--to", "1337").error
        assert balance(token) == before


def test_send__a_token_that_calls_back_into_the_gate__is_refused(bare, route):
    with route("CallbackToken", (18,)) as (token, _, _carry):
        gate = bare.gate("home")
        call = gate.complete(1).data
        words = [int(gate.address, 16), 64, len(call)]
        data = encoded("arm(address,bytes)", *words) + call.ljust(-(-len(call) // 32) * 32, b"\0")
        bare.send("home", Call(token.address, data, "", None, {}))
        before = balance(token)
        assert "Reentran" in send(bare, str(AMOUNT), "--to", "1337").error
        assert balance(token) == before
