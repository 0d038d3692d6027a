"""Sending one key's transactions: sign, push, watch, replace, explain.

This is the only place that does it. Who sends keeps the record of what was signed: `Wallet` in
memory, the bridge's outbox in a database.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import RpcRefused, StuckTransaction, UnfundedWallet
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from pargrade.chain.refusals import Refusal, classify_refusal
from pargrade.chain.rpc import Chain
from pargrade.chain.transaction import Transaction

_SHORTEST_PAUSE_S: Final = 0.0005
_LONGEST_PAUSE_S: Final = 1.0

_NO_PUSH_HELPS: Final = (Refusal.OTHER, Refusal.NO_FUNDS)


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """The bytes to send, their hash, and what they offer."""

    tx_hash: bytes
    raw: bytes
    fees: Fees


@dataclass(frozen=True, slots=True)
class Pending:
    """A call on its way: its nonce, its gas limit, and all that was signed for it, oldest first."""

    call: Call[Any]
    nonce: int
    gas: int
    signed: tuple[SignedTransaction, ...]

    @property
    def newest(self) -> SignedTransaction:
        """The transaction that a node should have."""
        return self.signed[-1]

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The hash of every transaction that carries the nonce."""
        return tuple(signed.tx_hash for signed in self.signed)

    def with_another(self, signed: SignedTransaction) -> "Pending":
        """The same call with a further transaction."""
        return replace(self, signed=(*self.signed, signed))


@dataclass(frozen=True, slots=True)
class Superseded:
    """The end of a call whose nonce was taken by a transaction that is none of its own."""


Mined = dict[str, Any]
"""A receipt as JSON-RPC gives it."""

Steps = Callable[[Pending], None]
"""Called with the state reached, before anything else happens."""


def _nothing(_: Pending) -> None:
    return


class TransactionSender:
    """One key on one chain. It counts no nonces and remembers nothing between two calls."""

    def __init__(self, chain: Chain, key: Key, policy: FeePolicy) -> None:
        self.chain = chain
        self.address = key.address
        self.policy = policy
        self._key = key

    def estimate(self, call: Call[Any]) -> int:
        """Gas units the call needs in the next block. Raises its refusal, UnfundedWallet."""
        try:
            return self.chain.estimate(call, sender=self.address)
        except RpcRefused as refused:
            self._require_funds(refused)
            raise

    def limit_gas(self, used: int) -> int:
        """Gas limit for a call that used so much: state may change before it is mined."""
        return used * (100 + self.policy.gas_margin_percent) // 100

    def next_nonce(self) -> int:
        """The first nonce that no transaction known to the node has."""
        return self.chain.nonce(self.address, block=Tag.PENDING)

    def ask_fees(self) -> Fees:
        """What a transaction sent now should offer."""
        raw = self.chain.request("eth_getBlockByNumber", Tag.LATEST.value, False)
        return self.policy.start(int(raw.get("baseFeePerGas", "0x0"), 16))

    def sign(self, call: Call[Any], nonce: int, gas: int, fees: Fees) -> SignedTransaction:
        """The call as a signed transaction. Sends nothing."""
        raw = Transaction(
            chain_id=self.chain.chain_id,
            nonce=nonce,
            fees=fees,
            gas=gas,
            to=call.to,
            value=call.value,
            data=call.data,
        ).sign(self._key)
        return SignedTransaction(keccak(raw), raw, fees)

    def push(self, signed: SignedTransaction) -> Refusal | None:
        """Gives a transaction to the node.

        None when the node took it. Else the refusal, when watching shows what became of it or a
        dearer one may be taken. Raises UnfundedWallet, and RpcRefused for everything else. After
        RpcDown it is not known whether the node took it.
        """
        try:
            self.chain.request("eth_sendRawTransaction", "0x" + signed.raw.hex())
        except RpcRefused as refused:
            self._require_funds(refused)
            refusal = classify_refusal(refused)
            if refusal in _NO_PUSH_HELPS:
                raise
            return refusal
        return None

    def knows(self, pending: Pending) -> bool:
        """Whether the node has any transaction of the call, mined or waiting."""
        return any(
            self.chain.request("eth_getTransactionByHash", _hex(tx_hash)) is not None
            for tx_hash in pending.hashes
        )

    def find_end(self, pending: Pending) -> Mined | Superseded | None:
        """The receipt of any transaction of the call, Superseded, or None while it is open."""
        mined = self._receipt(pending)
        if mined is not None or not self._nonce_used(pending.nonce):
            return mined
        # Asked again: it may have been mined between the two questions. A nonce used by then
        # without a receipt is another transaction's.
        return self._receipt(pending) or Superseded()

    def drive(
        self, pending: Pending, *, signed: Steps = _nothing, pushed: Steps = _nothing
    ) -> Mined | Superseded:
        """Watches a call whose newest transaction was pushed, and replaces it when it sticks.

        `signed` is called before a replacement leaves, `pushed` after. Raises StuckTransaction
        when it is open after as many waits as the policy allows, UnfundedWallet, RpcRefused.
        """
        started = time.monotonic()
        for _ in range(self.policy.attempts):
            end = self._watch(pending)
            if end is not None:
                return end
            pending = self._replace(pending, signed)
            pushed(pending)
        hashes = tuple(_hex(tx_hash) for tx_hash in pending.hashes)
        raise StuckTransaction(hashes, pending.nonce, time.monotonic() - started)

    def _replace(self, pending: Pending, recorded: Steps) -> Pending:
        fees = self.policy.bumped(pending.newest.fees)
        dearer = self.sign(pending.call, pending.nonce, pending.gas, fees)
        pending = pending.with_another(dearer)
        recorded(pending)
        self.push(dearer)
        return pending

    def _watch(self, pending: Pending) -> Mined | Superseded | None:
        deadline = time.monotonic() + self.policy.patience
        pause = _SHORTEST_PAUSE_S
        while True:
            end = self.find_end(pending)
            if end is not None or time.monotonic() >= deadline:
                return end
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _receipt(self, pending: Pending) -> Mined | None:
        for tx_hash in pending.hashes:
            raw = self.chain.request("eth_getTransactionReceipt", _hex(tx_hash))
            if isinstance(raw, dict):
                return raw
        return None

    def _nonce_used(self, nonce: int) -> bool:
        # At the head's parent: a node may know the state of a block before it knows its receipts.
        head = self.chain.head()
        return self.chain.nonce(self.address, block=max(head.number - 1, 0)) > nonce

    def _require_funds(self, refused: RpcRefused) -> None:
        if classify_refusal(refused) is Refusal.NO_FUNDS:
            balance = self.chain.balance(self.address, block=Tag.LATEST)
            raise UnfundedWallet(self.address, balance) from refused


def _hex(tx_hash: bytes) -> str:
    return "0x" + tx_hash.hex()
