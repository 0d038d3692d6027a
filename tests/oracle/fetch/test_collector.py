"""A node asks its venues itself: each fails alone, politely, and what is kept is never changed."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from oracle.fetch.collector import QuoteCollector, pause_after, visit
from oracle.fetch.quote_store import FILE, QuoteStore
from oracle.fetch.venue_record import FetchOutcome, VenueRecord
from oracle.quotes.classes import Firmness, Terms
from tests.oracle.sources.test_feeds import EXPECTED
from tests.support.feed_visits import VENUES
from tests.support.live_venues import ANSWERS, document, live_venues
from tests.support.nodes import until

NOW = 1_790_000_000
# The network's answer is read by a test of its own.
TESTED = {**EXPECTED, ("lium", "lium_executors.json"): [("H100", "SXM", 80)]}
GOOD, DRIFTED, MALFORMED, DOWN = (
    FetchOutcome.GOOD,
    FetchOutcome.DRIFTED,
    FetchOutcome.MALFORMED,
    FetchOutcome.DOWN,
)


@pytest.fixture
def store(tmp_path) -> Iterator[QuoteStore]:
    with closing(QuoteStore(tmp_path)) as opened:
        yield opened


def visit_all(plan, store, now=NOW) -> dict[str, FetchOutcome]:
    return {venue.slug: visit(venue, plan, store, now) for venue in plan.venues}


def renamed(rows: list[dict[str, Any]], old: str, new: str) -> None:
    for row in rows:
        row[new] = row.pop(old)


def _verda_field_renamed(reply):
    renamed(reply, "price_per_hour", "hourly_price")


def _verda_prices_become_numbers(reply):
    for row in reply:
        row["price_per_hour"] = float(row["price_per_hour"])


def _verda_in_euro(reply):
    for row in reply:
        row["currency"] = "eur"


def _vultr_list_elsewhere(reply):
    reply["bare_metal"] = reply.pop("plans_metal")


def _vultr_price_of_a_month(reply):
    for plan in reply["plans_metal"]:
        plan["hourly_cost"] *= 730


def _lambda_dollars_for_cents(reply):
    for row in reply["data"].values():
        row["instance_type"]["price_cents_per_hour"] = 23


def _lambda_gpus_become_text(reply):
    for row in reply["data"].values():
        row["instance_type"]["specs"]["gpus"] = str(row["instance_type"]["specs"]["gpus"])


def _lium_name_in_an_object(reply):
    for row in reply:
        row["machine_name"] = {"en": row["machine_name"]}


def _lium_prices_null(reply):
    for row in reply:
        row["price_per_gpu"] = None


def _digitalocean_cut_short(reply):
    del reply["sizes"][0]


def _hyperstack_wrapped(reply):
    return {"status": True, "prices": reply}


def _hyperstack_no_more_prices(reply):
    return []


def _nosana_per_second(reply):
    for row in reply:
        row["usd_reward_per_hour"] = row["usd_reward_per_hour"] / 3600


def _akash_in_uakt(reply):
    for row in reply["models"]:
        if row["price"]:
            row["price"]["currency"] = "uakt"


def _hyperbolic_monthly(reply):
    for row in reply["instances"]:
        row["pricing"]["price"]["period"] = "monthly"


def _together_dollars_for_cents(reply):
    for row in reply["data"]:
        row["pricing"]["cents_per_minute"] /= 100


DRIFTS = [
    ("verda", _verda_field_renamed, MALFORMED, "price_per_hour"),
    ("verda", _verda_prices_become_numbers, DRIFTED, "price_per_hour held text"),
    ("verda", _verda_in_euro, MALFORMED, "not USD"),
    ("vultr", _vultr_list_elsewhere, MALFORMED, "plans_metal"),
    ("vultr", _vultr_price_of_a_month, DRIFTED, "rose by more than a factor"),
    ("lambda", _lambda_dollars_for_cents, DRIFTED, "fell by more than a factor"),
    ("lambda", _lambda_gpus_become_text, MALFORMED, "gpus"),
    ("lium", _lium_name_in_an_object, MALFORMED, "is not text"),
    ("lium", _lium_prices_null, MALFORMED, "null"),
    ("digitalocean", _digitalocean_cut_short, MALFORMED, "meta.total"),
    ("hyperstack", _hyperstack_wrapped, MALFORMED, "no list of rows"),
    ("hyperstack", _hyperstack_no_more_prices, MALFORMED, "no rows"),
    ("nosana", _nosana_per_second, DRIFTED, "fell by more than a factor"),
    ("akash", _akash_in_uakt, MALFORMED, "not USD"),
    ("hyperbolic", _hyperbolic_monthly, MALFORMED, "not 'hourly'"),
    ("together-endpoints", _together_dollars_for_cents, DRIFTED, "fell by more than a factor"),
]


@pytest.fixture(scope="module")
def asked_once(tmp_path_factory):
    """Every venue asked once, all well: the servers, and the store as bytes."""
    folder = tmp_path_factory.mktemp("store")
    with live_venues() as (plan, answers):
        with closing(QuoteStore(folder)) as store:
            assert set(visit_all(plan, store).values()) == {GOOD}
        with closing(sqlite3.connect(folder / FILE)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield plan, answers, (folder / FILE).read_bytes()


@pytest.mark.parametrize(("slug", "edit", "outcome", "words"), DRIFTS)
def test_drift__of_one_venue__costs_that_venue_alone_and_is_named(
    asked_once, tmp_path, slug, edit, outcome, words
):
    plan, answers, known = asked_once
    (tmp_path / FILE).write_bytes(known)
    reply = document(slug)
    good, changed = answers[slug].body, edit(reply)
    answers[slug].body = json.dumps(reply if changed is None else changed).encode()
    try:
        with closing(QuoteStore(tmp_path)) as store:
            before = store.cut_batch().until
            found = visit_all(plan, store, NOW + 60)
            sources = set(store.cut_batch(before).columns.source.words)
            assert found == {each: outcome if each == slug else GOOD for each in ANSWERS}
            assert sources == set(ANSWERS) - {slug}
            record = store.read_venue(slug)
            assert words in record.reason
            assert (record.last_success, record.failures) == (NOW, 1)
    finally:
        answers[slug].body = good


def test_drift__prices_move_as_a_market_does__is_none(store):
    with live_venues("verda") as (plan, answers):
        assert visit(plan.venues[0], plan, store, NOW) is GOOD
        reply = document("verda")
        for row in reply:
            row["price_per_hour"] = str(float(row["price_per_hour"]) * 1.5)
        answers["verda"].body = json.dumps(reply).encode()
        assert visit(plan.venues[0], plan, store, NOW + 60) is GOOD


def test_drift__accepted_by_a_person__the_next_answer_is_the_measure(store):
    with live_venues("vultr") as (plan, answers):
        venue = plan.venues[0]
        assert visit(venue, plan, store, NOW) is GOOD
        reply = document("vultr")
        _vultr_price_of_a_month(reply)
        answers["vultr"].body = json.dumps(reply).encode()
        assert [visit(venue, plan, store, NOW + n) for n in (1, 2)] == [DRIFTED, DRIFTED]
        store.note("vultr", NOW + 3, FetchOutcome.ACCEPTED, "")
        assert [visit(venue, plan, store, NOW + n) for n in (4, 5)] == [GOOD, GOOD]


def test_visit__one_row_is_bad__costs_that_row(store):
    with live_venues("hyperstack") as (plan, answers):
        reply = document("hyperstack")
        reply[0]["original_value"] = None
        answers["hyperstack"].body = json.dumps(reply).encode()
        assert visit(plan.venues[0], plan, store, NOW) is GOOD
        record = store.read_venue("hyperstack")
        assert (record.refused, record.quotes) == (1, 4)


def test_visit__without_its_key__is_refused_and_never_sent(store):
    with live_venues("lambda") as (plan, answers):
        plan = replace(plan, secrets={})
        assert visit(plan.venues[0], plan, store, NOW) is FetchOutcome.REFUSED
        assert answers["lambda"].asked == []
        assert "LAMBDA_API_KEY" in store.read_venue("lambda").reason


def test_visit__every_one__says_who_asks(store):
    with live_venues("lium") as (plan, answers):
        visit(plan.venues[0], plan, store, NOW)
        assert answers["lium"].seen_headers[0]["User-Agent"].startswith("pargrade/")


def test_store__rows_in_it__can_be_neither_changed_nor_removed(store, tmp_path):
    with live_venues("lium") as (plan, _):
        visit(plan.venues[0], plan, store, NOW)
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        for words in ("UPDATE quotes SET quote = ''", "DELETE FROM quotes", "DELETE FROM fetches"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                database.execute(words)


def test_store__read_back__holds_the_quotes_as_they_were_fetched_in_whole_visits(store):
    with live_venues("lium", "verda") as (plan, _):
        visit_all(plan, store)
        first = store.cut_batch()
        visit_all(plan, store, NOW + 60)
        second = store.cut_batch(first.until)
        whole = store.cut_batch()
    both = sorted([*first.columns.quotes(), *second.columns.quotes()])
    assert both == sorted(whole.columns.quotes())
    assert sorted(first.columns.joined(second.columns).quotes()) == both
    assert {quote.observed_at for quote in second.columns.quotes()} == {NOW + 60}
    assert len(store.cut_batch(whole.until).columns) == 0


def record_with(failures: int, outcome: FetchOutcome = DOWN) -> VenueRecord:
    return VenueRecord("x", outcome, NOW, "", None, failures, 0, 0, 0, 0, None)


def test_pause__with_every_failure_in_a_row__grows_to_four_intervals():
    pauses = [pause_after(record_with(n), 3_600) for n in (0, 1, 2, 3, 7, 8, 1_000)]
    assert pauses == [3_600, 60, 120, 240, 3_840, 7_680, 14_400]
    assert pause_after(record_with(1, DRIFTED), 3_600) == 3_600


def test_collector__one_venue_down_and_one_silent__the_third_is_kept_and_news_are_said(store):
    news: list[float] = []
    with live_venues("lium", "verda", "akash") as (plan, answers):
        answers["lium"].status, answers["akash"].silence = 500, 3.0
        collector = QuoteCollector(plan, store, lambda: news.append(time.monotonic()))
        collector.start()
        try:
            until(lambda: news, "quotes")
            until(lambda: store.read_venue("lium").outcome is DOWN, "a failure")
        finally:
            collector.close()
    assert set(store.cut_batch().columns.source.words) == {"verda"}
    assert store.read_venue("lium").failures == 1


def test_collector__restarted_at_once__asks_nobody_again_before_its_interval(store):
    with live_venues("verda") as (plan, answers):
        for _ in range(2):
            collector = QuoteCollector(plan, store)
            collector.start()
            until(lambda: store.last_good, "a visit")
            time.sleep(0.3)
            collector.close()
    assert len(answers["verda"].asked) == 1


def sellers_of(model, only=tuple(Firmness)):
    """Venues that sell a model as stated SXM through a feed of their own that a test reads."""
    return {
        slug
        for (slug, _), quotes in TESTED.items()
        if VENUES[slug].firmness in only and VENUES[slug].firmness is not Firmness.AGGREGATOR
        if VENUES[slug].terms is not Terms.RESTRICTED
        if any(quoted[:2] == (model, "SXM") for quoted in quotes)
    }


def test_bar__direct_unrestricted_sellers__are_eight_of_par_and_five_of_b200():
    assert len(sellers_of("H100")) >= 8
    assert len(sellers_of("B200")) >= 5
    par = {Firmness.NEOCLOUD, Firmness.DECENTRALISED}
    assert sellers_of("H100", par) == {"akash", "hyperstack", "lambda", "lium", "verda", "vultr"}
