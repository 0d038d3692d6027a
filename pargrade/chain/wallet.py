"""One local key that simulates, signs, sends, replaces and waits."""

import threading
import time
from dataclasses import dataclass
from typing import Any, TypeVar

from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import FailedTransaction, RpcRefused, StuckTransaction, UnfundedWallet
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from pargrade.chain.receipt import Receipt
from pargrade.chain.rpc import Chain
from pargrade.chain.transaction import Transaction

T = TypeVar("T")

_ALREADY_THERE = ("already known", "already imported", "known transaction")
_NONCE_GONE = ("nonce too low", "nonce is too low", "already been used")
_UNDERPRICED = ("underpriced",)
_NO_FUNDS = ("insufficient funds", "out of funds")


class Wallet:
    """Sends calls from one key to one chain.

    Nonces are counted here, so that several threads may send without waiting for each other's
    receipts; another process with the same key makes the wallet read the chain's count again.
    """

    def __init__(self, chain: Chain, key: Key, policy: FeePolicy | None = None) -> None:
        self.chain = chain
        self.address = key.address
        self.policy = policy or FeePolicy()
        self._key = key
        self._lock = threading.Lock()
        self._next_nonce: int | None = None

    def __repr__(self) -> str:
        return f"Wallet({self.address} on chain {self.chain.chain_id})"

    def simulate(self, call: Call[T]) -> T:
        """What the call would return in the next block, from this wallet. Changes nothing.

        Raises the contract's own error when it refuses.
        """
        return self.chain.call(call, block=Tag.PENDING, sender=self.address)

    def estimate(self, call: Call[Any]) -> int:
        """Gas units the call needs in the next block. Raises like `simulate`; UnfundedWallet."""
        try:
            return self.chain.estimate(call, sender=self.address)
        except RpcRefused as refused:
            self._explain(refused)
            raise

    def send(self, call: Call[Any], *, gas: int | None = None) -> Receipt:
        """Simulates, sends, and waits until it is mined.

        `gas` sets the limit and skips the simulation. Raises the contract's own error (before
        anything is sent, or when the transaction failed all the same), UnfundedWallet,
        StuckTransaction, FailedTransaction.
        """
        return self.wait(self.submit(call, gas=gas))

    def submit(self, call: Call[Any], *, gas: int | None = None) -> "Sent":
        """Simulates and sends without waiting.

        After RpcDown it is not known whether the node took the transaction: read the chain first.
        """
        limit = gas or self.estimate(call) * (100 + self.policy.gas_margin_percent) // 100
        fees = self._fees()
        with self._lock:
            if self._next_nonce is not None:
                transaction = self._transaction(call, self._next_nonce, fees, limit)
                try:
                    return self._first(call, transaction)
                except RpcRefused as refused:
                    if not _matches(refused, _NONCE_GONE):
                        raise
            # The first time, or another process has used the key since.
            nonce = self.chain.nonce(self.address, block=Tag.PENDING)
            return self._first(call, self._transaction(call, nonce, fees, limit))

    def wait(self, sent: "Sent") -> Receipt:
        """Waits for any transaction of this nonce, replacing it with dearer ones when it sticks."""
        started = time.monotonic()
        for _ in range(self.policy.attempts):
            raw = self._poll(sent.hashes)
            if raw is not None:
                return self._settled(sent, raw)
            sent = self._replace(sent)
        waited = time.monotonic() - started
        raise StuckTransaction(sent.shown, sent.transaction.nonce, waited)

    def _transaction(self, call: Call[Any], nonce: int, fees: Fees, gas: int) -> Transaction:
        return Transaction(
            chain_id=self.chain.chain_id,
            nonce=nonce,
            fees=fees,
            gas=gas,
            to=call.to,
            value=call.value,
            data=call.data,
        )

    def _first(self, call: Call[Any], transaction: Transaction) -> "Sent":
        self._next_nonce = None
        try:
            tx_hash = self._push(transaction)
        except RpcRefused as refused:
            self._explain(refused)
            raise
        self._next_nonce = transaction.nonce + 1
        return Sent(call, transaction, (tx_hash,))

    def _fees(self) -> Fees:
        raw = self.chain.request("eth_getBlockByNumber", Tag.LATEST.value, False)
        return self.policy.start(int(raw.get("baseFeePerGas", "0x0"), 16))

    def _push(self, transaction: Transaction) -> bytes:
        raw = transaction.sign(self._key)
        tx_hash = keccak(raw)
        try:
            self.chain.request("eth_sendRawTransaction", "0x" + raw.hex())
        except RpcRefused as refused:
            # The connection may have dropped after the node took the first copy, which may even be
            # mined by now. Sent again under another nonce, the call would happen twice.
            taken = _matches(refused, _ALREADY_THERE) or (
                _matches(refused, _NONCE_GONE) and self._knows(tx_hash)
            )
            if not taken:
                raise
        return tx_hash

    def _knows(self, tx_hash: bytes) -> bool:
        return self.chain.request("eth_getTransactionByHash", "0x" + tx_hash.hex()) is not None

    def _replace(self, sent: "Sent") -> "Sent":
        old = sent.transaction
        transaction = self._transaction(sent.call, old.nonce, self.policy.bumped(old.fees), old.gas)
        try:
            return Sent(sent.call, transaction, (*sent.hashes, self._push(transaction)))
        except RpcRefused as refused:
            # Either it was mined a moment ago, or the ceiling is reached: keep watching.
            if _matches(refused, _NONCE_GONE + _UNDERPRICED):
                return sent
            raise

    def _poll(self, hashes: tuple[bytes, ...]) -> dict[str, Any] | None:
        deadline = time.monotonic() + self.policy.patience
        pause = 0.0005
        while True:
            for tx_hash in hashes:
                raw = self.chain.request("eth_getTransactionReceipt", "0x" + tx_hash.hex())
                if isinstance(raw, dict):
                    return raw
            if time.monotonic() >= deadline:
                return None
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _settled(self, sent: "Sent", raw: dict[str, Any]) -> Receipt:
        number = int(raw["blockNumber"], 16)
        if int(raw["status"], 16) == 1:
            return Receipt.of(raw, self.chain.block(number))
        # The state before the block is the nearest to what the transaction met.
        self.chain.call(sent.call, block=number - 1, sender=self.address)
        raise FailedTransaction(raw["transactionHash"], number)

    def _explain(self, refused: RpcRefused) -> None:
        if _matches(refused, _NO_FUNDS):
            balance = self.chain.balance(self.address, block=Tag.LATEST)
            raise UnfundedWallet(self.address, balance) from refused


@dataclass(frozen=True, slots=True)
class Sent:
    """A call on its way: the newest transaction, and the hashes of all that carry its nonce."""

    call: Call[Any]
    transaction: Transaction
    hashes: tuple[bytes, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """The hashes as text."""
        return tuple("0x" + tx_hash.hex() for tx_hash in self.hashes)


def _matches(refused: RpcRefused, signs: tuple[str, ...]) -> bool:
    return any(sign in refused.reason.lower() for sign in signs)
