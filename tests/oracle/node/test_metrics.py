"""A node's /metrics, asked of real processes; and that no line of a log holds a secret."""

import json

import pytest

from pargrade.devnet.anvil import DEVNET_KEYS
from tests.support.figures import scrape
from tests.support.nodes import GENESIS, HOUR, nodes, until
from tests.support.proxy import fault_proxy


@pytest.fixture
def five(tmp_path):
    with nodes(tmp_path, reporters=5, quorum=3) as found:
        yield found


def figures(five, number):
    return scrape(five.configs[number].url)


def rounds(five, outcome):
    name = f'pargrade_oracle_rounds_total{{outcome="{outcome}"}}'
    return sum(figures(five, number)[name] for number in range(4))


def test_node__lands_rounds_without_a_peer__its_figures_and_its_log_say_so(five):
    with fault_proxy(five.devnet.url) as proxy:
        secret = proxy.url.replace("//", "//user:hunter2-secret@")
        for number in range(4):
            five.edit(number, f'"{five.devnet.url}"', f'"{five.devnet.url}", "{secret}"')
        five.start(0, 1, 2, 3, options=("--log-format", "json"))
        five.round(GENESIS)
        until(lambda: rounds(five, "landed") == 1, "landed round")
        five.round(GENESIS + HOUR)
        until(lambda: rounds(five, "landed") == 2, "landed round")
        found = [figures(five, number) for number in range(4)]
    down = 'pargrade_oracle_peer_refusals_total{reason="DOWN"}'
    assert sum(each[down] for each in found) >= 1
    for each in found:
        assert each["pargrade_oracle_reporter"] == each["pargrade_oracle_reportable"] == 1
        assert 0 <= each["pargrade_oracle_slot_age_seconds"] < HOUR
        assert each["pargrade_oracle_heartbeat_seconds"] == HOUR
        assert each["pargrade_poll_lateness_seconds"] < 60
        assert each["pargrade_clock_jumps_total"] == 0
        assert each["pargrade_key_balance_coins"] > 0
        assert each["pargrade_oracle_providers"] >= 3
        ages = [name for name in each if name.startswith("pargrade_oracle_source_age_seconds{")]
        assert len(ages) == each["pargrade_oracle_providers"]
        assert each[f'pargrade_endpoint_fit{{endpoint="{five.devnet.url}"}}'] == 1
        assert "hunter2" not in str(each)
    assert sum(each["pargrade_fees_day_coins"] for each in found) > 0

    five.close()
    assert "hunter2" not in five.log
    for key in DEVNET_KEYS:
        assert key.removeprefix("0x") not in five.log
    lines = [json.loads(line) for line in five.log.splitlines()]
    landed = [line for line in lines if line["event"].startswith("landed")]
    assert [line["slot"] for line in landed] == [GENESIS, GENESIS + HOUR]
    assert all(line["block"] > 0 and line["node"].startswith("node-") for line in landed)


def test_metrics__asked_for__ask_no_chain(five):
    with fault_proxy(five.devnet.url) as proxy:
        five.edit(0, f'"{five.devnet.url}"', f'"{proxy.url}"')
        five.edit(0, "poll_ms = 20\n", "poll_ms = 600000\n")
        five.start(0)
        until(lambda: "pargrade_key_balance_coins" in figures(five, 0), "first poll")
        asked = proxy.asked.total()
        for _ in range(5):
            figures(five, 0)
        assert proxy.asked.total() == asked
