"""What a node fetched, as its reporter sees it: whole visits, also while the store is away."""

from contextlib import closing

import pytest

from oracle.fetch.collector import visit
from oracle.fetch.quote_store import FILE, QuoteStore
from oracle.index.chain import chain_of
from oracle.index.determination import determine
from oracle.index.method import load_method
from oracle.index.panel import Panel
from oracle.node.quote_source import FetchedQuotes
from oracle.quotes.history import History
from oracle.sources.canary import Canary
from oracle.sources.mapping import Fetched
from pargrade.clock import DAY_S, HOUR_S
from tests.support.live_venues import live_venues
from tests.support.quote_builders import METHOD_1, USD, listing, window_method
from tests.support.quote_builders import PANEL as LETTERS

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


JUNE = 1_780_272_000
SLACK_H = 20
"""Hours by which a slot may be older than the newest quotes."""


def visits(days):
    """A visit every seven hours, whose prices differ from visit to visit; one comes late."""
    instants = [JUNE + number * 7 * HOUR_S + 11 for number in range(days * 24 // 7)]
    late = len(instants) // 2
    instants[late], instants[late + 1] = instants[late + 1], instants[late]
    for number, instant in enumerate(instants):
        prices = {
            p: 2 * USD + (place * 7 + number) % 11 * USD // 50 for place, p in enumerate("abcdef")
        }
        yield instant, {p: prices[p] for p in prices if (number + ord(p)) % 5}


@pytest.mark.parametrize("method", [METHOD_1, window_method(8)], ids=["links", "window"])
def test_quotes__visit_by_visit_with_months_that_end__give_what_the_whole_store_gives(
    store, method
):
    source, reported = FetchedQuotes(store, method, LETTERS), 0
    for number, (instant, prices) in enumerate(visits(36)):
        store.append("x", instant, Fetched(tuple(listing(prices, instant)), (), (), Canary({}, {})))
        chain = source.chain()
        if number == 110:
            store.cool(instant)
        if number % 6 == 0:
            whole = chain_of(History.of(store.cut_batch().columns), method, LETTERS)
            for as_of in (instant + 60, instant - instant % HOUR_S, instant - SLACK_H * HOUR_S):
                ours, theirs = determine(chain, as_of), determine(whole, as_of)
                assert ours.value == theirs.value
                assert ours.root == theirs.root
                assert ours.evidence().root == ours.root
                reported += ours.value.reportable
    assert len(chain.history.times) < len(whole.history.times) / 2
    assert reported > 20
    assert determine(FetchedQuotes(store, method, LETTERS).chain(), as_of).root == ours.root


def test_quotes__a_clock_set_back_by_a_month__are_read_anew(store):
    source = FetchedQuotes(store, METHOD_1, LETTERS)
    for day in (*range(30, 40), 3, 41):
        instant = JUNE + day * DAY_S
        fetched = Fetched(
            tuple(listing(dict.fromkeys("abcd", (2 + day % 3) * USD), instant)),
            (),
            (),
            Canary({}, {}),
        )
        store.append("x", instant, fetched)
        chain = source.chain()
    whole = chain_of(History.of(store.cut_batch().columns), METHOD_1, LETTERS)
    last = JUNE + 41 * DAY_S + HOUR_S
    assert determine(chain, last).root == determine(whole, last).root
