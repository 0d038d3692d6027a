"""The deterministic-deployment proxy, put on a chain that lacks it."""

import time
from typing import Final

from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import (
    FACTORY,
    FACTORY_COST,
    FACTORY_GAS_PRICE,
    FACTORY_SIGNER,
    FACTORY_TRANSACTION,
    NoFactory,
)
from pargrade.chain.errors import RpcRefused
from pargrade.chain.fee_market import read_fee_market
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


def factory_cost(chain: Chain) -> int:
    """Most wei that bringing the proxy takes of whoever brings it; 0 where it is there.

    Raises NoFactory where its transaction cannot be mined: its account's nonce is used, or gas
    costs more than its signature offers.
    """
    if has_factory(chain):
        return 0
    if chain.nonce(FACTORY_SIGNER, block=Tag.LATEST):
        raise NoFactory(chain.chain_id, "its account has sent another transaction")
    base_fee = read_fee_market(chain).base_fee
    if base_fee > FACTORY_GAS_PRICE:
        why = f"gas costs {base_fee} wei, and its transaction pays {FACTORY_GAS_PRICE} for ever"
        raise NoFactory(chain.chain_id, why)
    return max(FACTORY_COST - chain.balance(FACTORY_SIGNER, block=Tag.LATEST), 0)


def bring_factory(wallet: Wallet) -> None:
    """Sends the presigned transaction, and gives its account what it lacks of what it may cost.

    Nothing is paid before the node has shown that it takes such transactions: what their account
    holds, nobody can take back. Nothing is done where the proxy is there. Raises NoFactory, and
    what the wallet raises.
    """
    chain = wallet.chain
    if has_factory(chain):
        return
    lacking = factory_cost(chain)
    is_taken = _push(chain)
    if lacking and not has_factory(chain):
        wallet.send(Call(FACTORY_SIGNER, b"", "funding of the proxy", None, {}, lacking))
    deadline = time.monotonic() + _PATIENCE_S
    while chain.receipt(keccak(FACTORY_TRANSACTION)) is None:
        # Another node of the same endpoint may not have seen the funding yet.
        is_taken = is_taken or _push(chain)
        if time.monotonic() > deadline:
            state = "it waits, and this command goes on with it" if is_taken else "it lacks funds"
            raise NoFactory(chain.chain_id, f"it was not mined in {_PATIENCE_S:.0f} s: {state}")
        time.sleep(_PAUSE_S)
    if not has_factory(chain):
        raise NoFactory(chain.chain_id, "its transaction failed")


def _push(chain: Chain) -> bool:
    """Whether the node has the transaction; False where its account lacks coins for it.

    Raises NoFactory for any other refusal, which coins would not change.
    """
    try:
        chain.push(FACTORY_TRANSACTION)
    except RpcRefused as refused:
        refusal = classify_refusal(refused)
        if refusal is Refusal.NO_FUNDS:
            return False
        if refusal not in _WITH_THE_NODE:
            raise NoFactory(chain.chain_id, str(refused)) from None
    return True
