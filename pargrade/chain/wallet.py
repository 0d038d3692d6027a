"""One local key that simulates, sends and waits; what is on its way is kept in memory."""

import threading
from typing import Any, TypeVar

from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import StuckTransaction, SupersededTransaction
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.keys import Signer
from pargrade.chain.receipt import Receipt
from pargrade.chain.refusals import Refusal
from pargrade.chain.rpc import Chain
from pargrade.chain.sending import Pending, TransactionSender
from pargrade.chain.sent_transactions import SentTransactions

T = TypeVar("T")


class Wallet:
    """Sends calls from one key to one chain.

    Nonces are counted here, so that several threads may send without waiting for each other's
    receipts. The count is held against the node's before every transaction: `SentTransactions`.
    """

    def __init__(self, chain: Chain, key: Signer, policy: FeePolicy | None = None) -> None:
        self.chain = chain
        self.address = key.address
        self._sender = TransactionSender(chain, key, policy or FeePolicy())
        self._lock = threading.Lock()
        self._next_nonce: int | None = None
        self._sent = SentTransactions(self._sender)

    def __repr__(self) -> str:
        return f"Wallet({self.address} on chain {self.chain.chain_id})"

    @property
    def policy(self) -> FeePolicy:
        """How much transactions may cost and how long they may take."""
        return self._sender.policy

    @policy.setter
    def policy(self, policy: FeePolicy) -> None:
        self._sender.policy = policy

    def simulate(self, call: Call[T]) -> T:
        """What the call would return in the next block, from this wallet. Changes nothing.

        Raises the contract's own error when it refuses.
        """
        return self.chain.call(call, block=Tag.PENDING, sender=self.address)

    def estimate(self, call: Call[Any]) -> int:
        """Gas units the call needs in the next block. Raises like `simulate`; UnfundedWallet."""
        return self._sender.estimate(call)

    def ask_fees(self, gas: int) -> Fees:
        """What a transaction with this gas limit would offer now. Raises FeesAboveCap."""
        return self._sender.ask_fees(gas)

    def send(self, call: Call[Any], *, gas: int | None = None) -> Receipt:
        """Simulates, sends, and waits until it is mined.

        `gas` sets the limit and skips the simulation. Raises the contract's own error (before
        anything is sent, or when the transaction failed all the same), UnfundedWallet,
        FeesAboveCap, StuckTransaction, SupersededTransaction, FailedTransaction.
        """
        return self.wait(self.submit(call, gas=gas))

    def submit(self, call: Call[Any], *, gas: int | None = None) -> Pending:
        """Simulates and sends without waiting.

        After RpcDown it is not known whether the node took the transaction: read the chain first.
        """
        limit = gas or self._sender.limit_gas(self.estimate(call))
        fees = self.ask_fees(limit)
        with self._lock:
            counted = None if self._next_nonce is None else self._sent.compare(self._next_nonce)
            if counted is not None:
                pending = self._push(call, counted, limit, fees)
                if pending is not None:
                    return pending
            # The first time, or another process has used the key since, or ours are gone.
            nonce = self._sender.next_nonce()
            pending = self._push(call, nonce, limit, fees)
        if pending is None:
            raise SupersededTransaction(nonce)
        return pending

    def wait(self, pending: Pending) -> Receipt:
        """Waits for any transaction of this nonce, replacing it with dearer ones when it sticks.

        It may stick because the node has lost an earlier one that nobody waits for: then that is
        sent again, too.
        """
        try:
            end = self._sender.drive(pending, signed=self._sent.remember, pushed=self._fill_below)
        except StuckTransaction:
            self._sent.give_up(pending.nonce)
            raise
        self._sent.end(pending.nonce)
        return self._sender.conclude(pending, end)

    def _fill_below(self, pending: Pending) -> None:
        with self._lock:
            self._sent.fill_below(pending.nonce)

    def _push(self, call: Call[Any], nonce: int, gas: int, fees: Fees) -> Pending | None:
        """None when another transaction has the nonce."""
        self._next_nonce = None
        signed = self._sender.sign(call, nonce, gas, fees)
        pending, refusal = self._sender.launch(Pending(call, nonce, gas, (signed,)))
        # The connection may have dropped after the node took the first copy, which may even be
        # mined by now. Sent again under another nonce, the call would happen twice.
        taken_by_another = refusal in (Refusal.NONCE_GONE, Refusal.REPLACEMENT_TOO_CHEAP)
        if taken_by_another and not self._sender.knows(pending):
            return None
        self._next_nonce = nonce + 1
        self._sent.remember(pending)
        return pending
