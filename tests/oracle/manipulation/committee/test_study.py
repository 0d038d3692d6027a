"""The study of committees: f liars move nothing of lists, one more does; the page is up to date."""

import importlib.util
import json
from pathlib import Path

import pytest

from oracle.manipulation.committee.document import render_tables
from oracle.manipulation.committee.study import study_witnesses, to_json
from oracle.manipulation.providers import Scenario
from oracle.protocol.committee.bounds import Bounds
from oracle.simulation.leaders import LIARS, NAMES, study_leader
from tests.support.quote_builders import (
    DAY,
    HOUR,
    METHOD_1,
    NOON,
    PANEL,
    PROVIDERS,
    USD,
    quote,
    window_method,
)

ROOT = Path(__file__).parents[4]
FIGURES = json.loads((ROOT / "docs" / "figures" / "committee.json").read_bytes())
START = NOON - NOON % DAY


def scenario(days=2):
    """Lists that stand still, read every six hours."""
    instants = range(START - 12 * DAY, START + days * DAY, 6 * HOUR)
    quotes = tuple(
        quote(provider, (200 + 9 * place) * USD // 100, observed_at=instant)
        for instant in instants
        for place, provider in enumerate(PROVIDERS)
    )
    return Scenario(quotes, METHOD_1, PANEL, START, START + days * DAY)


def test_study__of_lists_that_stand_still__f_liars_move_nothing_and_one_more_does():
    methods = {"1": METHOD_1, "3": window_method()}
    found = study_witnesses(scenario(), methods, (Bounds(5, 1, 4), Bounds(7, 2, 5)), DAY)
    assert [(each.nodes, each.liars) for each in found] == [(5, 1), (5, 2), (7, 1), (7, 2), (7, 3)]
    for each in found:
        assert each.valued["1"] == each.slots == 2
        moved = each.moved_ppm["1"]
        assert moved == 0 if each.liars <= each.tolerated else moved is None or abs(moved) > 10_000


def test_study__again__is_the_same():
    bounds = (Bounds(5, 1, 4),)
    first, second = (study_witnesses(scenario(1), {"1": METHOD_1}, bounds) for _ in range(2))
    assert to_json(first) == to_json(second)


def test_page__of_the_committee__has_the_committed_figures():
    text = (ROOT / "docs" / "MANIPULATION.md").read_text(encoding="utf-8")
    script = importlib.util.spec_from_file_location("script", ROOT / "scripts/make_backtest.py")
    module = importlib.util.module_from_spec(script)
    script.loader.exec_module(module)
    assert module.filled(text, render_tables(FIGURES)) == text


def test_figures__of_all_committees__move_by_less_than_a_thousandth_up_to_f_liars():
    for each in FIGURES["witnesses"]:
        for method, moved in each["moved_ppm"].items():
            assert each["valued"][method] > 5
            within = moved is not None and abs(moved) < 1_000
            assert within == (each["liars"] <= each["tolerated"])


@pytest.mark.parametrize("name", ["honest", "omits as leader", "transmits last"])
def test_leaders__again__have_the_committed_figures(name):
    committed = {row["strategy"]: row for row in FIGURES["leaders"]}
    assert study_leader(name) == committed[name]
    assert list(committed) == list(NAMES)
    assert len(LIARS) == 2
