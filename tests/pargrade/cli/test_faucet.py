"""Test tokens and coins for anybody."""

from pargrade.chain.block import Tag
from pargrade.chain.keys import Key
from tests.support.cli import run

STRANGER = "0x" + 64 * "7"
ACCOUNT = Key.parse(STRANGER).address


def test_faucet__account_without_anything__can_wrap_afterwards(world):
    output = world.run("faucet", ACCOUNT, "--json").json
    assert output["coins_sent"] == str(10 * 10**18)
    assert world.token("A1GH").balance_of(ACCOUNT, block=Tag.LATEST) == 1_000 * 10**6
    assert world.quote.balance_of(ACCOUNT, block=Tag.LATEST) == 100_000 * 10**6
    assert world.run("wrap", "A1GH", "10", "--key", STRANGER).code == 0


def test_faucet__account_with_coins__gets_tokens_alone(world):
    world.chain.fund(ACCOUNT, 11 * 10**18)
    assert world.run("faucet", ACCOUNT, "--json").json["coins_sent"] == "0"


def test_faucet__dry_run__leaves_no_trace(world):
    with world.unchanged():
        output = world.run("faucet", ACCOUNT, "--dry-run", "--json").json
        shown = world.run("faucet", ACCOUNT, "--dry-run").out
    assert output["dry_run"]
    assert len(output["steps"]) == 4
    assert output["coins_sent"] == str(10 * 10**18)
    assert "Would send 10 coins for gas." in shown


def test_faucet__tokens_that_nobody_may_mint__is_refused_and_nothing_is_sent(world):
    deployment = world.deployment
    world.rewrite(quote_token=deployment.grade("A1GH").unit)
    with world.unchanged():
        assert world.run("faucet", ACCOUNT).code == 1


def test_faucet__no_address__is_one_error(world):
    with world.unchanged():
        assert "is not an address" in world.run("faucet", "0x12").error
        assert "zero address" in world.run("faucet", "0x" + 40 * "0").error


def test_index_show__on_chain__is_what_the_contract_says(world):
    output = world.run("index", "show", "--on-chain", "--json").json
    latest = world.index.latest(0, block=Tag.LATEST)
    [found] = output["indices"]
    assert (found["value8"], found["slot"]) == (str(latest.value), latest.slot)
    assert found["replayed"] is False


def test_index_show__on_chain_with_a_recording__is_refused(world):
    assert "one value" in world.run("index", "show", "--on-chain", "--as-of", "2026-03-05").error


def test_index_show__on_chain_without_a_chain__is_one_error():
    ran = run("index", "show", "--on-chain", "--rpc-url", "http://127.0.0.1:9")
    assert "no answer" in ran.error
