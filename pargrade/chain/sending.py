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
from pargrade.chain.errors import (
    FailedTransaction,
    RpcRefused,
    StuckTransaction,
    SupersededTransaction,
    UnfundedWallet,
)
from pargrade.chain.fee_market import read_fee_market
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Signer
from pargrade.chain.receipt import MinedTransaction, Receipt
from pargrade.chain.refusals import Refusal, classify_refusal, find_needed_tip
from pargrade.chain.rpc import Chain
from pargrade.chain.transaction import Transaction

_SHORTEST_PAUSE_S: Final = 0.0005
_LONGEST_PAUSE_S: Final = 1.0
_QUICK_S: Final = 0.05
"""Up to this pause between two looks for a receipt nothing else is asked."""

_IN_GOOD_HANDS: Final = (Refusal.KNOWN, Refusal.NONCE_GONE, Refusal.REPLACEMENT_TOO_CHEAP)
"""The node has it, has mined it, or has a dearer one: watching shows which."""

_MOST_OFFERS: Final = 12
"""Offers a node may find too cheap before its refusal is raised."""


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

    block: int
    """A block in whose state the nonce is used."""
    block_hash: bytes


Steps = Callable[[Pending], None]
"""Called with the state reached, before anything else happens."""


def _nothing(_: Pending) -> None:
    return


