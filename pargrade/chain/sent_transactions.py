"""What one wallet sent last, held against what the node still knows of it."""

import threading
from typing import Final

from pargrade.chain.block import Tag
from pargrade.chain.sending import Pending, TransactionSender

_REMEMBERED: Final = 256
"""Transactions kept: those of more blocks than are ever re-organised in practice."""


class SentTransactions:
    """The last transactions of a wallet, by nonce. Safe to share between threads.

    A transaction is waited for until its end is known. One that was mined and then lost in a re-org
    is sent again only where a later one waits for its nonce; else the next call takes that nonce.
    """

    def __init__(self, sender: TransactionSender) -> None:
        self._sender = sender
        self._lock = threading.Lock()
        self._sent: dict[int, Pending] = {}
        self._ended: set[int] = set()
        """Nonces that nobody waits for: mined when last seen, or given up."""
        self._given_up: set[int] = set()
        """Nonces that were not mined in the time allowed."""

    def remember(self, pending: Pending) -> None:
        """Keeps everything signed for a nonce."""
        with self._lock:
            if pending.nonce not in self._sent:
                self._ended.discard(pending.nonce)
                self._given_up.discard(pending.nonce)
            self._sent[pending.nonce] = pending
            for nonce in sorted(self._sent)[:-_REMEMBERED]:
                self._forget(nonce)

    def end(self, nonce: int) -> None:
        """The transaction with this nonce was seen mined, or superseded."""
        with self._lock:
            self._ended.add(nonce)

    def give_up(self, nonce: int) -> None:
        """Nobody waits any longer for the transaction with this nonce."""
        with self._lock:
            self._ended.add(nonce)
            self._given_up.add(nonce)

    def compare(self, counted: int) -> int | None:
        """The next nonce, given the one counted here; None where the chain's count is to be taken.

        Sends again what the node lacks below it, and what sticks below it at a new price.
        """
        self._refresh_given_up()
        lowest = self._sender.next_nonce()
        if lowest == counted:
            return counted
        missing = self._lacked_from(lowest)
        if lowest > counted or not missing:
            return None
        for pending in missing:
            self._sender.launch(pending, signed=self.remember)
        return missing[-1].nonce + 1

    def fill_below(self, nonce: int) -> None:
        """Sends again what the node has lost below a nonce: no later one is mined before it."""
        lowest = self._sender.next_nonce()
        with self._lock:
            lost = [self._sent[below] for below in sorted(self._sent) if lowest <= below < nonce]
        for pending in lost:
            self._sender.launch(pending, signed=self.remember)

    def _refresh_given_up(self) -> None:
        with self._lock:
            stuck = [self._sent[nonce] for nonce in sorted(self._given_up & set(self._sent))]
        if not stuck:
            return
        mined = self._sender.chain.nonce(self._sender.address, block=Tag.LATEST)
        for pending in stuck:
            if pending.nonce < mined:
                self._given_up.discard(pending.nonce)
            elif self._sender.knows(pending):
                self._sender.refresh(pending, signed=self.remember)

    def _lacked_from(self, lowest: int) -> list[Pending]:
        """What has to be sent again for the count to hold, by rising nonce."""
        with self._lock:
            lacked = [self._sent[nonce] for nonce in sorted(self._sent) if nonce >= lowest]
            ended = set(self._ended)
        while lacked and lacked[-1].nonce in ended and not self._sender.knows(lacked[-1]):
            lacked.pop()
        return lacked

    def _forget(self, nonce: int) -> None:
        del self._sent[nonce]
        self._ended.discard(nonce)
        self._given_up.discard(nonce)
