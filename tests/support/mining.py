"""Blocks that are mined when a node has what a test sent, however busy the machine is."""

import time
from collections.abc import Callable

from pargrade.chain.hashing import Address
from pargrade.devnet.anvil import DevChain


def mine_once_waiting(chain: DevChain, count: int) -> None:
    """Mines one block once so many transactions wait for it, or after half a minute."""
    _await(lambda: int(chain.request("txpool_status")["pending"], 16) >= count)
    chain.mine(1)


def mine_once_known(chain: DevChain, to: Address) -> None:
    """Mines again once a transaction to an address waits, or after half a minute."""
    _await(lambda: to.lower() in str(chain.request("txpool_content")).lower())
    chain.resume_mining()
    chain.mine()


def _await(is_true: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_true():
            return
        time.sleep(0.05)
