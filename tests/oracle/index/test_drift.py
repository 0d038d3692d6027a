"""How far a chain wanders from where its first and last fixing say it should be, on real quotes.

A chain of medians jumps when its middle provider changes and may not jump back by the same ratio
once somebody else is on the list. The methodology quotes these figures as its reason for taking the
mean over the middle third instead.
"""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from oracle.index.daily_chain import DailyChain
from oracle.index.level import LINK_ONE, link_between
from oracle.index.panel import Panel
from oracle.sources.recorded import instant
from pargrade.clock import DAY_S

METHODOLOGY = Path(__file__).parents[3] / "docs" / "METHODOLOGY.md"
MIDNIGHTS = range(instant("2026-03-02T00:00:00Z"), instant("2026-05-01T00:00:00Z"), DAY_S)


@pytest.fixture(scope="module")
def drawn_fixings(sample, method, panels):
    """Midnight prices of fifteen panels of sixteen providers, drawn by a fixed seed."""
    providers = sorted({p for panel in panels.values() for p in panel.providers})
    random = Random(2026)
    drawn = [Panel("drawn", tuple(random.sample(providers, 16)), 60) for _ in range(15)]
    chains = [DailyChain(sample, method, panel) for panel in drawn]
    return [[chain.fixing(instant).prices for instant in MIDNIGHTS] for chain in chains]


def drift_and_step(fixings, method):
    """Relative distance of the chain from the direct link, and the largest daily move."""
    level, largest = 1.0, 0.0
    for before, now in pairwise(fixings):
        ratio = link_between(before, now, method).ratio18 / LINK_ONE
        level *= ratio
        largest = max(largest, abs(ratio - 1))
    direct = link_between(fixings[0], fixings[-1], method).ratio18 / LINK_ONE
    return level / direct - 1, largest


def figures(drawn_fixings, method):
    found = [drift_and_step(fixings, method) for fixings in drawn_fixings]
    rms = mean(drift**2 for drift, _ in found) ** 0.5
    return rms, max(step for _, step in found)


def test_chain__middle_third_instead_of_the_median__drifts_and_jumps_far_less(
    drawn_fixings, method
):
    medians = figures(drawn_fixings, replace(method, middle_band=(0, 3)))
    thirds = figures(drawn_fixings, method)
    assert 2 * thirds[0] < medians[0]
    assert 2 * thirds[1] < medians[1]
    assert thirds[0] < 0.01
    text = " ".join(METHODOLOGY.read_text(encoding="utf-8").split())
    for drift, step in (medians, thirds):
        assert f"{100 * drift:.1f} %" in text
        assert f"{100 * step:.1f} %" in text
