"""A maker's account on the chain: an epoch that no other life of it has, and its transactions.

Orders bind who signed them under their epoch or a later one. Each life of a maker takes an epoch of
its own, above all before; with it everything is over that an earlier life or a second process
signed, and nothing has to be remembered on a disk.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError

_log = logging.getLogger("bridge.orders")

_MOST_ENDED: Final = 100
"""Lanes ended in one transaction: some 3 million gas."""


class EpochTaken(PargradeError):
    """An account whose epoch somebody else has raised: all that the maker signed is over."""

    hint = (
        "Run one maker with a key. If you cancelled all orders by hand, start it again once it "
        "shall quote."
    )

    def __init__(self, maker: str, epoch: int, own: int) -> None:
        self.epoch = epoch
        self.own = own
        super().__init__(f"the epoch of {maker} is {epoch}, and this maker's is {own}")


class MakerAccount:
    """One key at one exchange. Its transactions may be waited for in several threads."""

    def __init__(self, session: Session, key: Key) -> None:
        self.exchange = FuturesExchange(
            session.chain, session.deployment.address("FuturesExchange")
        )
        self.address = key.address
        self._wallet = Wallet(session.chain, key)
        self._epoch: int | None = None
        """Ours, on the chain or on its way to it."""
        self._ending: threading.Thread | None = None

    def send(self, calls: Sequence[Call[Any]]) -> None:
        """Sends calls one after the other, each until it is mined. Raises ChainError."""
        for call in calls:
            self._wallet.send(call)

    def hold_epoch(self) -> int:
        """The epoch to sign under, in force on the chain. Raises ChainError, EpochTaken."""
        current = self._read_epoch()
        if self._epoch is not None and current > self._epoch:
            raise EpochTaken(self.address, current, self._epoch)
        if current != self._epoch:
            # The first time, or a re-organisation took the transaction back.
            self._take(current)
        assert self._epoch is not None
        return self._epoch

    def end_all(self) -> None:
        """Ends all that was signed, for everyone, by a new epoch. Raises ChainError; called again
        it tries the same again.
        """
        current = self._read_epoch()
        if self._epoch is not None and self._epoch <= current:
            self._epoch = None
        self._take(current)

    def end_lanes(self, nonces: Mapping[int, int]) -> None:
        """Ends orders of lanes up to nonces, in one transaction beside the caller, one at a time.

        What is not ended by it shows on the chain; the caller asks again.
        """
        if not nonces or self.is_ending:
            return
        lanes = list(nonces.items())[:_MOST_ENDED]
        call = self.exchange.multicall(
            tuple(self.exchange.cancel(lane, nonce).data for lane, nonce in lanes)
        )
        self._ending = threading.Thread(target=self._try, args=(call,), daemon=True)
        self._ending.start()

    @property
    def is_ending(self) -> bool:
        """Whether lanes are being ended."""
        return self._ending is not None and self._ending.is_alive()

    def _try(self, call: Call[Any]) -> None:
        try:
            self._wallet.send(call)
        except PargradeError as failure:
            _log.warning("orders that were taken away are not ended on the chain: %s", failure)

    def _take(self, current: int) -> None:
        if self._epoch is None:
            # By the clock, so that a life whose transaction was re-organised away shares none.
            self._epoch = max(current + 1, time.time_ns() // 1_000)
        self._wallet.send(self.exchange.cancel_all(self._epoch))

    def _read_epoch(self) -> int:
        return self.exchange.epoch_of(self.address, block=Tag.LATEST)
