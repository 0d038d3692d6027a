"""A development chain whose time passes, by clocks that the test moves."""

import time
from collections.abc import Iterator

import pytest

from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import place_all
from pargrade.devnet.anvil import Devnet, Memory, devnet_keys
from pargrade.devnet.wall_clock import WallClock

GENESIS = 1_772_323_200


class Hands:
    """Two clocks of a machine, moved by hand."""

    def __init__(self) -> None:
        self.monotonic = 1_000.0
        self.wall = 1_772_000_000.0

    def pass_time(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds


@pytest.fixture
def net() -> Iterator[Devnet]:
    with Devnet(genesis=GENESIS) as running:
        yield running


@pytest.fixture
def hands() -> Hands:
    return Hands()


def clock_of(net: Devnet, hands: Hands, speed: int = 1, start: int = 0) -> WallClock:
    clock = WallClock(
        net.chain, speed, start=start, monotonic=lambda: hands.monotonic, wall=lambda: hands.wall
    )
    clock.begin()
    return clock


@pytest.mark.parametrize("speed", [1, 60, 3_600])
def test_tick__after_ten_seconds__head_is_ten_times_the_speed_later(net, hands, speed):
    clock = clock_of(net, hands, speed)
    began = net.chain.head().timestamp
    hands.pass_time(10)
    clock.tick()
    assert net.chain.head().timestamp == began + 10 * speed


def test_begin__start_later_than_the_head__head_is_there(net, hands):
    clock_of(net, hands, start=GENESIS + 86_400)
    assert net.chain.head().timestamp == GENESIS + 86_400


def test_begin__start_before_the_head__time_never_goes_back(net, hands):
    clock_of(net, hands, start=GENESIS - 86_400)
    assert net.chain.head().timestamp == GENESIS + 1


def test_tick__transactions_put_blocks_ahead__waits_for_the_clock(net, hands):
    clock = clock_of(net, hands)
    net.chain.mine_at(GENESIS + 100)
    hands.pass_time(50)
    before = net.chain.head()
    clock.tick()
    assert net.chain.head() == before
    hands.pass_time(60)
    clock.tick()
    assert net.chain.head().timestamp == GENESIS + 111


def test_tick__machine_slept_for_an_hour__chain_is_an_hour_later(net, hands):
    clock = clock_of(net, hands)
    hands.wall += 3_600
    clock.tick()
    assert net.chain.head().timestamp == GENESIS + 3_601


def test_tick__wall_clock_set_back__time_passes_all_the_same(net, hands):
    clock = clock_of(net, hands)
    hands.wall -= 3_600
    hands.pass_time(10)
    clock.tick()
    assert net.chain.head().timestamp == GENESIS + 11


@pytest.mark.parametrize(("speed", "pause"), [(1, 2.0), (30, 2.0), (60, 1.0), (3_600, 0.5)])
def test_pause__at_a_speed__two_seconds_or_a_minute_of_the_chain(net, speed, pause):
    assert WallClock(net.chain, speed).pause_s == pause


def test_wall_clock__running__time_passes_without_a_transaction(net):
    with WallClock(net.chain, 3_600):
        began = net.chain.head().timestamp
        deadline = time.monotonic() + 60
        while net.chain.head().timestamp < began + 3_600:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    ended = net.chain.head()
    time.sleep(0.7)
    assert net.chain.head() == ended


def test_wall_clock__running__a_transaction_is_mined_at_once(net, hands):
    clock_of(net, hands, 60)
    wallet = Wallet(net.chain, devnet_keys()[0])
    before = net.chain.head()
    (token,) = place_all(wallet, [TestToken.deploy("token", "T", 6)])
    assert net.chain.code(token, block=Tag.LATEST)
    assert net.chain.head().number == before.number + 1


def test_wall_clock__chain_that_ended__ends_without_an_error(net):
    with WallClock(net.chain, 3_600):
        net.stop()
        time.sleep(0.7)


def test_memory_file__second_chain_on_it__goes_on_with_blocks_logs_and_time(hands, tmp_path):
    memory = Memory(states=16, file=tmp_path / "state.json")
    with Devnet(genesis=GENESIS, memory=memory) as first:
        clock_of(first, hands, 60)
        wallet = Wallet(first.chain, devnet_keys()[0])
        (placed,) = place_all(wallet, [TestToken.deploy("token", "T", 6)])
        token = TestToken(first.chain, placed)
        minted = wallet.send(token.mint(wallet.address, 7))
        head = first.chain.head()
    with Devnet(genesis=GENESIS, memory=memory) as second:
        clock_of(second, hands, 60)
        assert second.chain.head().number == head.number + 1
        assert second.chain.head().timestamp == head.timestamp + 1
        assert second.chain.receipt(minted.tx_hash) is not None
        assert second.chain.logs([token.address], first=0, last=head.number)
        again = TestToken(second.chain, token.address)
        assert again.balance_of(wallet.address, block=Tag.LATEST) == 7
