"""Calls of one wallet that do not wait for each other: sent by nonce, then waited for together.

On a chain with a block a second a batch takes one block where call by call would take one each.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted, StuckTransaction
from pargrade.chain.receipt import Receipt
from pargrade.chain.wallet import Wallet
from pargrade.deployment.revert_hints import explained
from pargrade.process.failpoint import reached

_PAUSE_S: Final = 0.2

Sent = Callable[[int], None]
"""Hears how many have been sent."""


def send_batch(
    wallet: Wallet, calls: Iterable[Call[Any]], sent: Sent = lambda _: None
) -> list[Receipt]:
    """Sends all, then waits for all; none may need another one's effect to be estimated.

    They are mined in their order. Raises the refusal of the first that fails, after which the later
    ones may be mined or not, and what the wallet raises.
    """
    pending = []
    try:
        for call in calls:
            pending.append(wallet.submit(call))
            sent(len(pending))
            reached("deploy.sent")
        return [wallet.wait(each) for each in pending]
    except Reverted as refusal:
        raise explained(refusal) from None


def await_earlier(wallet: Wallet) -> None:
    """Returns when all of the wallet's is mined: an interrupted batch may have left some.

    Raises StuckTransaction.
    """
    chain, policy = wallet.chain, wallet.policy
    started = time.monotonic()
    while True:
        waiting = chain.nonce(wallet.address, block=Tag.PENDING)
        mined = chain.nonce(wallet.address, block=Tag.LATEST)
        if mined >= waiting:
            return
        passed = time.monotonic() - started
        if passed > policy.patience * policy.attempts:
            raise StuckTransaction((), mined, passed)
        time.sleep(_PAUSE_S)
