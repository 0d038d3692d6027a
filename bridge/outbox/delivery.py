"""One intent from its record to its outcome: signed, written down, sent, replaced, closed."""

import logging
from collections.abc import Callable
from typing import Any

from bridge.outbox.records import Inclusion, Intent, Outcome, Verdict
from bridge.outbox.transaction_log import Intents
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.errors import FeesAboveCap, UnknownBlock
from pargrade.chain.fee_budget import FeeBudget
from pargrade.chain.fees import Fees
from pargrade.chain.nonce_search import find_transaction_by_nonce
from pargrade.chain.receipt import MinedTransaction
from pargrade.chain.refusals import Refusal
from pargrade.chain.sending import Pending, Superseded, TransactionSender
from pargrade.process.failpoint import reached

_log = logging.getLogger("bridge.outbox")


class Delivery:
    """Brings one intent at a time to its end, within the fee budget."""

    def __init__(self, sender: TransactionSender, intents: Intents, budget: FeeBudget) -> None:
        self._sender = sender
        self._chain = sender.chain
        self._intents = intents
        self._budget = budget

    def record(self, call: Call[Any], act: str, nonce: int, gas: int) -> Intent:
        """Signs a call and writes it down. Raises FeesAboveCap, FeesAboveDailyCap."""
        assert call.to is not None
        first = self._sender.sign(call, nonce, gas, self._ask_fees(gas))
        return self._intents.record(act, call.to, call.data, nonce, gas, first)

    def drive(self, intent: Intent) -> Outcome:
        """Sends the newest attempt, replaces it when it sticks, and records how it ended."""
        return self.follow(intent, *self.launch(intent))

    def launch(self, intent: Intent) -> tuple[Pending, Refusal | None]:
        """Sends the newest attempt. Returns what was sent, and what the node had against it."""
        self._sender.policy = self._budget.policy_for(intent.id)
        found = self._sender.launch(pending_of(intent), signed=self._recorder(intent))
        reached("transaction-sent")
        return found

    def follow(self, intent: Intent, pending: Pending, refusal: Refusal | None) -> Outcome:
        """Watches what was sent, replaces it when it sticks, and records how it ended."""
        if refusal is Refusal.REPLACEMENT_TOO_CHEAP and not self._sender.knows(pending):
            return self._lose_nonce(intent)

        def mark(_: Pending) -> None:
            reached("transaction-sent")

        self._sender.policy = self._budget.policy_for(intent.id)
        record = self._recorder(intent)
        return self.conclude(intent, self._sender.drive(pending, signed=record, pushed=mark))

    def conclude(self, intent: Intent, end: MinedTransaction | Superseded) -> Outcome:
        """Records the end that the chain shows."""
        reached("end-seen")
        if isinstance(end, Superseded):
            # Another process with this database may have replaced the transaction.
            known = self._intents.read(intent.id)
            end = self._sender.find_end(pending_of(known)) or end
        if isinstance(end, Superseded):
            return self.close(intent, self._explain_superseded(intent, end))
        block = self._chain.block(BlockStamp(end.block_number, end.block_hash, b"", 0))
        return self.close(intent, _mined(intent, end, block.timestamp))

    def close(self, intent: Intent, ended: Outcome) -> Outcome:
        """Records any end."""
        self._intents.conclude(intent, ended)
        reached("outcome-recorded")
        detail = f" in block {ended.block}, {ended.gas_used:,} gas" if ended.block else ""
        _log.info("%s: %s%s", intent.act, ended.verdict.value, detail)
        return ended

    def _recorder(self, intent: Intent) -> Callable[[Pending], None]:
        def record(replaced: Pending) -> None:
            self._intents.add(intent, replaced.newest)
            reached("replacement-recorded")

        return record

    def _ask_fees(self, gas: int) -> Fees:
        self._sender.policy = self._budget.policy_for()
        try:
            return self._sender.ask_fees(gas)
        except FeesAboveCap as above:
            raise self._budget.explain(above, gas) from None

    def _lose_nonce(self, intent: Intent) -> Outcome:
        """Closes an intent whose nonce a waiting transaction has that is none of its own.

        Outbidding it would only make the other sender outbid this one.
        """
        self._warn(intent, "is held by a waiting transaction")
        return self.close(intent, Outcome(intent.act, Verdict.SUPERSEDED))

    def _explain_superseded(self, intent: Intent, end: Superseded) -> Outcome:
        """Says which transaction took the nonce. One of ours is open again, to be concluded."""
        taker = find_transaction_by_nonce(
            self._chain, self._sender.address, intent.nonce, end.block
        )
        ours = None if taker is None else self._intents.find_by_hash(taker)
        if ours is None:
            shown = "an unknown transaction" if taker is None else "0x" + taker.hex()
            self._warn(intent, f"was taken by {shown}")
        elif ours.id == intent.id:
            # The endpoint has the transaction and not its receipt yet.
            raise UnknownBlock(str(end.block))
        else:
            _log.info("nonce %d was taken by an earlier %s", intent.nonce, ours.act)
            self._intents.reopen(ours.id)
        seen = Inclusion(end.block, end.block_hash, 0, 0)
        return Outcome(intent.act, Verdict.SUPERSEDED, inclusion=seen)

    def _warn(self, intent: Intent, what: str) -> None:
        _log.warning(
            "nonce %d of %s %s that this database did not send, number %d so far: "
            "another process uses the key",
            intent.nonce,
            self._sender.address,
            what,
            self._intents.count(Verdict.SUPERSEDED) + 1,
        )


def call_of(intent: Intent) -> Call[None]:
    """The call as it was recorded."""
    return Call(intent.contract, intent.data, intent.act, None, FuturesMarket.ERRORS)


def pending_of(intent: Intent) -> Pending:
    """All that was signed for an intent."""
    return Pending(call_of(intent), intent.nonce, intent.gas, intent.attempts)


def _mined(intent: Intent, end: MinedTransaction, timestamp: int) -> Outcome:
    return Outcome(
        act=intent.act,
        verdict=Verdict.DONE if end.succeeded else Verdict.FAILED,
        tx_hash=end.tx_hash,
        block=end.block_number,
        gas_used=end.gas_used,
        inclusion=Inclusion(end.block_number, end.block_hash, timestamp, end.gas_price),
    )
