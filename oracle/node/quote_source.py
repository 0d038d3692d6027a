"""Where a node's quotes come from: a recording, or the venues that it asks itself."""

import logging
import os
from pathlib import Path
from typing import Final, Protocol

from oracle.fetch.collector import CollectionPlan, QuoteCollector
from oracle.fetch.quote_store import BEGINNING, QuoteStore
from oracle.index.chain import Chain, chain_of
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.window.chain import WindowChain
from oracle.node.live_settings import LiveSettings
from oracle.node.recording import Recording, history_of
from oracle.quotes.history import History
from oracle.sources.venue import load_venues
from pargrade.clock import DAY_S, midnight_of
from pargrade.database import DatabaseDown

_log = logging.getLogger(__name__)

_SLACK_S: Final = DAY_S
"""A slot of before a midnight may be signed after quotes of after it came."""


class SourceConfig(Protocol):
    """What a configuration says of where quotes come from."""

    @property
    def live(self) -> LiveSettings:
        """Venues that the node asks itself, in place of the sample."""
        ...

    @property
    def data(self) -> Path:
        """Folder of what it fetched."""
        ...

    @property
    def sample(self) -> Path:
        """The recording."""
        ...

    @property
    def panel(self) -> Panel:
        """The providers that count."""
        ...


class QuoteSource(Protocol):
    """What a reporter determines its values from."""

    method: Method

    def has_changed(self) -> bool:
        """Whether there are quotes that the chain is not over yet."""
        ...

    def chain(self) -> Chain:
        """The chain over all quotes that there are now."""
        ...


class FetchedQuotes:
    """One panel's chain over what a node fetched. For one thread at a time.

    A new visit costs what it brought and a look-back, whatever the store holds: the chain is
    continued from the last midnight that the visit cannot change.
    """

    _until: int
    """The last visit in the chain."""
    _history: History
    _held_since: int
    """All quotes later than this are in `_history`, unix seconds."""
    _chain: Chain

    def __init__(self, store: QuoteStore, method: Method, panel: Panel) -> None:
        """Raises DatabaseDown."""
        self.method = method
        self._store = store
        self._panel = panel
        self._read_all()

    def has_changed(self) -> bool:
        """Whether a visit has given quotes since the chain was made; false while nobody can say."""
        try:
            return self._store.last_good > self._until
        except DatabaseDown:
            return False

    def chain(self) -> Chain:
        """The chain over every whole visit.

        While the store cannot be read, the quotes of before go on ageing, as those of a recording
        that is missing do.
        """
        try:
            self._follow()
        except DatabaseDown as failure:
            _log.warning("going on with the quotes of before: %s", failure)
        return self._chain

    def _follow(self) -> None:
        if self._store.last_good <= self._until:
            return
        batch = self._store.cut_batch(self._until)
        times = batch.columns.observed_at
        since = midnight_of(int(times.min())) if len(times) else 0
        needed = since - self.method.view_s - _SLACK_S
        if not len(self._history.times) or not len(times) or needed < self._held_since:
            # The first quotes, or a clock that was set back by more than a look-back.
            self._read_all()
            return
        recent = self._history.columns.take(slice(self._history.position(needed), None))
        self._history = History.of(recent.joined(batch.columns))
        self._chain = self._chain.continued(self._history, since)
        self._until, self._held_since = batch.until, needed

    def _read_all(self) -> None:
        """The chain over all that decides it: every quote, or those that a window can see."""
        window, now = self.method.window, self._store.newest
        since = BEGINNING
        if window is not None and now is not None:
            # A clock that was set back is not before the midnights of the newest quote's window.
            since = midnight_of(now) - window.days * DAY_S - self.method.view_s - 2 * _SLACK_S
        begins = self._store.begins
        batch = self._store.cut_batch(since=since)
        self._until, self._held_since = batch.until, since
        self._history = History.of(batch.columns)
        self._chain = (
            chain_of(self._history, self.method, self._panel)
            if window is None
            else WindowChain(self._history, self.method, self._panel, begin=begins)
        )


def open_source(config: SourceConfig, method: Method) -> QuoteSource:
    """The source of a node. Raises SourceDown, SourceMalformed, DatabaseDown."""
    if config.live.venues:
        return FetchedQuotes(QuoteStore(config.data), method, config.panel)
    return Recording(config.sample, method, config.panel)


def known_quotes(config: SourceConfig) -> History:
    """Every quote that a node has. Raises SourceDown, SourceMalformed, DatabaseDown."""
    if not config.live.venues:
        return history_of(config.sample)
    store = QuoteStore(config.data)
    try:
        return History.of(store.cut_batch().columns)
    finally:
        store.close()


def open_collector(config: SourceConfig) -> QuoteCollector | None:
    """The visits that a configuration asks for, not begun; None for a node that reads a recording.

    Raises DatabaseDown.
    """
    live, table = config.live, load_venues()
    if not live.venues:
        return None
    asked = (table[slug].asked_at(live.urls.get(slug, ""), enabled=True) for slug in live.venues)
    plan = CollectionPlan(tuple(asked), table, live.interval_s, os.environ)
    return QuoteCollector(plan, QuoteStore(config.data))
