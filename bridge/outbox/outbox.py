"""Sending so that a crash at any moment loses nothing and does nothing twice.

    estimate → record intent, nonce and signed transaction → send → receipt → record outcome

A restart reads the intents without an outcome. What was recorded is sent again byte for byte, which
a node that has it already ignores: one nonce is mined once, whatever was signed for it.
"""

import logging
from dataclasses import replace
from typing import Any

from bridge.outbox.transaction_log import Intent, Intents, Outcome, Verdict
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted
from pargrade.chain.fees import FeePolicy
from pargrade.chain.keys import Signer
from pargrade.chain.receipt import MinedTransaction
from pargrade.chain.rpc import Chain
from pargrade.chain.sending import Pending, Superseded, TransactionSender
from pargrade.process.failpoint import reached

_log = logging.getLogger("bridge.outbox")


class Outbox:
    """One key's transactions, one after the other, each to its end."""

    def __init__(
        self, chain: Chain, key: Signer, intents: Intents, policy: FeePolicy | None = None
    ) -> None:
        self.address = key.address
        self._chain = chain
        self._sender = TransactionSender(chain, key, policy or FeePolicy())
        self._intents = intents

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas limit the call would be sent with: the estimate and a margin. Raises its refusal."""
        return self._sender.limit_gas(self._sender.estimate(call))

    def send(self, call: Call[Any], act: str, gas: int) -> Outcome:
        """Sends a call and waits for its end.

        Raises StuckTransaction (the intent stays open and is taken up again), UnfundedWallet,
        FeesAboveCap before anything is recorded, and what the endpoint refuses.
        """
        assert call.to is not None
        nonce = self._sender.next_nonce()
        first = self._sender.sign(call, nonce, gas, self._sender.ask_fees(gas))
        intent = self._intents.record(act, call.to, call.data, nonce, gas, first)
        reached("intent-recorded")
        return self._drive(intent, _pending(intent, call))

    def recover(self) -> list[Outcome]:
        """Drives what an earlier run left open to its end, by nonce. Raises like `send`."""
        return [self._take_up(intent) for intent in self._intents.open()]

    def _take_up(self, intent: Intent) -> Outcome:
        call: Call[None] = Call(
            intent.contract, intent.data, intent.act, None, FuturesMarket.ERRORS
        )
        pending = _pending(intent, call)
        _log.info("taking up %s, nonce %d", intent.act, intent.nonce)
        if (end := self._sender.find_end(pending)) is not None:
            return self._conclude(intent, _outcome(intent, end))
        if not self._sender.knows(pending):
            try:
                self._chain.call(call, block=Tag.PENDING, sender=self.address)
            except Reverted:
                return self._conclude(intent, Outcome(intent.act, Verdict.DROPPED))
        return self._drive(intent, pending)

    def _drive(self, intent: Intent, pending: Pending) -> Outcome:
        """Sends the newest attempt, replaces it when it sticks, and records how it ended."""

        def record(replaced: Pending) -> None:
            earlier = replace(intent, attempts=replaced.signed[:-1])
            self._intents.add(earlier, replaced.newest)
            reached("replacement-recorded")

        def mark(_: Pending) -> None:
            reached("transaction-sent")

        pending, _ = self._sender.launch(pending, signed=record)
        mark(pending)
        end = self._sender.drive(pending, signed=record, pushed=mark)
        return self._conclude(intent, _outcome(intent, end))

    def _conclude(self, intent: Intent, ended: Outcome) -> Outcome:
        reached("end-seen")
        self._intents.conclude(intent, ended)
        reached("outcome-recorded")
        detail = f" in block {ended.block}, {ended.gas_used:,} gas" if ended.block else ""
        _log.info("%s: %s%s", intent.act, ended.verdict.value, detail)
        return ended


def _pending(intent: Intent, call: Call[Any]) -> Pending:
    return Pending(call, intent.nonce, intent.gas, intent.attempts)


def _outcome(intent: Intent, end: MinedTransaction | Superseded) -> Outcome:
    if isinstance(end, Superseded):
        return Outcome(intent.act, Verdict.SUPERSEDED)
    return Outcome(
        act=intent.act,
        verdict=Verdict.DONE if end.succeeded else Verdict.FAILED,
        tx_hash=end.tx_hash,
        block=end.block_number,
        gas_used=end.gas_used,
    )
