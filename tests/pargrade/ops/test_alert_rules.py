"""Every alert rule: well formed, explained, and firing on its figures within a minute, not else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pargrade.data.files import ALERTS
from tests.support.cli import run
from tests.support.prometheus import promtool

RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load(ALERTS.read_text())["groups"]
    for rule in group["rules"]
}
RUNBOOK = Path(__file__).parents[3] / "docs" / "RUNBOOK.md"
NODE = '{job="pargrade-oracle",instance="a:1"}'
HEDGER = '{job="pargrade-hedge",instance="h:1"}'
GATE = '{job="pargrade-gate",instance="g:1"}'
MEMBER = '{job="pargrade-member",instance="m:1"}'
RELAY = '{job="pargrade-relay",instance="r:1"}'
FACTORS = '{job="pargrade-factor-guard",instance="f:1"}'
KEEPER = '{job="pargrade-keeper",instance="k:1"}'


def figure(name: str, job: str = NODE, **labels: str) -> str:
    more = "".join(f',{label}="{value}"' for label, value in labels.items())
    return f"{name}{job[:-1]}{more}}}"


def refusals(reason: str) -> str:
    return figure("pargrade_oracle_peer_refusals_total", reason=reason)


# Per alert: its series, well for a minute and then at fault, one value every 5 s.
FAULTS: dict[str, dict[str, str]] = {
    "TargetDown": {figure("up"): "1x12 0x24"},
    "HeadStuck": {figure("pargrade_head_age_seconds"): "0+1x7 1+5x40"},
    "NoEndpointFit": {
        figure("pargrade_endpoint_fit", endpoint="x"): "1x12 0x24",
        figure("pargrade_endpoint_fit", endpoint="y"): "0x36",
    },
    "EndpointUnfit": {figure("pargrade_endpoint_fit", endpoint="x"): "1x12 0x24"},
    "EndpointLags": {figure("pargrade_endpoint_lag_blocks", endpoint="x"): "2x12 3x24"},
    "PollsMissed": {figure("pargrade_polls_missed_total"): "4x12 7x24"},
    "PollsLate": {figure("pargrade_poll_on_time"): "1x12 0x24"},
    "ClockJumped": {figure("pargrade_clock_jumps_total"): "0x12 1x24"},
    "TransactionStuck": {figure("pargrade_transaction_age_seconds"): "0x12 0+5x24"},
    "KeyBalanceLow": {
        figure("pargrade_key_balance_coins"): "3x12 1.9x24",
        figure("pargrade_fees_day_coins"): "0.3x36",
    },
    "FeesNearCap": {
        figure("pargrade_fees_day_coins", KEEPER): "0.7x12 0.9x24",
        figure("pargrade_fees_day_cap_coins", KEEPER): "1x36",
    },
    "MemoryHigh": {figure("process_resident_memory_bytes"): "150000000x12 310000000x24"},
    "FilesRunOut": {
        figure("process_open_fds"): "700x12 900x24",
        figure("process_max_fds"): "1024x36",
    },
    "NoRound": {
        figure("pargrade_oracle_slot_age_seconds"): "7000x12 7300x24",
        figure("pargrade_oracle_heartbeat_seconds"): "3600x36",
    },
    "TicksFail": {figure("pargrade_oracle_rounds_total", outcome="failed"): "5x12 5+1x24"},
    "NotReporter": {figure("pargrade_oracle_reporter"): "1x12 0x24"},
    "NoValue": {figure("pargrade_oracle_reportable"): "1x12 0x24"},
    "SourceStale": {
        figure("pargrade_oracle_source_age_seconds", provider="p"): "90000x12 100001x24"
    },
    "PeerDown": {refusals("DOWN"): "3x12 4x24"},
    "PeerRefused": {refusals("MALFORMED"): "0x12 1x24"},
    "Equivocation": {figure("pargrade_oracle_contradictions_total"): "0x12 1x24"},
    "NoPass": {figure("pargrade_bridge_pass_age_seconds", KEEPER): "5x12 5+5x24"},
    "PassesFail": {figure("pargrade_bridge_passes_total", KEEPER, outcome="failed"): "2x12 2+1x24"},
    "BooksDiffer": {figure("pargrade_bridge_mismatches", KEEPER): "0x12 2x24"},
    "HoldersRefused": {
        figure("pargrade_bridge_holders_unpaid", KEEPER, why="refused"): "0x12 1x24"
    },
    "RelayStuck": {figure("pargrade_relay_pass_age_seconds", RELAY): "0x12 50x24"},
    "RelayLogBroken": {figure("pargrade_relay_log_writable", RELAY): "1x12 0x24"},
    "MatchesUnsent": {figure("pargrade_relay_sends_matches", RELAY): "1x12 0x24"},
    "MatchesGivenUp": {figure("pargrade_relay_matches_total", RELAY, end="given_up"): "1x12 9x24"},
    "MarketOneSided": {figure("pargrade_relay_series_one_sided", RELAY): "0x12 1x24"},
    "HedgeOff": {figure("pargrade_hedge_months_off", HEDGER): "0x12 2x24"},
    "HedgeDeclined": {
        figure("pargrade_hedge_declined_total", HEDGER, ground="stopped"): "1x12 2x24"
    },
    "HedgeStopped": {figure("pargrade_hedge_stopped", HEDGER): "0x12 1x24"},
    "HedgeUnwatched": {figure("pargrade_hedge_looked_time", HEDGER): "-100000x12 -108100x24"},
}
FAULTS |= {
    "GateNoLook": {figure("pargrade_gate_look_age_seconds", GATE): "3x12 100+5x24"},
    "GateEndpointsDiffer": {
        figure("pargrade_gate_failing", GATE, kind="EndpointsDiffer"): "0x12 1x24"
    },
    "GateUnexplained": {figure("pargrade_gate_failing", GATE, kind="BooksDiffer"): "0x12 1x24"},
    "GateAlarm": {figure("pargrade_gate_alarms", GATE): "0x12 1x24"},
    "GateRefused": {figure("pargrade_gate_refused_messages", GATE): "0x12 2x24"},
    "MessageWaits": {figure("pargrade_gate_oldest_message_seconds", GATE): "7000x12 7300x24"},
}
FAULTS |= {
    "CommitteeNoRound": {
        figure("pargrade_committee_slot_age_seconds", MEMBER): "7000x12 7300x24",
        figure("pargrade_committee_heartbeat_seconds", MEMBER): "3600x36",
    },
    "CommitteeCut": {
        figure("pargrade_committee_members_reached", MEMBER): "5x12 4x24",
        figure("pargrade_committee_members_needed", MEMBER): "5x36",
    },
    "CommitteeNoSeat": {figure("pargrade_committee_seated", MEMBER): "1x12 0x24"},
    "InputSetMissing": {figure("pargrade_committee_input_set_missing", MEMBER): "0x12 1x24"},
    "CommitteeContradiction": {
        figure("pargrade_committee_contradictions_total", MEMBER): "0x12 1x24"
    },
    "LandingsFail": {figure("pargrade_committee_landing_failures_total", MEMBER): "1x12 1+1x24"},
    "LooksFail": {figure("pargrade_committee_chain_failures_total", MEMBER): "2x12 2+1x24"},
}
FAULTS |= {
    "GradesToClose": {figure("pargrade_factor_grades_to_close", FACTORS): "0x12 2x24"},
    "FactorLookOld": {
        figure("pargrade_factor_look_age_seconds", FACTORS): "172000x12 173000x24",
        figure("pargrade_factor_look_interval_seconds", FACTORS): "86400x36",
    },
    "FactorPricesOld": {figure("pargrade_factor_windows", FACTORS): "4x12 0x24"},
}
QUIET = {"HeadStuck": "pargrade_head_age_seconds starts at its fault"}
"""Alerts whose series is at fault from the start."""


def well(series: dict[str, str]) -> dict[str, str]:
    """The series with the value of their first minute for ever."""
    return {name: f"{re.split('[x+]', values)[0]}x36" for name, values in series.items()}


def alerting(name: str, series: dict[str, str], path: Path) -> str:
    """The states of an alert at every five seconds of three minutes, from promtool."""
    check = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": "5s",
        "tests": [
            {
                "interval": "5s",
                "input_series": [{"series": s, "values": v} for s, v in series.items()],
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})',
                        "eval_time": moment,
                        "exp_samples": [],
                    }
                    for moment in ("60s", "120s")
                ],
            }
        ],
    }
    path.write_text(json.dumps(check))
    done = promtool("test", "rules", path)
    return done.stdout + done.stderr


def test_rules__are_what_prometheus_takes() -> None:
    checked = promtool("check", "rules", ALERTS)
    assert checked.returncode == 0, checked.stderr
    assert f"{len(RULES)} rules found" in checked.stdout + checked.stderr


def test_table__has_every_alert() -> None:
    assert set(FAULTS) == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_alert__is_explained_and_has_a_recipe(name: str) -> None:
    notes: dict[str, Any] = RULES[name]["annotations"]
    assert notes["summary"]
    assert notes["description"].endswith(".")
    assert RULES[name]["labels"]["severity"] in ("critical", "warning")
    file, _, anchor = notes["runbook"].partition("#")
    assert file == "docs/RUNBOOK.md"
    headings = re.findall(r"^## (.+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", sorted(RULES))
def test_alert__fires_within_a_minute_of_its_figures_and_not_before(
    name: str, tmp_path: Path
) -> None:
    words = alerting(name, FAULTS[name], tmp_path / "fault.json")
    # promtool names every moment at which the alert fired although none was expected.
    assert "time: 2m" in words, words
    assert "time: 1m" not in words, words


@pytest.mark.parametrize("name", sorted(set(RULES) - set(QUIET)))
def test_alert__on_figures_of_a_well_service__is_quiet(name: str, tmp_path: Path) -> None:
    assert "SUCCESS" in alerting(name, well(FAULTS[name]), tmp_path / "well.json")


def test_command__prints_the_rules_as_prometheus_takes_them(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yml"
    path.write_text(run("ops", "alerts").out)
    assert promtool("check", "rules", path).returncode == 0
    listed = json.loads(run("ops", "alerts", "--json").out)
    assert {rule["alert"] for rule in listed} == set(RULES)
