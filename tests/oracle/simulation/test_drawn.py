"""Runs drawn from seeds: no property is broken, and each run repeats itself."""

import pytest

from oracle.protocol.committee.bounds import Bounds
from oracle.simulation.draw import draw_scenario
from oracle.simulation.scenario import BEGIN, Scenario
from oracle.simulation.strategies import STRATEGIES
from oracle.simulation.world import run_scenario


@pytest.mark.parametrize("seed", range(6))
def test_run__drawn_from_a_seed__breaks_no_property(seed):
    outcome = run_scenario(draw_scenario(seed))
    assert outcome.broken == []
    assert outcome.rounds > 0


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_strategy__of_all_liars__breaks_no_property(name):
    liars = ((1, name), (4, name))
    outcome = run_scenario(Scenario(1, Bounds(7, 2, 3), liars, two_faced=True, end=BEGIN + 700))
    assert outcome.broken == []
    assert outcome.rounds > 1


@pytest.mark.deep
@pytest.mark.parametrize("first", range(0, 2_000, 50))
def test_runs__many_drawn_from_seeds__break_no_property(first):
    broken = [run_scenario(draw_scenario(seed)).broken for seed in range(first, first + 50)]
    assert [text for found in broken for text in found] == []


def test_run__of_one_seed_twice__is_the_same():
    first, second = (run_scenario(draw_scenario(3)) for _ in range(2))
    assert (first.messages, first.size, first.seconds) == (
        second.messages,
        second.size,
        second.seconds,
    )


def test_library__of_strategies__has_the_twenty_that_were_asked_for():
    assert len(set(STRATEGIES.values())) >= 20
