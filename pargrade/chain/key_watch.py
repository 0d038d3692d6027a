"""Looks now and then at the account that pays: its balance, and whether transactions wait."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from pargrade.chain.block import Tag
from pargrade.chain.errors import ChainError
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain

_PAUSE_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class KeyReport:
    """One account as last seen."""

    balance: int
    """Wei."""
    pending: int
    """Transactions that the node has and no block has."""
    pending_s: float
    """Since the oldest of them was first seen, seconds; 0 when there is none."""


class KeyWatch:
    """The account of one key, whichever process uses it.

    A thread of its own looks: the one that sends waits for its transaction meanwhile.
    """

    def __init__(
        self,
        account: Address,
        use: Callable[[], AbstractContextManager[Chain]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`use` lends the chain for one look; `clock` gives seconds, monotonic."""
        self._account = account
        self._use = use
        self._clock = clock
        self._stop = threading.Event()
        self._seen: KeyReport | None = None
        self._oldest = (-1, 0.0)
        """Lowest nonce that waits, and when it was first seen."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look every 15 seconds while the context is open."""
        threading.Thread(target=self._watch, name="key", daemon=True).start()
        try:
            yield
        finally:
            self._stop.set()

    def look(self) -> None:
        """Look now. Raises ChainError, and then the last look stays."""
        with self._use() as chain:
            balance = chain.balance(self._account, block=Tag.LATEST)
            mined = chain.nonce(self._account, block=Tag.LATEST)
            pending = max(chain.nonce(self._account, block=Tag.PENDING) - mined, 0)
        if pending and self._oldest[0] != mined:
            self._oldest = mined, self._clock()
        self._seen = KeyReport(balance, pending, 0.0)

    def report(self) -> KeyReport | None:
        """The account as last seen; None before the first look."""
        seen = self._seen
        if seen is None or not seen.pending:
            return seen
        return KeyReport(seen.balance, seen.pending, self._clock() - self._oldest[1])

    def _watch(self) -> None:
        is_first = True
        while is_first or not self._stop.wait(_PAUSE_S):
            is_first = False
            # A failure is the endpoint's, which its pool has logged.
            with suppress(ChainError):
                self.look()
