"""A wallet whose transactions nodes drop, or whose blocks go away, goes on landing."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pargrade.chain.errors import StuckTransaction
from pargrade.chain.fees import FeePolicy
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.proxy import FaultProxy, fault_proxy


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with fault_proxy(devnet.url) as proxy:
        yield proxy


@pytest.fixture
def sender(chain: DevChain) -> Wallet:
    """A wallet whose transactions are all in one test's blocks."""
    return Wallet(chain, devnet_keys()[1], FeePolicy(patience=2, attempts=6))


@pytest.mark.parametrize("depth", [1, 2, 8, 32, 64])
def test_send__reorg_dropped_what_it_sent__lands_the_next_without_a_restart(
    chain: DevChain, specimen: Any, sender: Wallet, depth: int
) -> None:
    chain.mine(depth)
    for _ in range(min(depth, 5)):
        sender.send(specimen.count(1))
    chain.mine(max(depth - 5, 0))
    chain.request("anvil_reorg", depth, [])
    assert specimen.total(block=chain.head()) == 0
    for total in (1, 2):
        assert sender.send(specimen.count(1)).block == chain.head()
        assert specimen.total(block=chain.head()) == total


def test_send__stuck_one_was_dropped__lands_with_its_nonce(
    chain: DevChain, specimen: Any, proxy: FaultProxy
) -> None:
    far = Chain.connect(proxy.url)
    wallet = Wallet(far, devnet_keys()[1], FeePolicy(patience=0.05, attempts=2))
    proxy.break_with("drops transactions")
    with pytest.raises(StuckTransaction) as stuck:
        wallet.send(specimen.count(1))
    proxy.mend()
    sent = wallet.submit(specimen.count(10))
    assert sent.nonce == stuck.value.nonce
    assert wallet.wait(sent).block == chain.head()
    assert specimen.total(block=chain.head()) == 10
    far.close()


def test_submit__stuck_one_still_waits__is_offered_more_and_both_land(
    chain: DevChain, specimen: Any
) -> None:
    wallet = Wallet(chain, devnet_keys()[1], FeePolicy(patience=0.05, attempts=1))
    chain.pause_mining()
    with pytest.raises(StuckTransaction) as stuck:
        wallet.send(specimen.count(1))
    sent = wallet.submit(specimen.count(10), gas=200_000)
    assert sent.nonce == stuck.value.nonce + 1
    chain.resume_mining()
    chain.mine()
    wallet.wait(sent)
    assert specimen.total(block=chain.head()) == 11
    mined = [chain.receipt(bytes.fromhex(text[2:])) for text in stuck.value.hashes]
    assert mined == [None, None]


def test_submit__first_of_three_lost_in_a_reorg__sent_again_as_signed_and_all_land(
    chain: DevChain, specimen: Any, sender: Wallet
) -> None:
    first = sender.send(specimen.count(1))
    chain.pause_mining()
    waiting = [sender.submit(specimen.count(10), gas=200_000) for _ in range(2)]
    chain.request("anvil_reorg", 1, [])
    chain.resume_mining()
    sender.send(specimen.count(100), gas=200_000)
    for pending in waiting:
        sender.wait(pending)
    assert chain.receipt(first.tx_hash) is not None
    assert specimen.total(block=chain.head()) == 121


def test_wait__an_earlier_one_was_dropped_after_it_was_sent__both_land(
    chain: DevChain, specimen: Any
) -> None:
    wallet = Wallet(chain, devnet_keys()[1], FeePolicy(patience=1, attempts=3))
    chain.pause_mining()
    earlier = wallet.submit(specimen.count(1), gas=200_000)
    later = wallet.submit(specimen.count(10), gas=200_000)
    chain.request("anvil_dropTransaction", "0x" + earlier.newest.tx_hash.hex())
    chain.resume_mining()
    wallet.wait(later)
    wallet.wait(earlier)
    assert specimen.total(block=chain.head()) == 11


def test_submit__dropped_while_another_thread_waits_for_it__both_happen_once(
    chain: DevChain, specimen: Any, sender: Wallet
) -> None:
    chain.pause_mining()
    sent = sender.submit(specimen.count(1), gas=200_000)
    waiter = threading.Thread(target=sender.wait, args=(sent,))
    waiter.start()
    chain.request("anvil_dropTransaction", "0x" + sent.newest.tx_hash.hex())
    chain.resume_mining()
    sender.send(specimen.count(10), gas=200_000)
    waiter.join()
    assert specimen.total(block=chain.head()) == 11
    assert chain.nonce(sender.address, block=chain.head()) == sent.nonce + 2
