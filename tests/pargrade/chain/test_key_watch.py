"""The account of a key: balance, and for how long a transaction has been waiting."""

from contextlib import nullcontext

import pytest

from pargrade.chain.block import Tag
from pargrade.chain.errors import RpcDown
from pargrade.chain.key_watch import KeyReport, KeyWatch
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.world import MIDNIGHT

KEY = devnet_keys()[4]


class Watch:
    """A watch over a real chain, with a clock that is driven."""

    def __init__(self, chain: DevChain) -> None:
        self.now = 0.0
        self.watch = KeyWatch(KEY.address, lambda: nullcontext(chain), lambda: self.now)

    def look(self, now: float) -> KeyReport:
        self.now = now
        self.watch.look()
        found = self.watch.report()
        assert found is not None
        return found


def test_watch__before_the_first_look__says_nothing(chain: DevChain) -> None:
    assert Watch(chain).watch.report() is None


def test_watch__with_nothing_under_way__says_the_balance(chain: DevChain) -> None:
    chain.fund(KEY.address, 7)
    assert Watch(chain).look(5) == KeyReport(balance=7, pending=0, pending_s=0.0)


def test_watch__while_a_transaction_waits__says_for_how_long(chain: DevChain) -> None:
    watched = Watch(chain)
    chain.fund(KEY.address, 10**18)
    raw = {"to": KEY.address, "value": 1, "gas": 21_000, "nonce": 0, "chainId": chain.chain_id}
    fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1, "type": 2, "data": b""}
    nonce = chain.nonce(KEY.address, block=Tag.LATEST)
    chain.request("evm_setAutomine", False)
    chain.push(KEY.sign_transaction({**raw, **fees, "nonce": nonce}))
    assert watched.look(10).pending == 1
    watched.now = 55
    found = watched.watch.report()
    assert found is not None
    assert found.pending_s == 45
    chain.mine()
    assert watched.look(60).pending == 0


def test_watch__without_a_chain__keeps_what_it_saw() -> None:
    with Devnet(genesis=MIDNIGHT) as gone:
        watched = Watch(gone.chain)
        seen = watched.look(1)
    with pytest.raises(RpcDown):
        watched.watch.look()
    assert watched.watch.report() == seen
