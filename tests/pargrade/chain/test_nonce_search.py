"""Finding the transaction that took a nonce."""

from collections.abc import Iterator
from typing import Any

import pytest

from pargrade.chain.nonce_search import find_transaction_by_nonce
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.conftest import GENESIS
from tests.support.proxy import error, fault_proxy


@pytest.fixture(scope="module")
def devnet() -> Iterator[Devnet]:
    """A chain of its own: one that was put back many times may have lost the state of a block."""
    with Devnet(genesis=GENESIS) as running:
        yield running


@pytest.mark.parametrize("blocks_after", [0, 1, 2, 3, 40])
def test_find__any_nonce__its_transaction(
    chain: DevChain, specimen: Any, blocks_after: int
) -> None:
    wallet = Wallet(chain, devnet_keys()[2])
    first = chain.nonce(wallet.address, block=chain.head())
    sent = []
    for gap in (0, 5, 1):
        chain.mine(gap)
        sent.append(wallet.send(specimen.count(1)).tx_hash)
    chain.mine(blocks_after)
    last = chain.head().number
    found = [
        find_transaction_by_nonce(chain, wallet.address, first + number, last)
        for number in range(3)
    ]
    assert found == sent


def test_find__endpoint_has_no_old_state__none(
    devnet: Devnet, chain: DevChain, specimen: Any
) -> None:
    wallet = Wallet(chain, devnet_keys()[2])
    first = chain.nonce(wallet.address, block=chain.head())
    wallet.send(specimen.count(1))
    with fault_proxy(devnet.url) as proxy:
        far = Chain.connect(proxy.url)
        proxy.break_with(error(-32000, "missing trie node"), "eth_getTransactionCount")
        last = chain.head().number
        assert find_transaction_by_nonce(far, wallet.address, first, last) is None
        far.close()
