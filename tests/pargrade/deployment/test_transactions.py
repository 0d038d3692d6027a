"""Rehearsal: a sequence of calls goes out whole or not at all."""

import pytest

from pargrade.bindings.errors import ERC20InsufficientAllowance, GradeExpired
from pargrade.chain.block import Tag
from pargrade.chain.errors import NoContract, UnfundedWallet
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.demo.cast import CHAT
from pargrade.deployment.transactions import CannotRehearse, carry_out
from pargrade.devnet.accounts import DESK
from tests.support.cli import run
from tests.support.proxy import without
from tests.support.world import DAY, MIDNIGHT

ONE = 10**8


@pytest.fixture
def desk(world):
    return Wallet(world.chain, DESK.key)


def wrapping(world, amount):
    token, unit = world.token("EFLP"), world.unit("EFLP")
    return [token.approve(unit.address, amount), unit.wrap(amount, 0, DESK.address)]


def test_carry_out__second_call_builds_on_the_first__both_go_through(world, desk):
    planned = carry_out(desk, wrapping(world, ONE), dry_run=True)
    done = carry_out(desk, wrapping(world, ONE), dry_run=False)
    assert [step.receipt for step in planned] == [None, None]
    assert [step.logs and step.logs[-1].data for step in planned] == [
        step.logs[-1].data for step in done
    ]
    # The rehearsal's figures are the real ones: same state, same block times.
    assert [step.gas for step in planned] == [step.gas for step in done]


def test_carry_out__second_call_would_be_refused__nothing_is_sent(world, desk):
    approve, wrap = wrapping(world, ONE)
    with world.unchanged(), pytest.raises(ERC20InsufficientAllowance):
        carry_out(desk, [world.token("EFLP").approve(CHAT.address, ONE), wrap], dry_run=False)
    assert carry_out(desk, [approve, wrap], dry_run=False)[1].receipt is not None


def test_carry_out__time_runs_out_on_the_next_block__is_judged_by_that_block(world, desk):
    until = world.unit("EFLP").factor(block=Tag.LATEST).valid_until
    world.chain.advance(until - 2)
    # The head is still in time; approval lands one second later, the wrap one more.
    with world.unchanged(), pytest.raises(GradeExpired):
        carry_out(desk, wrapping(world, ONE), dry_run=False)


def test_carry_out__address_without_code__is_refused(world, desk):
    nowhere = world.token("EFLP")
    nowhere.address = CHAT.address
    with world.unchanged(), pytest.raises(NoContract):
        carry_out(desk, [nowhere.approve(DESK.address, 1)], dry_run=False)


def test_carry_out__cannot_pay_for_all__nothing_is_sent(world, desk):
    # An approval takes about 46,000 gas, the wrap more again.
    world.chain.fund(DESK.address, 100_000 * desk.ask_fees(100_000).max_fee)
    with world.unchanged(), pytest.raises(UnfundedWallet):
        carry_out(desk, wrapping(world, ONE), dry_run=False)


def test_carry_out__endpoint_cannot_rehearse__dry_run_says_so_and_real_run_works(world):
    with without(world.url, "eth_simulateV1") as url:
        desk = Wallet(Chain.connect(url), DESK.key)
        with world.unchanged(), pytest.raises(CannotRehearse):
            carry_out(desk, wrapping(world, ONE), dry_run=True)
        steps = carry_out(desk, wrapping(world, ONE), dry_run=False)
        assert [step.receipt is not None for step in steps] == [True, True]

        words = ("wrap", "EFLP", "1", "--rpc-url", url, "--deployment", str(world.path))
        assert "cannot simulate a sequence" in run(*words, "--dry-run").error
        assert run(*words).code == 0


def test_carry_out__endpoint_cannot_rehearse__refusals_are_still_explained(world):
    world.chain.advance(MIDNIGHT + 3 * DAY)
    with without(world.url, "eth_simulateV1") as url:
        words = ("futures", "settle", "SPRING", "--rpc-url", url)
        ran = run(*words, "--deployment", str(world.path))
        assert "NotReady" in ran.error
        assert "2026-03-07 00:00 UTC" in ran.hint
