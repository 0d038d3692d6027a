"""The deterministic-deployment proxy, put on a chain that lacks it."""

import time
from typing import Final

from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import (
    FACTORY,
    FACTORY_COST,
    FACTORY_SIGNER,
    FACTORY_TRANSACTION,
    NoFactory,
)
from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import keccak
from pargrade.chain.refusals import Refusal, classify_refusal
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet

_PATIENCE_S: Final = 120.0
_PAUSE_S: Final = 0.1

_WITH_THE_NODE: Final = (Refusal.KNOWN, Refusal.NONCE_GONE)
"""Sent by somebody else at the same time."""


def has_factory(chain: Chain) -> bool:
    """Whether the proxy is on a chain."""
    return bool(chain.code(FACTORY, block=Tag.LATEST))


def bring_factory(wallet: Wallet) -> None:
    """Gives the presigned transaction's account what it may cost, and sends that transaction.

    Nothing is done where the proxy is there. Raises NoFactory, and what the wallet raises.
    """
    chain = wallet.chain
    if has_factory(chain):
        return
    if chain.nonce(FACTORY_SIGNER, block=Tag.LATEST):
        raise NoFactory(chain.chain_id, "its account has sent another transaction")
    lacking = FACTORY_COST - chain.balance(FACTORY_SIGNER, block=Tag.LATEST)
    if lacking > 0:
        wallet.send(Call(FACTORY_SIGNER, b"", "funding of the proxy", None, {}, lacking))
    try:
        chain.push(FACTORY_TRANSACTION)
    except RpcRefused as refused:
        if classify_refusal(refused) not in _WITH_THE_NODE:
            raise NoFactory(chain.chain_id, str(refused)) from None
    deadline = time.monotonic() + _PATIENCE_S
    while chain.receipt(keccak(FACTORY_TRANSACTION)) is None:
        if time.monotonic() > deadline:
            raise NoFactory(chain.chain_id, f"it was not mined in {_PATIENCE_S:.0f} s")
        time.sleep(_PAUSE_S)
    if not has_factory(chain):
        raise NoFactory(chain.chain_id, "its transaction failed")
