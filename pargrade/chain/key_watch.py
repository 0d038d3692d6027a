"""Looks now and then at the account that pays: its balance, and whether transactions wait."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pargrade.chain.block import Tag
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
    """The account of one key, whichever process uses it. One thread looks, any may read."""

    def __init__(self, account: Address, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds, monotonic."""
        self._account = account
        self._clock = clock
        self._next = float("-inf")
        self._seen: KeyReport | None = None
        self._oldest = (-1, 0.0)
        """Lowest nonce that waits, and when it was first seen."""

    @property
    def is_due(self) -> bool:
        """Whether the last look is long ago."""
        return self._clock() >= self._next

    def look(self, chain: Chain) -> None:
        """Look now. Raises ChainError, and then the last look stays."""
        self._next = self._clock() + _PAUSE_S
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
