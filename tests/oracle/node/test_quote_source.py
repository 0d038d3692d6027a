"""What a node fetched, as its reporter sees it: whole visits, also while the store is away."""

from contextlib import closing

import pytest

from oracle.fetch.collector import visit
from oracle.fetch.quote_store import FILE, QuoteStore
from oracle.index.method import load_method
from oracle.index.panel import Panel
from oracle.node.quote_source import FetchedQuotes
from tests.support.live_venues import live_venues

NOW = 1_790_000_000
PANEL = Panel("live", ("akash", "lambda", "lium", "verda", "vultr"), 0)


@pytest.fixture
def store(tmp_path):
    with closing(QuoteStore(tmp_path)) as opened:
        yield opened


def test_quotes__fetched_since__are_in_the_next_chain_and_those_of_before_stay(store):
    source = FetchedQuotes(store, load_method(), PANEL)
    assert not source.has_changed()
    empty = source.chain()
    with live_venues("lium", "verda") as (plan, _):
        for number, venue in enumerate(plan.venues):
            visit(venue, plan, store, NOW + number)
            assert source.has_changed()
            chain = source.chain()
            assert chain is source.chain()
            assert not source.has_changed()
    assert chain is not empty
    assert set(chain.history.columns.provider.words) >= {"lium", "verda"}
    again = FetchedQuotes(store, load_method(), PANEL).chain()
    assert again.history.quotes == chain.history.quotes
    assert again.fixing(NOW + 60).root == chain.fixing(NOW + 60).root


def test_quotes__the_store_is_unreadable__those_of_before_go_on(store, tmp_path):
    with live_venues("verda") as (plan, _):
        visit(plan.venues[0], plan, store, NOW)
    source = FetchedQuotes(store, load_method(), PANEL)
    before = source.chain()
    store.close()
    for path in tmp_path.iterdir():
        path.unlink()
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    assert not source.has_changed()
    assert source.chain() is before
