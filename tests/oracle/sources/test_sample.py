"""The quotes that ship, and what the index makes of them for every devnet panel."""

import csv
import gzip
import importlib.util
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from oracle.index.daily_chain import DailyChain
from oracle.index.level import IndexValue, State
from oracle.sources.recorded import COLUMNS, instant
from oracle.sources.venue import Terms, load_venues
from pargrade.data.files import SAMPLE

HOUR = 3_600
FIRST, LAST = instant("2026-03-02T00:00:00Z"), instant("2026-04-30T23:00:00Z")
HISTORY = os.environ.get("PARGRADE_HISTORY")
PANELS = [f"panel-{number}" for number in range(1, 6)]


@pytest.fixture(scope="module")
def hourly(sample, method, panels):
    chains = {name: DailyChain(sample, method, panel) for name, panel in panels.items()}
    instants = range(FIRST, LAST + 1, HOUR)
    return {
        name: {moment: chain.value(moment) for moment in instants} for name, chain in chains.items()
    }


def test_sample__as_shipped__has_the_columns_and_rows_it_should():
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == 6_835
    assert tuple(rows[0]) == COLUMNS
    assert all("via_getdeploying_aggregator" in row["flags"].split("|") for row in rows)
    assert {row["observed_at"][:7] for row in rows} == {"2026-03", "2026-04"}


def test_sample__as_shipped__has_no_venue_whose_terms_forbid_it(sample):
    assert {quote.terms for quote in sample.quotes} == {Terms.OPEN}
    restricted = {v.slug for v in load_venues().by_slug.values() if v.terms is Terms.RESTRICTED}
    assert {"runpod", "vast.ai"} <= restricted
    assert not restricted & {quote.provider for quote in sample.quotes}


def test_sample__as_shipped__carries_no_time_stamp_or_name():
    packed = SAMPLE.read_bytes()
    assert packed[4:8] == bytes(4)
    assert packed[3] == 0


@pytest.mark.skipif(HISTORY is None, reason="PARGRADE_HISTORY is not set: 1 rebuild not compared")
def test_sample__rebuilt_from_the_full_history__is_what_ships():
    script = Path(__file__).parents[3] / "scripts" / "make_sample.py"
    spec = importlib.util.spec_from_file_location("make_sample", script)
    make_sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_sample)
    # The text, not its packing: other builds of zlib may pack the same text in other bytes.
    assert make_sample.build(Path(HISTORY)).encode() == gzip.decompress(SAMPLE.read_bytes())


@pytest.mark.parametrize("name", PANELS)
def test_panel__every_hour_of_two_months__has_a_live_value(hourly, name):
    assert len(hourly[name]) == 60 * 24
    for moment, value in hourly[name].items():
        assert isinstance(value, IndexValue), moment
        assert value.state is State.LIVE, moment
        assert value.held == 0, moment


@pytest.mark.parametrize("name", PANELS)
def test_panel__half_of_the_providers_vanish_on_7_march__does_not_move(hourly, name):
    values = hourly[name]
    full, gone = instant("2026-03-06T12:00:00Z"), instant("2026-03-08T12:00:00Z")
    lines = [len(values[moment].entries) for moment in (full, gone)]
    assert lines[1] < lines[0] * 3 // 4
    assert abs(values[gone].value8 / values[full].value8 - 1) < 0.002


@pytest.mark.parametrize("name", PANELS)
def test_panel__hour_by_hour__stays_far_from_the_speed_limit(hourly, name):
    moves = [abs(b.value8 / a.value8 - 1) for a, b in pairwise(hourly[name].values())]
    assert max(moves) < 0.03
    # List prices: in 1,440 hours there are moves, and not many.
    assert 0 < sum(move > 0 for move in moves) < 30


def test_panels__price_rise_of_novita_on_17_march__shows(hourly, panels):
    before, after = instant("2026-03-17T20:00:00Z"), instant("2026-03-17T22:00:00Z")
    for name, panel in panels.items():
        moved = hourly[name][after].value8 - hourly[name][before].value8
        assert (moved > 0) == ("novita" in panel.providers), name


def test_panels__side_by_side__differ_a_little_and_never_much(hourly):
    for moment in range(FIRST, LAST + 1, HOUR):
        values = [hourly[name][moment].value8 for name in PANELS]
        assert len(set(values)) == len(values), moment
        assert max(values) / min(values) < 1.07, moment


def test_panels__devnet__name_each_venue_of_the_sample_and_no_owner_twice(panels):
    named = Counter(provider for panel in panels.values() for provider in panel.providers)
    # Each provider is left out by exactly one node.
    assert set(named.values()) == {len(panels) - 1}
    venues = load_venues()
    assert all(venues[provider].terms is Terms.OPEN for provider in named)
    # Paperspace belongs to DigitalOcean.
    assert "digitalocean" in named
    assert "paperspace" not in named
    assert len({panel.lag_s for panel in panels.values()}) == len(panels)
