"""Where a node's quotes come from: a recording, or the venues that it asks itself."""

import logging
import os
from typing import Protocol

from oracle.fetch.collector import CollectionPlan, QuoteCollector
from oracle.fetch.quote_store import QuoteStore
from oracle.index.chain import Chain, chain_of
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.node.config import NodeConfig
from oracle.node.recording import Recording, history_of
from oracle.quotes.history import History
from oracle.sources.venue import load_venues
from pargrade.database import DatabaseDown

_log = logging.getLogger(__name__)


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
    """One panel's chain over what a node fetched. For one thread at a time."""

    def __init__(self, store: QuoteStore, method: Method, panel: Panel) -> None:
        """Raises DatabaseDown."""
        self.method = method
        self._store = store
        self._panel = panel
        batch = store.cut_batch()
        self._until = batch.until
        self._history = History.of(batch.columns)
        self._chain = chain_of(self._history, method, panel)

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
        if self._store.last_good > self._until:
            batch = self._store.cut_batch(self._until)
            self._until = batch.until
            self._history = History.of(self._history.columns.joined(batch.columns))
            self._chain = chain_of(self._history, self.method, self._panel)


def open_source(config: NodeConfig, method: Method) -> QuoteSource:
    """The source of a node. Raises SourceDown, SourceMalformed, DatabaseDown."""
    if config.live.venues:
        return FetchedQuotes(QuoteStore(config.data), method, config.panel)
    return Recording(config.sample, method, config.panel)


def known_quotes(config: NodeConfig) -> History:
    """Every quote that a node has. Raises SourceDown, SourceMalformed, DatabaseDown."""
    if not config.live.venues:
        return history_of(config.sample)
    store = QuoteStore(config.data)
    try:
        return History.of(store.cut_batch().columns)
    finally:
        store.close()


def open_collector(config: NodeConfig) -> QuoteCollector | None:
    """The visits that a configuration asks for, not begun; None for a node that reads a recording.

    Raises DatabaseDown.
    """
    live, table = config.live, load_venues()
    if not live.venues:
        return None
    asked = (table[slug].asked_at(live.urls.get(slug, ""), enabled=True) for slug in live.venues)
    plan = CollectionPlan(tuple(asked), table, live.interval_s, os.environ)
    return QuoteCollector(plan, QuoteStore(config.data))
