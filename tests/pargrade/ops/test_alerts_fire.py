"""Alerts fire for real: real faults of real processes, seen by a real Prometheus."""

from contextlib import ExitStack

import pytest

from tests.support.alert_faults import (
    CLOCK,
    cut_quotes,
    quick_faults,
    run_as_if_its_clock_can_be_set,
    slow_faults,
    source_faults,
    watched,
)
from tests.support.liar_faults import liar_faults

pytestmark = pytest.mark.full

PATIENCE_S = 180
"""The bar of 60 s is measured by scripts/bench edges, on a machine that does nothing else."""


def test_alerts__when_a_network_loses_its_quorum__fire_and_none_before(tmp_path):
    with watched(tmp_path) as net:
        assert {name for name, _ in net.scraper.firing()} <= {"HeadStuck"}
        took = net.raise_all(quick_faults(net), PATIENCE_S)
    assert set(took) >= {"TargetDown", "NoRound", "PeerDown", "EndpointUnfit", "TicksFail"}


@pytest.mark.deep
def test_alerts__of_keys_clocks_chains_and_machines__fire(tmp_path, monkeypatch):
    monkeypatch.setenv(CLOCK, str(tmp_path / "clock"))
    with watched(tmp_path, start=run_as_if_its_clock_can_be_set) as net:
        net.raise_all(slow_faults(net), PATIENCE_S)


@pytest.mark.deep
def test_alerts__of_reporters_that_lie__fire(tmp_path):
    with watched(tmp_path) as net, ExitStack() as open_:
        jailed, garbage, contradiction = liar_faults(net, open_)
        for fault in (jailed, garbage, contradiction):
            net.raise_all([fault], PATIENCE_S)


@pytest.mark.deep
def test_alerts__of_quotes_that_stay_away__fire(tmp_path):
    with watched(tmp_path, cut_quotes) as net:
        stale, absent = source_faults(net)
        net.raise_all([stale], PATIENCE_S)
        net.raise_all([absent], PATIENCE_S)
