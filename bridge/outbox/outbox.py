"""Sending so that a crash at any moment loses nothing and does nothing twice.

    estimate → record intent, nonce and signed transaction → send → receipt → record outcome

A restart reads the intents without an outcome. What was recorded is sent again byte for byte, which
a node that has it already ignores: one nonce is mined once, whatever was signed for it.
"""

import logging
import time
from typing import Any, Final

from bridge.outbox.transaction_log import Attempt, Intent, Intents, Outcome, Verdict
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted, RpcRefused, StuckTransaction, UnfundedWallet
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.chain.transaction import Transaction
from pargrade.process.failpoint import reached

_ALREADY_THERE: Final = ("already known", "already imported", "known transaction")
_NONCE_GONE: Final = ("nonce too low", "nonce is too low", "already been used")
_UNDERPRICED: Final = ("underpriced",)
_NO_FUNDS: Final = ("insufficient funds", "out of funds")

_log = logging.getLogger("bridge.outbox")


class Outbox:
    """One key's transactions, one after the other, each to its end."""

    def __init__(
        self, chain: Chain, key: Key, intents: Intents, policy: FeePolicy | None = None
    ) -> None:
        self.address = key.address
        self._chain = chain
        self._key = key
        self._intents = intents
        self._policy = policy or FeePolicy()

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas limit the call would be sent with: the estimate and a margin. Raises its refusal."""
        used = self._chain.estimate(call, sender=self.address)
        return used * (100 + self._policy.gas_margin_percent) // 100

    def send(self, call: Call[Any], act: str, gas: int) -> Outcome:
        """Sends a call and waits for its end.

        Raises StuckTransaction (the intent stays open and is taken up again), UnfundedWallet, and
        what the endpoint refuses.
        """
        assert call.to is not None
        nonce = self._chain.nonce(self.address, block=Tag.PENDING)
        first = self._sign(nonce, self._fees(), gas, call)
        intent = self._intents.record(act, call.to, call.data, nonce, gas, first)
        reached("intent-recorded")
        return self._drive(intent, call)

    def recover(self) -> list[Outcome]:
        """Drives what an earlier run left open to its end, by nonce. Raises like `send`."""
        return [self._take_up(intent) for intent in self._intents.open()]

    def _take_up(self, intent: Intent) -> Outcome:
        call = _call_of(intent)
        _log.info("taking up %s, nonce %d", intent.act, intent.nonce)
        if (ended := self._ended(intent)) is not None:
            return self._conclude(intent, ended)
        if not self._known(intent):
            try:
                self._chain.call(call, block=Tag.PENDING, sender=self.address)
            except Reverted:
                return self._conclude(intent, Outcome(intent.act, Verdict.DROPPED))
        return self._drive(intent, call)

    def _drive(self, intent: Intent, call: Call[Any]) -> Outcome:
        """Sends the newest attempt, replaces it when it sticks, and records how it ended."""
        started = time.monotonic()
        for _ in range(self._policy.attempts):
            self._push(intent.attempts[-1])
            reached("transaction-sent")
            ended = self._wait(intent)
            if ended is not None:
                return self._conclude(intent, ended)
            dearer = self._policy.bumped(intent.attempts[-1].fees)
            attempt = self._sign(intent.nonce, dearer, intent.gas, call)
            intent = self._intents.add(intent, attempt)
            reached("replacement-recorded")
        hashes = tuple("0x" + attempt.tx_hash.hex() for attempt in intent.attempts)
        raise StuckTransaction(hashes, intent.nonce, time.monotonic() - started)

    def _conclude(self, intent: Intent, ended: Outcome) -> Outcome:
        reached("end-seen")
        self._intents.conclude(intent, ended)
        reached("outcome-recorded")
        detail = f" in block {ended.block}, {ended.gas_used:,} gas" if ended.block else ""
        _log.info("%s: %s%s", intent.act, ended.verdict.value, detail)
        return ended

    def _wait(self, intent: Intent) -> Outcome | None:
        deadline = time.monotonic() + self._policy.patience
        pause = 0.001
        while True:
            ended = self._ended(intent)
            if ended is not None or time.monotonic() >= deadline:
                return ended
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _ended(self, intent: Intent) -> Outcome | None:
        head = self._chain.head()
        # At the head's parent: a node may know the state of a block before it knows its receipts.
        used = self._chain.nonce(self.address, block=max(head.number - 1, 0)) > intent.nonce
        for attempt in intent.attempts:
            tx_hash = "0x" + attempt.tx_hash.hex()
            raw = self._chain.request("eth_getTransactionReceipt", tx_hash)
            if isinstance(raw, dict):
                verdict = Verdict.DONE if int(raw["status"], 16) == 1 else Verdict.FAILED
                return Outcome(
                    act=intent.act,
                    verdict=verdict,
                    tx_hash=attempt.tx_hash,
                    block=int(raw["blockNumber"], 16),
                    gas_used=int(raw["gasUsed"], 16),
                )
        # Asked before the receipts: a nonce used by then without a receipt is someone else's.
        return Outcome(intent.act, Verdict.SUPERSEDED) if used else None

    def _known(self, intent: Intent) -> bool:
        asked = "eth_getTransactionByHash"
        return any(
            self._chain.request(asked, "0x" + attempt.tx_hash.hex()) for attempt in intent.attempts
        )

    def _push(self, attempt: Attempt) -> None:
        try:
            self._chain.request("eth_sendRawTransaction", "0x" + attempt.raw.hex())
        except RpcRefused as refused:
            # The node has it, has mined it, or has a dearer one: watching tells which.
            if _matches(refused, _ALREADY_THERE + _NONCE_GONE + _UNDERPRICED):
                return
            if _matches(refused, _NO_FUNDS):
                balance = self._chain.balance(self.address, block=Tag.LATEST)
                raise UnfundedWallet(self.address, balance) from refused
            raise

    def _sign(self, nonce: int, fees: Fees, gas: int, call: Call[Any]) -> Attempt:
        raw = Transaction(
            chain_id=self._chain.chain_id,
            nonce=nonce,
            fees=fees,
            gas=gas,
            to=call.to,
            value=call.value,
            data=call.data,
        ).sign(self._key)
        return Attempt(keccak(raw), raw, fees)

    def _fees(self) -> Fees:
        raw = self._chain.request("eth_getBlockByNumber", Tag.LATEST.value, False)
        return self._policy.start(int(raw.get("baseFeePerGas", "0x0"), 16))


def _call_of(intent: Intent) -> Call[None]:
    return Call(intent.contract, intent.data, intent.act, None, FuturesMarket.ERRORS)


def _matches(refused: RpcRefused, signs: tuple[str, ...]) -> bool:
    return any(sign in refused.reason.lower() for sign in signs)