class TransactionSender:
    """One key on one chain. It counts no nonces, and remembers no transaction between two calls."""

    def __init__(self, chain: Chain, key: Signer, policy: FeePolicy) -> None:
        self.chain = chain
        self.address = key.address
        self.policy = policy
        self._key = key
        self._least_tip = 0
        """The floor that a node named: bor takes no tip below 25 gwei."""

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

    def ask_fees(self, gas: int) -> Fees:
        """What a transaction with this gas limit should offer now. Raises FeesAboveCap."""
        return self.policy.offer(read_fee_market(self.chain), gas, self._least_tip)

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

    def launch(
        self, pending: Pending, *, signed: Steps = _nothing
    ) -> tuple[Pending, Refusal | None]:
        """Gives the newest transaction to the node, offering more where that is too cheap for it.

        The refusal is None when the node took it, else KNOWN, NONCE_GONE or REPLACEMENT_TOO_CHEAP:
        watching shows what became of it. `signed` is called before a dearer one leaves. Raises
        UnfundedWallet, and RpcRefused for everything else. After RpcDown it is not known whether
        the node took it.
        """
        for _ in range(_MOST_OFFERS):
            try:
                return pending, self._push(pending.newest)
            except RpcRefused as refused:
                fees = self._raised(refused, pending)
                if fees is None:
                    raise
            pending = self._sign_another(pending, fees, signed)
        return pending, self._push(pending.newest)

    def knows(self, pending: Pending) -> bool:
        """Whether the node has any transaction of the call, mined or waiting."""
        return any(self.chain.transaction(tx_hash) is not None for tx_hash in pending.hashes)

    def find_end(self, pending: Pending) -> MinedTransaction | Superseded | None:
        """The receipt of any transaction of the call, Superseded, or None while it is open."""
        mined = self._receipt(pending)
        if mined is not None:
            return mined
        superseded = self._find_use(pending.nonce)
        if superseded is None:
            return None
        # Asked again: it may have been mined between the two questions. A nonce used by then
        # without a receipt is another transaction's.
        return self._receipt(pending) or superseded

    def refresh(self, pending: Pending, *, signed: Steps = _nothing) -> Pending:
        """Sends a dearer one, from what the chain asks now.

        Where none helps the newest is sent again: it may have been dropped. `signed` is called
        before a dearer one leaves. Raises like `launch`.
        """
        market = read_fee_market(self.chain)
        fees = self.policy.replace_offer(pending.newest.fees, market, pending.gas)
        if fees is not None:
            pending = self._sign_another(pending, fees, signed)
        try:
            pending, _ = self.launch(pending, signed=signed)
        except RpcRefused as refused:
            # The cap is reached: an earlier one may still be mined.
            if classify_refusal(refused) is not Refusal.TOO_CHEAP:
                raise
        return pending

    def drive(
        self, pending: Pending, *, signed: Steps = _nothing, pushed: Steps = _nothing
    ) -> MinedTransaction | Superseded:
        """Watches a call whose newest transaction was pushed, and replaces it when it sticks.

        `signed` is called before a replacement leaves, `pushed` after. Raises StuckTransaction
        when it is open after as many waits as the policy allows, UnfundedWallet, RpcRefused.
        """
        started = time.monotonic()
        for _ in range(self.policy.attempts):
            end = self._watch(pending)
            if end is not None:
                return end
            pending = self.refresh(pending, signed=signed)
            pushed(pending)
        hashes = tuple("0x" + tx_hash.hex() for tx_hash in pending.hashes)
        raise StuckTransaction(hashes, pending.nonce, time.monotonic() - started)

    def conclude(self, pending: Pending, end: MinedTransaction | Superseded) -> Receipt:
        """The receipt of a call that succeeded.

        Raises the contract's own error, or FailedTransaction where running it again does not fail;
        SupersededTransaction.
        """
        if isinstance(end, Superseded):
            raise SupersededTransaction(pending.nonce)
        if end.succeeded:
            return Receipt.of(end, self.chain.block(end.block_number))
        # The state before the block is the nearest to what the transaction met.
        self.chain.call(pending.call, block=end.block_number - 1, sender=self.address)
        raise FailedTransaction("0x" + end.tx_hash.hex(), end.block_number)

    def _push(self, signed: SignedTransaction) -> Refusal | None:
        try:
            self.chain.push(signed.raw)
        except RpcRefused as refused:
            self._require_funds(refused)
            refusal = classify_refusal(refused)
            if refusal not in _IN_GOOD_HANDS:
                raise
            return refusal
        return None

    def _raised(self, refused: RpcRefused, pending: Pending) -> Fees | None:
        """The next offer, when the node found this one too cheap and the cap allows it."""
        if classify_refusal(refused) is not Refusal.TOO_CHEAP:
            return None
        needed = find_needed_tip(refused)
        market = read_fee_market(self.chain)
        fees = self.policy.raise_offer(pending.newest.fees, market, pending.gas, needed)
        if fees is not None and needed is not None:
            self._least_tip = needed
        return fees

    def _sign_another(self, pending: Pending, fees: Fees, signed: Steps) -> Pending:
        another = self.sign(pending.call, pending.nonce, pending.gas, fees)
        pending = pending.with_another(another)
        signed(pending)
        return pending

    def _watch(self, pending: Pending) -> MinedTransaction | Superseded | None:
        deadline = time.monotonic() + self.policy.patience
        pause = _SHORTEST_PAUSE_S
        while True:
            # At first for the receipt alone: to lose a nonce is rare, and takes two questions more.
            late = time.monotonic() >= deadline
            end = self.find_end(pending) if pause > _QUICK_S or late else self._receipt(pending)
            if end is not None or late:
                return end
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _receipt(self, pending: Pending) -> MinedTransaction | None:
        for tx_hash in pending.hashes:
            mined = self.chain.receipt(tx_hash)
            if mined is not None:
                return mined
        return None

    def _find_use(self, nonce: int) -> Superseded | None:
        # At the head's parent: a node may know the state of a block before it knows its receipts.
        # Block 0 has no parent and no transactions.
        head = self.chain.head()
        if head.number == 0 or self.chain.nonce(self.address, block=head.number - 1) <= nonce:
            return None
        return Superseded(head.number - 1, head.parent_hash)

    def _require_funds(self, refused: RpcRefused) -> None:
        if classify_refusal(refused) is Refusal.NO_FUNDS:
            balance = self.chain.balance(self.address, block=Tag.LATEST)
            raise UnfundedWallet(self.address, balance) from refused
