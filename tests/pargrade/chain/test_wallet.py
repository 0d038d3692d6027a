import threading
from typing import Any

import pytest

from pargrade.bindings.test_token import TestToken, Transfer
from pargrade.chain.errors import StuckTransaction, UnfundedWallet
from pargrade.chain.fees import FeePolicy
from pargrade.chain.keys import Key
from pargrade.chain.receipt import NoSuchEvent
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.proxy import dropping, fault_proxy, result


def test_send__success__receipt_with_block_gas_and_events(
    chain: DevChain, specimen: Any, binding: Any, wallet: Wallet
) -> None:
    receipt = wallet.send(specimen.count(5))
    raw = chain.request("eth_getTransactionReceipt", "0x" + receipt.tx_hash.hex())
    assert receipt.gas_used == int(raw["gasUsed"], 16)
    assert receipt.block == chain.head()
    assert receipt.event(binding.Counted) == binding.Counted(wallet.address, 5, 5)
    assert receipt.events(binding.Counted, emitter=wallet.address) == []
    with pytest.raises(NoSuchEvent):
        receipt.event(Transfer)
    with pytest.raises(NoSuchEvent):
        _ = receipt.contract


def test_send__contract_would_refuse__its_error_and_nothing_sent(
    chain: DevChain, specimen: Any, binding: Any, wallet: Wallet
) -> None:
    before = chain.head()
    with pytest.raises(binding.Unlucky):
        wallet.send(specimen.count(13))
    assert chain.head() == before


def test_send__mined_and_refused__the_contracts_error(
    chain: DevChain, specimen: Any, binding: Any, wallet: Wallet
) -> None:
    before = chain.head()
    with pytest.raises(binding.Unlucky):
        wallet.send(specimen.count(13), gas=200_000)
    assert chain.head().number == before.number + 1
    assert wallet.send(specimen.count(1)).block.number == before.number + 2


def test_deploy__constructor_refuses__its_error(binding: Any, wallet: Wallet) -> None:
    with pytest.raises(binding.Unlucky, match="at birth"):
        wallet.send(binding.Specimen.deploy(13))


def test_simulate__depends_on_time__meets_the_next_blocks(
    chain: DevChain, specimen: Any, binding: Any, wallet: Wallet
) -> None:
    later = chain.head().timestamp + 3_600
    with pytest.raises(binding.Unlucky):
        wallet.simulate(specimen.only_at(later))
    chain.next_block_at(later)
    wallet.simulate(specimen.only_at(later))
    assert wallet.send(specimen.only_at(later)).block.timestamp == later


def test_simulate__typed_result__nothing_changes(
    chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    before = chain.head()
    assert wallet.simulate(specimen.count(5)) == 5
    assert wallet.simulate(specimen.give(wei=3)) == 3
    assert chain.head() == before


def test_send__with_coins__arrive(chain: DevChain, specimen: Any, wallet: Wallet) -> None:
    wallet.send(specimen.give(wei=12_345))
    assert chain.balance(specimen.address, block=chain.head()) == 12_345


@pytest.mark.parametrize("gas", [None, 100_000])
def test_send__wallet_without_coins__unfunded_with_its_balance(
    chain: DevChain, specimen: Any, gas: int | None
) -> None:
    poor = Wallet(chain, Key.parse("11" * 32))
    chain.fund(poor.address, 1_000)
    with pytest.raises(UnfundedWallet) as refused:
        poor.send(specimen.count(1), gas=gas)
    assert refused.value.balance == 1_000
    assert poor.address in refused.value.hint


def test_send__more_coins_than_it_has__unfunded(specimen: Any, wallet: Wallet) -> None:
    with pytest.raises(UnfundedWallet):
        wallet.send(specimen.give(wei=10**30))


def test_submit__many_threads__every_nonce_used_once(
    chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    receipts = []

    def work() -> None:
        for _ in range(5):
            receipts.append(wallet.send(specimen.count(1)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.tx_hash for receipt in receipts}) == 20
    assert specimen.total(block=chain.head()) == 20


def test_submit__another_process_used_the_key__reads_the_count_again(
    devnet: Devnet, chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    wallet.send(specimen.count(1))
    other = Wallet(Chain.connect(devnet.url), devnet_keys()[0])
    other.send(specimen.count(10))
    other.send(specimen.count(10))
    wallet.send(specimen.count(1))
    assert specimen.total(block=chain.head()) == 22


@pytest.mark.parametrize("mined_at_once", [True, False])
def test_submit__node_hangs_up_after_taking_it__happens_once(
    devnet: Devnet, chain: DevChain, specimen: Any, mined_at_once: bool
) -> None:
    with dropping(devnet.url, "eth_sendRawTransaction") as url:
        unsure = Wallet(Chain.connect(url), devnet_keys()[1])
        if not mined_at_once:
            chain.pause_mining()
        sent = unsure.submit(specimen.count(1))
        chain.mine()
        chain.resume_mining()
        receipt = unsure.wait(sent)
        unsure.chain.close()
    assert receipt.tx_hash == sent.hashes[0]
    assert specimen.total(block=chain.head()) == 1
    assert chain.nonce(unsure.address, block=chain.head()) == 1


def test_wait__node_in_the_middle_of_its_first_block__waits_for_the_receipt() -> None:
    with Devnet(genesis=1_700_000_000) as net, fault_proxy(net.url) as proxy:
        wallet = Wallet(Chain.connect(proxy.url), devnet_keys()[0])
        proxy.break_with("frozen head", "eth_getBlockByNumber")
        wallet.chain.head()
        sent = wallet.submit(TestToken.deploy("Aurora", "A1GH", 6))
        proxy.break_with(result("0x1"), "eth_getTransactionCount")
        proxy.break_with(result(None), "eth_getTransactionReceipt")
        mended = threading.Timer(0.3, proxy.mend)
        mended.start()
        receipt = wallet.wait(sent)
        mended.join()
        wallet.chain.close()
    assert receipt.tx_hash == sent.hashes[0]


def test_wait__not_mined_in_time__replaced_at_a_higher_price_and_one_of_them_counts(
    chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    wallet.policy = FeePolicy(patience=0.3, attempts=10)
    chain.pause_mining()
    sent = wallet.submit(specimen.count(1))
    miner = threading.Timer(0.8, chain.mine)
    miner.start()
    receipt = wallet.wait(sent)
    miner.join()
    chain.resume_mining()
    assert receipt.tx_hash != sent.hashes[0]
    assert receipt.gas_price > sent.newest.fees.tip
    assert specimen.total(block=chain.head()) == 1


def test_wait__never_mined__stuck_with_all_hashes(
    chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    wallet.policy = FeePolicy(patience=0.05, attempts=3)
    chain.pause_mining()
    with pytest.raises(StuckTransaction) as stuck:
        wallet.send(specimen.count(1))
    chain.resume_mining()
    assert len(set(stuck.value.hashes)) == 4


def test_token__deployed_from_the_shipped_artifact__works(chain: DevChain, wallet: Wallet) -> None:
    token = TestToken(chain, wallet.send(TestToken.deploy("Aurora", "A1GH", 6)).contract)
    wallet.send(token.mint(wallet.address, 10))
    head = chain.head()
    assert (token.name(block=head), token.decimals(block=head)) == ("Aurora", 6)
    assert token.balance_of(wallet.address, block=head) == 10
