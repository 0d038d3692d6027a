"""Pictures of the index: from real runs over the sample, and from nothing."""

from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from oracle.backtest.figures import compute_figures
from oracle.backtest.run import run_backtest
from oracle.backtest.screening import ScreenDay
from oracle.backtest.track import Track, TrackPoint
from oracle.cli.plots.backtest import (
    plot_backtest,
    plot_composition,
    plot_family,
    plot_levels,
    plot_screening,
    plot_versions,
)
from oracle.cli.plots.basis import plot_basis
from oracle.cli.plots.comparison import plot_benchmark, plot_hedges
from oracle.cli.plots.keys import REASON_INKS
from oracle.cli.plots.shadow import plot_shadow
from oracle.cli.plots.study import plot_providers, plot_reporters
from oracle.index.checks import Reason
from oracle.index.family import everyone, load_candidate, load_family
from oracle.index.method import METHOD
from oracle.index.shadow import run_shadow
from oracle.sources.history_file import Scan
from oracle.sources.recorded import instant, load_recording
from oracle.sources.venue import load_venues
from pargrade.data.files import SAMPLE
from pargrade.factor.basis import basis_report
from tests.support.pictures import check_picture, inks_of, texts

DAY = 86_400
SPRING = instant("2026-03-10T00:00:00Z")
BEFORE = instant("2026-01-01T00:00:00Z")


def backtest_of(first, days):
    venues = load_venues()
    methods = load_family().methods[:2]
    instants = range(first, first + days * DAY, DAY // 2)
    return run_backtest(Scan(SAMPLE, venues), methods, everyone(venues), instants)


@pytest.fixture(scope="module")
def march():
    return backtest_of(SPRING, 5)


def test_backtest__of_five_days__pictures_hold_to_the_rules(march):
    drawn = dict(plot_backtest(march, compute_figures(march, ())))
    assert set(drawn) == {"family", "benchmark", "levels", "composition", "screening", "hedges"}
    for figure in drawn.values():
        check_picture(figure)
    assert "USD per SCU" in texts(drawn["family"])
    assert "no month that both have" in texts(drawn["benchmark"])


def test_backtest__of_days_before_any_quote__says_so_in_every_picture():
    found = backtest_of(BEFORE, 3)
    drawn = dict(plot_backtest(found, compute_figures(found, ())))
    for name, figure in drawn.items():
        check_picture(figure)
        assert "\nno " in "\n" + texts(figure), name


def test_versions__beside_each_other__are_drawn_once_in_the_legend(march):
    figure = plot_versions(march, march)
    check_picture(figure)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["method 1"]


def test_versions__of_days_before_any_quote__say_so():
    found = backtest_of(BEFORE, 3)
    figure = plot_versions(found, found)
    check_picture(figure)
    assert "no value in this time" in texts(figure)


def test_screening__a_reason__has_one_ink_whatever_others_are_shown():
    def drawn(*reasons):
        days = [ScreenDay(SPRING + n * DAY, 3, 5, dict.fromkeys(reasons, 4)) for n in range(5)]
        return plot_screening(days)

    for reason in Reason:
        figure = drawn(reason)
        check_picture(figure)
        assert REASON_INKS[reason].colour in inks_of(figure)
        among = drawn(*Reason)
        label = reason.lower().replace("_", " ")
        area = next(a for a in among.axes[1].collections if a.get_label() == label)
        assert to_hex(area.get_facecolor()[0]) == REASON_INKS[reason].colour
    assert len({ink.colour for ink in REASON_INKS.values()}) == len(Reason)


def test_screening__without_a_refusal__says_it():
    shown = plot_screening([ScreenDay(SPRING, 3, 5, {}), ScreenDay(SPRING + DAY, 3, 5, {})])
    check_picture(shown)
    assert "no quote was refused" in texts(shown)


def test_parts__of_nothing__say_it(march):
    silent = Track("H100 / USD", (TrackPoint(SPRING, None, None, None, 0, "absent", 0, 0),))
    assert march.market is not None
    wide = replace(march.market.wide, prices={})
    emptied = {
        "no value": plot_family([silent]),
        "no list price": plot_levels(silent, wide),
        "no quote": plot_composition(silent, replace(march.market, naive=())),
        "no provider": plot_hedges([]),
        "no month": plot_benchmark([]),
        "no attack": plot_providers({"settlement8": "1", "attacks": []}),
        "no choice of slots": plot_reporters({"choices": [], "slots": []}),
        "no price": plot_basis(basis_report([], 10**8, 3), basis_report([], 10**8, 3), "today"),
    }
    for words, figure in emptied.items():
        check_picture(figure)
        assert words in texts(figure)


def test_hedges__of_two_horizons__are_beside_each_other():
    rows = [
        {"provider": name, "horizon": days, "effectiveness": 0.5, "offset": 0.9}
        for name in ("lambda", "runpod")
        for days in (1, 7)
    ]
    shown = plot_hedges(rows)
    check_picture(shown)
    heights = sorted(bar.get_y() for bar in shown.axes[0].patches)
    assert len(set(heights)) == 4


def test_shadow__two_versions__have_two_lines_or_say_that_there_is_none():
    venues = load_venues()
    old, new = load_family(), load_candidate(METHOD.with_name("method-2.json"))
    quotes = load_recording(SAMPLE, venues).quotes
    for first, words in ((SPRING, "method 1"), (BEFORE, "neither version has a value")):
        ran = run_shadow(old, new, quotes, everyone(venues), first, first)
        shown = plot_shadow(ran)
        check_picture(shown)
        assert words in texts(shown)


def test_benchmark__with_months__is_drawn_with_its_unit():
    both = {"theirs8": ["250000000", "260000000"], "ours8": ["240000000", "260000000"]}
    rows = [{"model": "H100", "months": ["2026-03", "2026-04"], **both}]
    shown = plot_benchmark(rows)
    check_picture(shown)
    assert "USD per GPU-hour" in texts(shown)
