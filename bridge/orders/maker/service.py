"""A maker as a process: approvals, a pass every few seconds, and at its end nothing left."""

import logging
import threading
from dataclasses import dataclass, field, replace

from bridge.orders.client.client import RelayClient
from bridge.orders.client.onboarding import missing_approvals
from bridge.orders.client.trader import Trader
from bridge.orders.maker.maker import Maker, SeriesQuotes, read_traded
from bridge.orders.maker.metrics import MakerMetrics
from bridge.orders.maker.settings import MakerSettings
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.chain.block import Tag
from pargrade.chain.development import is_development
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.file import Deployment
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError

_log = logging.getLogger("bridge.orders")


@dataclass(slots=True)
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
    _is_killed: bool = False

    def run(self) -> None:
        """Quotes until `stop` is set, then takes every quote away."""
        try:
            while not self.stop.is_set():
                try:
                    self.metrics.note(self.look())
                    self.passes += 1
                except PargradeError as failure:
                    self.metrics.note_failure(failure)
                    _log.warning("this pass is left out: %s", failure)
                self.stop.wait(self.settings.interval)
        finally:
            self._withdraw()

    def look(self) -> list[SeriesQuotes]:
        """One pass over all series. Raises ChainError, RelayDown, RelayRefused."""
        self.metrics.is_killed = self.settings.is_killed
        if self.metrics.is_killed:
            self._kill()
            return []
        self._is_killed = False
        # Whoever lists series writes the same file.
        self.session = replace(self.session, deployment=Deployment.read(self.session.path))
        head = self.session.chain.head()
        found = []
        with RelayClient(self.settings.relay) as relay:
            trader = Trader.over(relay, self.session, self.key)
            maker = Maker(self.session, trader, self.settings)
            for series in read_traded(self.session, self.settings.names, head):
                # Looked at before each series: a slow relay must not hold it up.
                if self.settings.is_killed:
                    self._kill()
                    break
                if is_development(self.session.chain.chain_id):
                    self._approve(series.name)
                found.append(maker.requote(series))
        return found

    def _approve(self, name: str) -> None:
        """Approves what lacks on a development chain; elsewhere `market onboard` does."""
        if name in self._approved:
            return
        chain = self.session.chain
        [series] = read_traded(self.session, (name,), chain.head())
        wallet = Wallet(chain, self.key)
        for call in missing_approvals(self.session, series, self.key.address):
            wallet.send(call)
        self._approved.add(name)

    def _kill(self) -> None:
        """Ends every order once for everyone, by a new epoch on the chain; then at the relay.

        The relay is asked last, and for nothing that the chain needs: it may be what is wrong.
        Raises ChainError; then the next pass tries again.
        """
        if self._is_killed:
            return
        _log.warning("the kill file is there: every order is cancelled on the chain")
        chain = self.session.chain
        exchange = FuturesExchange(chain, self.session.deployment.address("FuturesExchange"))
        try:
            epoch = exchange.epoch_of(self.key.address, block=Tag.LATEST)
            Wallet(chain, self.key).send(exchange.cancel_all(epoch + 1))
            self._is_killed = True
            _log.warning("cancelled at block %d", chain.head().number)
        finally:
            self._withdraw()

    def _withdraw(self) -> None:
        try:
            head = self.session.chain.head()
            with RelayClient(self.settings.relay) as relay:
                trader = Trader.over(relay, self.session, self.key)
                maker = Maker(self.session, trader, self.settings)
                for series in read_traded(self.session, self.settings.names, head):
                    maker.withdraw(series)
        except PargradeError as failure:
            _log.warning("quotes stay until they expire: %s", failure)
