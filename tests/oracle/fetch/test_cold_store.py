"""Months that are over move to Parquet: nothing is lost or twice, wherever it is killed."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.fetch.cold_store import FOLDER
from oracle.fetch.collector import visit
from oracle.fetch.cooling import month_start
from oracle.fetch.quote_store import FILE, QuoteStore
from oracle.quotes.quote import STORABLE
from oracle.sources.canary import Canary
from oracle.sources.mapping import Fetched
from pargrade.clock import DAY_S
from pargrade.database import DatabaseDamaged
from tests.support.live_venues import live_venues
from tests.support.quote_builders import USD, listing

JUNE = 1_780_272_000
"""Midnight of 1 June 2026."""
PRICES = {"a": 2 * USD, "b": 3 * USD, "c": 25 * USD // 10}


def fetched_at(instant, prices=PRICES, **changes):
    return Fetched(tuple(listing(prices, instant, **changes)), (), (), Canary({}, {}))


def filled(folder, days, **changes):
    with closing(QuoteStore(folder)) as store:
        for day in range(days):
            store.append("x", JUNE + day * DAY_S, fetched_at(JUNE + day * DAY_S, **changes))


def quotes_in(folder, **window):
    with closing(QuoteStore(folder)) as store:
        return sorted(store.cut_batch(**window).columns.quotes())


def files(folder):
    return sorted(path.name for path in (folder / FOLDER).rglob("*.parquet"))


def test_months__that_are_over__are_files_and_every_batch_is_as_before(tmp_path):
    filled(tmp_path, 75, flags=("bookable",))
    before = quotes_in(tmp_path)
    now = JUNE + 75 * DAY_S
    with closing(QuoteStore(tmp_path)) as store:
        assert store.has_closed_months(now)
        assert store.cool(now) == 2
        assert not store.has_closed_months(now)
        assert store.cool(now) == 0
        whole = store.cut_batch()
        assert sorted(whole.columns.quotes()) == before
        for after, since in ((0, JUNE + 20 * DAY_S), (40, 0), (40, JUNE + 50 * DAY_S), (75, 0)):
            found = sorted(store.cut_batch(after, since).columns.quotes())
            expected = [
                quote
                for quote in before
                if quote.observed_at > since and (quote.observed_at - JUNE) // DAY_S + 1 > after
            ]
            assert found == expected
        assert (store.begins, store.newest) == (JUNE, JUNE + 74 * DAY_S)
    assert files(tmp_path) == ["visits-1-30.parquet", "visits-31-61.parquet"]
    with closing(sqlite3.connect(tmp_path / FILE)) as hot:
        assert hot.execute("SELECT count(*) FROM quotes").fetchone() == (3 * 14,)


@settings(max_examples=40)
@given(st.integers(0, 4 * 10**9))
def test_month_start__of_any_instant__is_its_first_midnight(instant):
    start = month_start(instant)
    assert start <= instant
    first, same = (datetime.fromtimestamp(each, UTC) for each in (start, instant))
    assert (first.year, first.month) == (same.year, same.month)
    assert (first.day, start % DAY_S) == (1, 0)


STEPS = ("cold part written", "hot quotes moved")


@pytest.mark.parametrize("step", [f"{name}:{time}" for name in STEPS for time in (1, 2)])
def test_months__killed_between_two_steps__are_whole_before_and_after_another_try(tmp_path, step):
    filled(tmp_path, 75)
    before, now = quotes_in(tmp_path), JUNE + 75 * DAY_S
    command = [sys.executable, "-m", "oracle.node.archive_process", "cool", str(tmp_path), str(now)]
    killed = subprocess.run(
        command, env=os.environ | {"PARGRADE_KILL_AT": step}, check=False, timeout=120
    )
    assert killed.returncode == -9
    assert quotes_in(tmp_path) == before
    subprocess.run(command, check=True, timeout=120)
    assert quotes_in(tmp_path) == before
    assert files(tmp_path) == ["visits-1-30.parquet", "visits-31-61.parquet"]


def test_months__a_price_that_no_column_holds__stays_in_the_hot_file(tmp_path):
    with closing(QuoteStore(tmp_path)) as store:
        store.append("x", JUNE, fetched_at(JUNE, PRICES | {"b": STORABLE + 5}))
        store.append("x", JUNE + 1, fetched_at(JUNE + 1, {"a": -STORABLE}))
        before = sorted(store.cut_batch().columns.quotes())
        assert store.cool(JUNE + 40 * DAY_S) == 1
        assert sorted(store.cut_batch().columns.quotes()) == before
        assert not store.has_closed_months(JUNE + 40 * DAY_S)


def test_months__a_clock_that_was_set_back__makes_files_of_visits_in_a_row(tmp_path):
    with closing(QuoteStore(tmp_path)) as store:
        for day in (0, 40, 5, 41):
            store.append("x", JUNE + day * DAY_S, fetched_at(JUNE + day * DAY_S))
        before = sorted(store.cut_batch().columns.quotes())
        assert store.cool(JUNE + 100 * DAY_S) == 4
        assert sorted(store.cut_batch().columns.quotes()) == before
        found = store.cut_batch(since=JUNE + 10 * DAY_S).columns.quotes()
        assert {(each.observed_at - JUNE) // DAY_S for each in found} == {40, 41}


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_months__a_file_that_is_not_the_one_written__is_damage_and_not_fewer_quotes(
    tmp_path, damage
):
    filled(tmp_path, 40)
    with closing(QuoteStore(tmp_path)) as store:
        store.cool(JUNE + 40 * DAY_S)
        [path] = (tmp_path / FOLDER).rglob("*.parquet")
        path.unlink() if damage == "gone" else path.write_bytes(path.read_bytes()[:-1] + b"?")
        with pytest.raises(DatabaseDamaged):
            store.cut_batch()
        # What the file does not hold can still be read.
        assert len(store.cut_batch(since=JUNE + 35 * DAY_S).columns) == 3 * 4


def test_rows__that_are_in_no_file__cannot_be_removed(tmp_path):
    filled(tmp_path, 40)
    with closing(QuoteStore(tmp_path)) as store:
        store.cool(JUNE + 40 * DAY_S)
    with closing(sqlite3.connect(tmp_path / FILE)) as hot:
        for order in (
            "DELETE FROM quotes",
            "DELETE FROM cold",
            "UPDATE cold SET quotes = 0",
            "DELETE FROM fetches",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                hot.execute(order)


def test_visits__of_every_venue__have_one_instant_which_is_that_of_their_quotes(tmp_path):
    with (
        closing(QuoteStore(tmp_path)) as store,
        live_venues("lium", "verda", "lambda") as (plan, _),
    ):
        for number, venue in enumerate(plan.venues):
            until = store.cut_batch().until
            visit(venue, plan, store, JUNE + number)
            found = store.cut_batch(until).columns
            assert set(found.observed_at.tolist()) == {JUNE + number}


def test_parts__of_one_month__cover_its_visits_once(tmp_path, monkeypatch):
    monkeypatch.setattr("oracle.fetch.cooling._MOST_QUOTES", 20)
    filled(tmp_path, 35)
    before = quotes_in(tmp_path)
    with closing(QuoteStore(tmp_path)) as store:
        assert store.cool(JUNE + 35 * DAY_S) == 5
        with closing(sqlite3.connect(tmp_path / FILE)) as hot:
            ranges = hot.execute("SELECT first, last FROM cold ORDER BY first").fetchall()
    assert all(last + 1 == first for (_, last), (first, _) in pairwise(ranges))
    assert (ranges[0][0], ranges[-1][1]) == (1, 30)
    assert quotes_in(tmp_path) == before
    assert replace(before[0], price8=1) not in before
