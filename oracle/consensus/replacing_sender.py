"""Sends one key's newest call in place of an older one that still waits, within a day's budget.

A report that was not mined is worth nothing when the next one is due. So the next one takes its
nonce, also after a restart, a kill or a change of the endpoint: at most one of the two is paid for.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, TypeVar

from oracle.consensus.fee_store import FeeStore, Waiting
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import (
    FeesAboveCap,
    RpcRefused,
    SupersededTransaction,
    UnfundedWallet,
)
from pargrade.chain.fee_budget import FeeBudget
from pargrade.chain.fee_market import read_fee_market
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.keys import Signer
from pargrade.chain.receipt import MinedTransaction, Receipt
from pargrade.chain.refusals import Refusal
from pargrade.chain.rpc import Chain
from pargrade.chain.sending import Pending, TransactionSender
from pargrade.process.failpoint import reached

T = TypeVar("T")

_MOST_OVER_OFFERED: Final = 3
"""A transaction may come to cost so many times what it offers first. With a budget for a day, that
is what it counts with until it is mined, and what no replacement of it goes beyond."""

_TAKEN: Final = (Refusal.NONCE_GONE, Refusal.REPLACEMENT_TOO_CHEAP)


class ReplacingSender:
    """One key on one chain. For one thread at a time."""

    def __init__(self, chain: Chain, key: Signer, policy: FeePolicy, record: FeeStore) -> None:
        """The record is of this key on this chain."""
        self.chain = chain
        self.address = key.address
        self._sender = TransactionSender(chain, key, policy)
        self._policy = policy
        self._record = record

    def simulate(self, call: Call[T]) -> T:
        """What a call would return in the next block. Raises the contract's own error."""
        return self.chain.call(call, block=Tag.PENDING, sender=self.address)

    def estimate(self, call: Call[Any]) -> int:
        """Gas units the call needs in the next block. Raises like `simulate`; UnfundedWallet."""
        return self._sender.estimate(call)

    def send(self, call: Call[Any], gas: int) -> Receipt:
        """Sends with a gas limit and waits until mined.

        Raises the contract's own error where the mined transaction failed, UnfundedWallet,
        FeesAboveCap, FeesAboveDailyCap, StuckTransaction, SupersededTransaction, FailedTransaction,
        DatabaseDown. After StuckTransaction and RpcDown it may still be mined.
        """
        pending = self._place(call, gas)
        nonce = pending.nonce
        end = self._sender.drive(pending, signed=self._write_offer)
        if isinstance(end, MinedTransaction):
            block = self.chain.block(end.block_number)
            self._record.end(nonce, block.timestamp, end.gas_used * end.gas_price)
        return self._sender.conclude(pending, end)

    def _place(self, call: Call[Any], gas: int) -> Pending:
        """Gives the call to the node under the lowest nonce where it can be mined."""
        for nonce in self._nonces():
            pending = self._place_under(nonce, call, gas)
            if pending is not None:
                return pending
        raise SupersededTransaction(nonce)

    def _nonces(self) -> Iterator[int]:
        lowest = self.chain.nonce(self.address, block=Tag.LATEST)
        self._record.release_below(lowest)
        yield lowest
        yield from self._record.waiting_above(lowest)
        yield self._sender.next_nonce()

    def _place_under(self, nonce: int, call: Call[Any], gas: int) -> Pending | None:
        """None where what waits there is another process's, or dear enough to be mined."""
        waiting = self._record.waiting(nonce)
        fees = self._ask_fees(gas, waiting)
        pending = self._launch(Pending(call, nonce, gas, ()), fees, waiting)
        if pending is None and waiting is not None:
            market = read_fee_market(self.chain)
            higher = self._sender.policy.replace_offer(waiting.fees, market, gas)
            if higher is not None:
                pending = self._launch(Pending(call, nonce, gas, ()), higher, waiting)
        return pending

    def _launch(self, pending: Pending, fees: Fees, waiting: Waiting | None) -> Pending | None:
        """Notes, signs and sends. None where another transaction has the nonce."""
        cost = pending.gas * self._most(pending.gas, fees)
        noted = self._record.note(self.chain.head().timestamp, pending.nonce, cost, fees)
        reached("fee-recorded")
        signed = self._sender.sign(pending.call, pending.nonce, pending.gas, fees)
        try:
            pending, refusal = self._sender.launch(
                pending.with_another(signed), signed=self._write_offer
            )
        except (RpcRefused, UnfundedWallet):
            self._restore(noted, waiting)
            raise
        # The connection may have dropped after the node took the first copy.
        if refusal in _TAKEN and not self._sender.knows(pending):
            self._restore(noted, waiting)
            return None
        return pending

    def _ask_fees(self, gas: int, waiting: Waiting | None) -> Fees:
        budget = FeeBudget(self.chain, self._record.besides(waiting), self._policy)
        self._sender.policy = policy = budget.policy_for()
        try:
            offered = self._sender.ask_fees(gas)
        except FeesAboveCap as above:
            raise budget.explain(above, gas) from None
        if self._policy.max_cost_per_day is not None:
            self._sender.policy = replace(policy, max_cost=gas * self._most(gas, offered))
        return offered

    def _most(self, gas: int, fees: Fees) -> int:
        """What a gas unit may come to cost, wei, by the policy of this transaction."""
        return min(fees.max_fee * _MOST_OVER_OFFERED, self._sender.policy.cap(gas))

    def _restore(self, noted: Waiting, waiting: Waiting | None) -> None:
        if waiting is None:
            self._record.withdraw(noted.nonce)

    def _write_offer(self, pending: Pending) -> None:
        self._record.offer(pending.nonce, pending.newest.fees)
