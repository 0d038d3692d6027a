"""A back-test as a map: the same tracks to the last digit, here and on a cluster."""

import random
from dataclasses import replace

import pytest

from oracle.backtest.mapped import run_mapped
from oracle.backtest.run import run_backtest
from oracle.index.family import everyone, load_candidate, load_family
from oracle.index.method import METHOD
from oracle.sources.history_file import Scan
from oracle.sources.recorded import instant
from oracle.sources.venue import load_venues
from pargrade.clock import DAY_S, HOUR_S
from pargrade.data.files import SAMPLE
from pargrade.process.engine import HERE, Engine

pytestmark = pytest.mark.full

VENUES = load_venues()
PANEL = everyone(VENUES)
WINDOWED = load_candidate(METHOD.with_name("method-3.json"))["H100 / USD"]
# The sample has no more days than a whole window, so that of the test is shorter.
SHORT = replace(WINDOWED, window=replace(WINDOWED.window, days=14))
METHODS = (SHORT, load_family()["H200 / USD"])
INSTANTS = range(instant("2026-03-10T00:00:00Z"), instant("2026-04-20T00:00:00Z"), 7 * HOUR_S)


@pytest.fixture(scope="module")
def whole():
    return run_backtest(Scan(SAMPLE, VENUES), METHODS, PANEL, INSTANTS).tracks


def mapped(mapper, days):
    source = Scan(SAMPLE, VENUES)
    return run_mapped(source, METHODS, PANEL, INSTANTS, lambda _: None, mapper, days).tracks


def shuffled(work, pieces):
    """Does the pieces in another order, each alone."""
    listed = list(pieces)
    order = list(range(len(listed)))
    random.Random(7).shuffle(order)
    results = {place: work(listed[place]) for place in order}
    return [results[place] for place in range(len(listed))]


def test_mapped__in_any_order_and_size__is_the_backtest_to_the_last_digit(whole):
    assert {point.state for point in whole[0].points} >= {"splicing", "halted"}
    assert mapped(HERE.map, 9) == whole
    assert mapped(shuffled, 17) == whole


def test_mapped__on_a_cluster_of_two_processes__is_the_backtest_to_the_last_digit(whole):
    assert mapped(Engine.parse("dask").map, 14) == whole


def test_mapped__no_instant__is_no_piece():
    source = Scan(SAMPLE, VENUES)
    done = run_mapped(source, METHODS, PANEL, range(0), lambda _: None, HERE.map)
    assert [track.points for track in done.tracks] == [(), ()]


def test_mapped__a_window_before_the_history__has_no_value_as_in_one_piece():
    early = range(instant("2026-03-02T00:00:00Z"), instant("2026-03-12T00:00:00Z"), DAY_S)
    source = Scan(SAMPLE, VENUES)
    [whole] = run_backtest(source, (SHORT,), PANEL, early).tracks
    [parts] = run_mapped(source, (SHORT,), PANEL, early, lambda _: None, HERE.map, 2).tracks
    assert parts == whole
    assert {point.value8 for point in parts.points} == {None}
