"""A maker as a process: approvals, a pass every few seconds, and at its end nothing left."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from bridge.orders.client.client import RelayClient
from bridge.orders.client.onboarding import missing_approvals
from bridge.orders.client.trader import Trader
from bridge.orders.maker.account import EpochTaken, MakerAccount
from bridge.orders.maker.maker import Maker, SeriesQuotes, read_traded
from bridge.orders.maker.metrics import MakerMetrics
from bridge.orders.maker.outstanding import Outstanding
from bridge.orders.maker.settings import MakerSettings
from pargrade.chain.block import BlockStamp
from pargrade.chain.development import is_development
from pargrade.chain.keys import Key
from pargrade.deployment.file import Deployment
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError

_log = logging.getLogger("bridge.orders")

EXCHANGE_S: Final = 5.0
"""For an exchange with the relay: for so long it can hold up the kill switch."""
PASS_S: Final = 60.0
"""For all exchanges of a pass."""
WITHDRAW_S: Final = 10.0
"""For taking quotes away at the end. What stays expires by itself."""
_ENDED_PART: Final = 10
"""Of an order's life, between two transactions that end some for their room."""


class PassEnded(PargradeError):
    """A pass that is broken off before its next exchange with the relay."""

    hint = "Look at the relay: it answers too slowly."

    def __init__(self, why: str) -> None:
        super().__init__(f"the pass is broken off: {why}")


@dataclass
class MakerService:
    """What `maker run` runs."""

    session: Session
    settings: MakerSettings
    key: Key
    stop: threading.Event = field(default_factory=threading.Event)
    passes: int = 0
    """Passes that were done."""
    metrics: MakerMetrics = field(default_factory=MakerMetrics)
    _approved: set[str] = field(default_factory=set)
    _signed: dict[int, Outstanding] = field(default_factory=dict)
    """What this life signed, by series."""
    _is_killed: bool = False
    _ended_at: int = 0
    """Time of the chain when orders were ended there for their room."""

    @cached_property
    def _account(self) -> MakerAccount:
        return MakerAccount(self.session, self.key)

    def run(self) -> None:
        """Quotes until `stop` is set, then takes every quote away. Raises EpochTaken."""
        try:
            while not self.stop.is_set():
                try:
                    self.metrics.note(self.look())
                    self.passes += 1
                except EpochTaken:
                    raise
                except PargradeError as failure:
                    self.metrics.note_failure(failure)
                    _log.warning("this pass is left out: %s", failure)
                self.stop.wait(self.settings.interval)
        finally:
            self._leave()

    def look(self) -> list[SeriesQuotes]:
        """One pass over all series. Raises ChainError, RelayDown, RelayRefused, EpochTaken, and
        PassEnded where the relay is too slow.
        """
        found: list[SeriesQuotes] = []
        self.metrics.is_killed = self.settings.is_killed
        if not self.metrics.is_killed:
            self._is_killed = False
            try:
                self._quote(found)
            except PassEnded:
                self.metrics.is_killed = self.settings.is_killed
                if not (self.metrics.is_killed or self.stop.is_set()):
                    raise
        if self.metrics.is_killed:
            self._kill()
        return found

    def _quote(self, found: list[SeriesQuotes]) -> None:
        # Whoever lists series writes the same file.
        self.session = replace(self.session, deployment=Deployment.read(self.session.path))
        epoch = self._account.hold_epoch()
        head = self.session.chain.head()
        permit = self._permit(PASS_S, lambda: self.stop.is_set() or self.settings.is_killed)
        with RelayClient(self.settings.relay, EXCHANGE_S, permit) as relay:
            maker = Maker(self.session, Trader.over(relay, self.session, self.key), self.settings)
            resting = maker.resting()
            for series in read_traded(self.session, self.settings.names, head):
                permit()
                if is_development(self.session.chain.chain_id):
                    self._approve(series.name)
                signed = self._signed.get(series.number)
                if signed is None or signed.epoch != epoch:
                    signed = self._signed[series.number] = Outstanding(epoch)
                found.append(maker.requote(series, signed, resting))
        self._end({lane: nonce for each in found for lane, nonce in each.ending.items()}, head)

    def _end(self, nonces: Mapping[int, int], head: BlockStamp) -> None:
        """Ends orders on the chain for the room they hold, now and then: a relay that denies orders
        must not burn the maker's coins.
        """
        pause = self.settings.lifetime // _ENDED_PART
        if nonces and head.timestamp - self._ended_at >= pause and not self._account.is_ending:
            self._account.end_lanes(nonces)
            self._ended_at = head.timestamp

    def _permit(self, most_s: float, is_over: Callable[[], bool]) -> Callable[[], None]:
        """What is asked before each exchange with the relay, however many it makes us have."""
        deadline = time.monotonic() + most_s

        def permit() -> None:
            if is_over():
                raise PassEnded("the maker is to stop")
            if time.monotonic() > deadline:
                raise PassEnded(f"the relay took more than {most_s:g} s")

        return permit

    def _approve(self, name: str) -> None:
        """Approves what lacks on a development chain; elsewhere `market onboard` does."""
        if name in self._approved:
            return
        [series] = read_traded(self.session, (name,), self.session.chain.head())
        self._account.send(missing_approvals(self.session, series, self.key.address))
        self._approved.add(name)

    def _kill(self) -> None:
        """Ends every order once for everyone, by a new epoch on the chain; then at the relay.

        The relay is asked last, and for nothing that the chain needs: it may be what is wrong.
        Raises ChainError; then the next pass tries again.
        """
        if self._is_killed:
            return
        _log.warning("the kill file is there: every order is cancelled on the chain")
        try:
            self._account.end_all()
            self._is_killed = True
            _log.warning("cancelled at block %d", self.session.chain.head().number)
        finally:
            self._withdraw(self._signed.values(), lambda: False)
        self._signed.clear()

    def _leave(self) -> None:
        self._withdraw(self._signed.values(), lambda: self.settings.is_killed)
        if self.settings.is_killed:
            try:
                self._kill()
            except PargradeError as failure:
                _log.error("orders stay on the chain until they expire: %s", failure)

    def _withdraw(self, signed: Collection[Outstanding], is_over: Callable[[], bool]) -> None:
        if not signed:
            return
        try:
            permit = self._permit(WITHDRAW_S, is_over)
            with RelayClient(self.settings.relay, EXCHANGE_S, permit) as relay:
                trader = Trader.over(relay, self.session, self.key)
                maker = Maker(self.session, trader, self.settings)
                for each in signed:
                    maker.withdraw(each)
        except PargradeError as failure:
            _log.warning("quotes stay until they expire: %s", failure)
