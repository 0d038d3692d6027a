"""A history read whole and part by part gives the same index, from whatever kind of file."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.index.daily_chain import DailyChain
from oracle.index.panel import Panel
from oracle.index.series import index_history
from oracle.quotes.classes import Firmness
from oracle.quotes.columns import Columns
from oracle.quotes.history import History
from oracle.quotes.quote import Unstorable
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.history_file import Scan, write_parquet
from oracle.sources.recorded import COLUMNS, load_recording
from oracle.sources.venue import Cadence, Terms, Venue, Venues, load_venues
from pargrade.data.files import SAMPLE
from tests.support.quote_builders import DAY, METHOD_1, PANEL, QUOTES, quote
from tests.support.recordings import ROW as ROW_OF_TEXT
from tests.support.recordings import hourly_rows, text_of

pytestmark = pytest.mark.full

VENUES = load_venues()
HISTORY = os.environ.get("PARGRADE_HISTORY")
ROW = "2026-03-01T21:00:04Z,lambda,H100,SXM,80,8,3.5,3.44,on_demand,global,4,list,b|a\n"


def test_scan__the_sample__is_what_the_reader_of_recordings_reads():
    read = Scan(SAMPLE, VENUES).read()
    assert tuple(read.quotes()) == load_recording(SAMPLE, VENUES).quotes


def test_scan__parquet__gives_the_quotes_back_in_order(tmp_path, sample):
    path = tmp_path / "quotes.parquet"
    write_parquet(Scan(SAMPLE, VENUES).read(), path)
    assert tuple(Scan(path, VENUES).read().quotes()) == sample.quotes


@pytest.mark.parametrize("kind", ["csv.gz", "parquet"])
def test_scan__a_span__is_that_of_the_history(tmp_path, sample, kind):
    path = SAMPLE
    if kind == "parquet":
        write_parquet(sample.columns, path := tmp_path / "quotes.parquet")
    after, until = int(sample.times[1000]), int(sample.times[3000])
    span = History.of(Scan(path, VENUES).between(after, until))
    assert span.quotes == sample.quotes[sample.between(after, until)]
    assert Scan(path, VENUES).begins() == sample.times[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(QUOTES, max_size=20))
def test_scan__any_quotes_as_parquet__come_back(tmp_path, quotes):
    path = tmp_path / "quotes.parquet"
    write_parquet(Columns.of(quotes), path)
    assert sorted(Scan(path, VENUES).read().quotes()) == sorted(quotes)


def test_scan__a_price_that_no_column_holds__is_not_written(tmp_path):
    path = tmp_path / "quotes.parquet"
    with pytest.raises(Unstorable):
        write_parquet(Columns.of([quote(price8=10**30)]), path)
    assert not path.exists()


FAULTS = {
    "a price in words": ("3.44", "cheap"),
    "a time of another form": ("2026-03-01T21:00:04Z", "yesterday"),
    "a provider no table lists": ("lambda", "nobody"),
    "a lease of another kind": ("on_demand", "forever"),
    "no size that is a number": (",80,8,", ",80,many,"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_scan__malformed_row__is_refused_alone_and_all_of_them_whole(tmp_path, fault):
    path = tmp_path / "quotes.csv"
    header, bad = ",".join(COLUMNS) + "\n", ROW.replace(*FAULTS[fault])
    path.write_text(header + ROW)
    assert len(Scan(path, VENUES).read()) == 1
    path.write_text(header + ROW + bad)
    scan = Scan(path, VENUES)
    assert len(scan.read()) == 1
    assert [where for where, _ in scan.refused] == ["line 3"]
    for text in (bad, ROW + bad + bad):
        path.write_text(header + text)
        with pytest.raises(SourceMalformed):
            Scan(path, VENUES).read()


def test_scan__a_span_of_a_recording_with_a_bad_row__has_the_others(tmp_path):
    path = tmp_path / "quotes.csv"
    path.write_text(text_of([*hourly_rows(30), ROW_OF_TEXT | {"price_min": "?"}]))
    scan = Scan(path, VENUES)
    whole = History.of(scan.read())
    after, until = int(whole.times[3]), int(whole.times[9])
    assert History.of(scan.between(after, until)).quotes == whole.quotes[4:10]
    assert scan.span() == (whole.times[0], whole.times[-1])


def test_scan__missing_column_and_missing_file__are_errors_of_the_source(tmp_path):
    path = tmp_path / "quotes.csv"
    with pytest.raises(SourceDown):
        Scan(path, VENUES).read()
    path.write_text("observed_at,provider\n")
    with pytest.raises(SourceMalformed):
        Scan(path, VENUES).read()


def instants(times, step_s):
    return range(int(times[0]) - DAY, int(times[-1]) + 3 * DAY, step_s)


@pytest.mark.parametrize("part_days", [1, 7])
def test_index__sample_part_by_part__is_the_same_at_every_instant(
    tmp_path, sample, method, panels, part_days
):
    write_parquet(sample.columns, path := tmp_path / "quotes.parquet")
    hours = instants(sample.times, 11 * 3_600)
    panel = panels["panel-2"]
    whole = list(index_history(Scan(SAMPLE, VENUES), method, panel, hours))
    chain = DailyChain(sample, method, panel)
    assert whole == [(hour, chain.value(hour)) for hour in hours]
    scan = Scan(path, VENUES)
    parts = index_history(scan, method, panel, hours, out_of_core=True, part_days=part_days)
    assert list(parts) == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(QUOTES, max_size=40), st.integers(1, 3))
def test_index__any_quotes_part_by_part__is_the_same(tmp_path, quotes, part_days):
    write_parquet(Columns.of(quotes), path := tmp_path / "quotes.parquet")
    times = [each.observed_at for each in sorted(quotes)] or [20_000 * DAY]
    scan, hours = Scan(path, VENUES), instants(times, 9 * 3_600)
    whole = list(index_history(scan, METHOD_1, PANEL, hours))
    parts = index_history(scan, METHOD_1, PANEL, hours, out_of_core=True, part_days=part_days)
    assert list(parts) == whole


def test_index__instants_that_descend__are_refused():
    with pytest.raises(ValueError, match="ascending"):
        list(index_history(Scan(SAMPLE, VENUES), METHOD_1, PANEL, [2, 1]))


class Unlisted(dict):
    """Every provider the table does not list is taken for a neocloud: only here."""

    def __missing__(self, slug):
        return Venue(
            slug, slug, "recorded", "", Cadence.DAILY, Firmness.NEOCLOUD, Terms.OPEN, "", False
        )


@pytest.mark.skipif(HISTORY is None, reason="PARGRADE_HISTORY names no folder")
def test_index__full_history_part_by_part__is_the_same_at_every_hour(tmp_path, method):
    venues = Venues(Unlisted(VENUES.by_slug))
    scan = Scan(Path(HISTORY) / "gpu_rental_quotes.csv.gz", venues)
    columns = scan.read()
    write_parquet(columns, path := tmp_path / "quotes.parquet")
    panel = Panel("everyone", columns.provider.words, 60)
    hours = instants(History.of(columns).times, 3_600)
    whole = list(index_history(scan, method, panel, hours))
    parts = index_history(Scan(path, venues), method, panel, hours, out_of_core=True)
    assert list(parts) == whole
