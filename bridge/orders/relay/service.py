"""A relay as a process: its API, its stream, and a thread that follows the chain."""

import gc
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.ledger.finality import Finality
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.store import LogStore
from bridge.orders.relay.api import RelayHttp, create_api
from bridge.orders.relay.pace import AskerPace
from bridge.orders.relay.rates import Rates
from bridge.orders.relay.relay import Relay
from bridge.orders.relay.settings import RelaySettings
from bridge.orders.relay.stream import Stream, StreamBounds
from bridge.orders.signed.listing import VenueRules
from bridge.orders.signed.signature import FastKey
from bridge.outbox.outbox import Outbox
from bridge.outbox.transaction_log import Intents
from bridge.schema import BRIDGE
from pargrade.chain.block import Tag
from pargrade.chain.development import is_development
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.database import open_database
from pargrade.deployment.file import Deployment
from pargrade.deployment.front import front_of
from pargrade.errors import PargradeError
from pargrade.metrics.page import MetricsPage
from pargrade.settings import BadConfig
from pargrade.web.server import listen, serve_beside

_LATE_S: Final = 60.0
"""Without a look at the chain for so long, a relay is not well."""

_log = logging.getLogger("bridge.orders")


@dataclass(slots=True)
class RelayService:
    """What `relay run` runs."""

    relay: Relay
    settings: RelaySettings
    outbox: Outbox | None
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def serving(self) -> Iterator[tuple[int, int]]:
        """API and stream while the context is open: their ports. Raises BadConfig."""
        settings, relay = self.settings, self.relay
        pace = AskerPace(Rates(settings.orders_per_second, settings.burst), settings.askers)
        bounds = StreamBounds(
            settings.most_subscribers, settings.address_subscribers, settings.askers
        )
        stream = Stream(
            relay.feed,
            relay.lock,
            lambda: relay.sequencer.head[0],
            relay.listings.__contains__,
            bounds,
        )
        reports = relay.state.chain.report
        page = MetricsPage(
            lambda: relay.metrics.read(reports(), stream.subscribers, sends=not relay.problem)
        )
        api = create_api(relay, pace, self.problems, page)
        # Orders live long: without this the collector would go through all of them again and again.
        gc.freeze()
        with (
            _listen(settings.api_host, settings.api_port) as listening,
            serve_beside(api, listening, RelayHttp),
            stream.serving(settings.api_host, settings.stream_port),
        ):
            yield listening.getsockname()[1], stream.port

    def run(self) -> None:
        """Follows the chain and sends matches until `stop` is set.

        In two threads: while transactions wait to be mined, blocks are followed, calls are held,
        and orders that can be filled no more leave the book.
        """
        failed: list[BaseException] = []

        def send() -> None:
            try:
                self._repeat(self.relay.send_matches)
            except BaseException as failure:
                failed.append(failure)
                raise

        # It dies with the process, whatever it waits for: the outbox takes up what was open.
        sending = threading.Thread(target=send, name="matches", daemon=True)
        sending.start()
        self._repeat(self._look, until=lambda: not sending.is_alive())
        sending.join()
        if failed:
            raise failed[0]

    def _look(self) -> None:
        self.relay.look()
        self.relay.metrics.note_pass()

    def _repeat(self, act: Callable[[], None], until: Callable[[], bool] = lambda: False) -> None:
        while not self.stop.is_set() and not until():
            try:
                act()
            except PargradeError as failure:
                _log.warning("this pass is left out: %s", failure)
            self.stop.wait(self.settings.interval)

    def problems(self) -> list[str]:
        """What is wrong now."""
        found = []
        age = self.relay.metrics.pass_age_s
        if age > _LATE_S:
            found.append(f"the chain has not been looked at for {age:.0f} s")
        if self.relay.sequencer.is_broken:
            found.append("the log cannot be written: mend what failed and start again")
        if unsent := self.relay.problem:
            found.append(unsent)
        return found


def assemble_relay(
    chain: Chain, deployment: Deployment, path: Path, settings: RelaySettings, key: Key
) -> RelayService:
    """The relay of a deployment read from `path`. Its key signs receipts and sends matches.

    Raises DatabaseDown, OtherLog, LogAltered, NotDeployed, ChainError.
    """
    exchange = deployment.address("FuturesExchange")
    market = deployment.address("FuturesMarket")
    state = MarketState(chain, exchange, market, front_of(deployment))
    rules = VenueRules(
        chain.chain_id,
        exchange,
        key.address,
        settings.least_lots,
        most_resting=settings.most_resting,
        orders_per_second=settings.maker_orders_per_second,
        burst=settings.maker_burst,
        contract_orders_per_second=settings.contract_orders_per_second,
        contract_burst=settings.contract_burst,
    )
    outbox = None
    if settings.submit:
        engine = open_database(settings.outbox_beside(path), BRIDGE)
        tag = Tag.LATEST if is_development(chain.chain_id) else Tag.FINALIZED
        intents = Intents(engine, key.address)
        outbox = Outbox(chain, key, intents, settings.fees, Finality(tag))
    store = LogStore(settings.log_beside(path))
    share = settings.taker_percent
    relay = Relay(state, store, rules, FastKey(key.reveal()), outbox, share)
    return RelayService(relay, settings, outbox)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as failure:
        hint = "Another process has this port, perhaps another relay; change api_port."
        raise BadConfig(None, f"api {host}:{port}: {failure.strerror}", hint) from None
