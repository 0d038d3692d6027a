"""Blocks that are mined when a node has what a test sent, however busy the machine is."""

import time

from pargrade.devnet.anvil import DevChain


def mine_once_waiting(chain: DevChain, count: int) -> None:
    """Mines one block once so many transactions wait for it, or after half a minute."""
    for _ in range(600):
        if int(chain.request("txpool_status")["pending"], 16) >= count:
            break
        time.sleep(0.05)
    chain.mine(1)
