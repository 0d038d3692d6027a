"""Sending so that neither a crash nor a re-org loses anything or does anything twice.

    estimate → record intent, nonce and signed transaction → send → receipt → record outcome

An outcome is provisional until its block is final: where the block is gone, the intent is open
again. What is open is taken up by nonce, the lowest first. What was recorded is sent again byte for
byte, which a node that has it already ignores: one nonce is mined once, whatever was signed for it.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

from bridge.outbox.delivery import Delivery, call_of, pending_of
from bridge.outbox.records import Intent, Outcome, PlannedCall, Verdict
from bridge.outbox.review import FinalityRule, FinalizedTag, review_outcomes
from bridge.outbox.transaction_log import Intents
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError, Reverted, RpcDown, RpcRefused, StuckTransaction
from pargrade.chain.fee_budget import FeeBudget, Spending
from pargrade.chain.fees import FeePolicy
from pargrade.chain.keys import Signer
from pargrade.chain.refusals import Refusal, classify_refusal
from pargrade.chain.rpc import Chain
from pargrade.chain.sending import Pending, TransactionSender
from pargrade.process.failpoint import reached

_TRANSFER_GAS: Final = 21_000
"""Of a transaction without data."""

_log = logging.getLogger("bridge.outbox")

_Launched = tuple[Intent, Pending, Refusal | None]
"""What was sent, and what the node had against it."""


class Outbox:
    """One key's transactions, one after the other, each to its end."""

    def __init__(
        self,
        chain: Chain,
        key: Signer,
        intents: Intents,
        policy: FeePolicy | None = None,
        finality: FinalityRule | None = None,
    ) -> None:
        budget = FeeBudget(chain, intents, policy or FeePolicy())
        self.address = key.address
        self._budget = budget
        self._chain = chain
        self._sender = TransactionSender(chain, key, budget.policy)
        self._intents = intents
        self._delivery = Delivery(self._sender, intents, budget)
        self._finality = finality or FinalizedTag()

    @property
    def fee_cap_per_day(self) -> int | None:
        """Most fees in 24 hours, wei; None without a cap."""
        return self._budget.policy.max_cost_per_day

    def read_spending(self) -> Spending:
        """What the 24 hours before the newest block cost. Raises ChainError."""
        return self._budget.read_spending(())

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas limit the call would be sent with: the estimate and a margin. Raises its refusal."""
        return self._sender.limit_gas(self._sender.estimate(call))

    def send(self, call: Call[Any], act: str, gas: int) -> Outcome:
        """Sends a call and waits for its end.

        Raises StuckTransaction (the intent stays open and is taken up again), UnfundedWallet,
        FeesAboveCap and FeesAboveDailyCap before anything is recorded, and what the endpoint
        refuses.
        """
        intent = self._delivery.record(call, act, self._sender.next_nonce(), gas)
        reached("intent-recorded")
        return self._delivery.drive(intent)

    def send_all(self, planned: Sequence[PlannedCall]) -> list[Outcome]:
        """Sends calls with nonces in a row before it waits for any, so that one block can hold all.

        For calls of which none needs another to be mined first. Raises like `send`, after which
        those that were recorded stay open and are taken up again.
        """
        if not planned:
            return []
        first, launched = self._sender.next_nonce(), []
        for place, each in enumerate(planned):
            intent = self._delivery.record(each.call, each.act, first + place, each.gas)
            reached("intent-recorded")
            launched.append((intent, self._delivery.launch(intent)))
        return [self._delivery.follow(intent, *found) for intent, found in launched]

    def send_each(self, planned: Sequence[PlannedCall]) -> list[Outcome | ChainError]:
        """As `send_all`, but what keeps one call from being sent or mined is that call's own end.

        Of one that the node or a cap refused nothing stays open. After a transaction that stuck
        nobody waits for the later ones: what is not mined by then stays open and is taken up again.
        Raises RpcDown, after which everything that was recorded does.
        """
        nonce, launched = self._sender.next_nonce(), list[_Launched | ChainError]()
        for each in planned:
            try:
                launched.append(self._launch_one(each, nonce))
            except RpcDown:
                raise
            except ChainError as refused:
                launched.append(refused)
            else:
                nonce += 1
        ends, stuck = list[Outcome | ChainError](), None
        for found in launched:
            end = found if isinstance(found, ChainError) else self._follow_one(found, stuck)
            stuck = end if isinstance(end, StuckTransaction) else stuck
            ends.append(end)
        return ends

    def _launch_one(self, planned: PlannedCall, nonce: int) -> _Launched:
        intent = self._delivery.record(planned.call, planned.act, nonce, planned.gas)
        reached("intent-recorded")
        try:
            return (intent, *self._delivery.launch(intent))
        except RpcDown:
            raise
        except ChainError:
            if not self._sender.knows(pending_of(intent)):
                self._delivery.close(intent, Outcome(intent.act, Verdict.DROPPED))
            raise

    def _follow_one(
        self, launched: _Launched, stuck: StuckTransaction | None
    ) -> Outcome | ChainError:
        intent, pending, refusal = launched
        try:
            if stuck is None:
                return self._delivery.follow(intent, pending, refusal)
            end = self._sender.find_end(pending)
            return stuck if end is None else self._delivery.conclude(intent, end)
        except RpcDown:
            raise
        except ChainError as failure:
            return failure

    def close(self) -> None:
        """Closes every connection to its database."""
        self._intents.close()

    def recover(self) -> list[Outcome]:
        """Drives everything open to its end, by nonce. Raises like `send`.

        Open is what an earlier run or a re-org left, and what later nonces wait for. What the node
        refuses for good, as no block may hold it, is closed.
        """
        review_outcomes(self._chain, self._intents, self._finality)
        self._fill_gaps()
        ended = []
        while waiting := self._intents.open():
            ended.append(self._take_up(waiting[0]))
        return ended

    def _fill_gaps(self) -> None:
        """Gives something to send to every nonce that an open one waits for and nobody has.

        What the node says is pending is not believed of our own: right after a re-org it may count
        a later transaction whose predecessor is gone.
        """
        waiting = {intent.nonce for intent in self._intents.open()}
        if not waiting:
            return
        mined = self._chain.nonce(self.address, block=Tag.LATEST)
        unknown = self._sender.next_nonce()
        for nonce in range(mined, max(waiting)):
            if nonce in waiting:
                continue
            recorded = self._intents.newest_with_nonce(nonce)
            if recorded is not None:
                _log.warning("nonce %d is not mined, and later ones wait for it", nonce)
                self._intents.reopen(recorded.id)
            elif nonce >= unknown:
                _log.warning("no transaction has nonce %d, and later ones wait for it", nonce)
                self._cancel(nonce)

    def _take_up(self, intent: Intent) -> Outcome:
        _log.info("taking up %s, nonce %d", intent.act, intent.nonce)
        pending = pending_of(intent)
        if (end := self._sender.find_end(pending)) is not None:
            return self._delivery.conclude(intent, end)
        if not self._sender.knows(pending) and not self._is_wanted(intent):
            return self._give_up(intent)
        try:
            return self._delivery.drive(intent)
        except RpcRefused as refused:
            if classify_refusal(refused) is not Refusal.IMPOSSIBLE or self._sender.knows(pending):
                raise
            _log.warning("%s is closed: %s", intent.act, refused)
            return self._give_up(intent)

    def _give_up(self, intent: Intent) -> Outcome:
        """Closes an intent that the chain has not and nobody wants."""
        dropped = self._delivery.close(intent, Outcome(intent.act, Verdict.DROPPED))
        if self._is_waited_for(intent.nonce):
            self._cancel(intent.nonce)
        return dropped

    def _cancel(self, nonce: int) -> None:
        """Records an empty transaction to oneself, so that later nonces can be mined."""
        call: Call[None] = Call(self.address, b"", "cancellation", None, {})
        self._delivery.record(call, f"cancel nonce {nonce}", nonce, _TRANSFER_GAS)
        reached("cancellation-recorded")

    def _is_wanted(self, intent: Intent) -> bool:
        """Whether the chain would take the call now; a cancellation, whether it serves a later."""
        if self._is_cancellation(intent):
            return self._is_waited_for(intent.nonce)
        try:
            self._chain.call(call_of(intent), block=Tag.PENDING, sender=self.address)
        except Reverted:
            return False
        return True

    def _is_waited_for(self, nonce: int) -> bool:
        """Whether a call with a later nonce waits in the node, or has still to be sent."""
        later = (intent for intent in self._intents.open() if intent.nonce > nonce)
        calls = [intent for intent in later if not self._is_cancellation(intent)]
        return any(
            self._sender.knows(pending_of(intent)) or self._is_wanted(intent) for intent in calls
        )

    def _is_cancellation(self, intent: Intent) -> bool:
        return intent.contract == self.address
