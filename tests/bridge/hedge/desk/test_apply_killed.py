"""`pargrade hedge apply` as processes: killed at every step, and two at once."""

import json

import pytest

from bridge.hedge.exposure.months import day_number, day_text
from bridge.hedge.log.audit import audit_entries
from bridge.hedge.log.file import HedgeLog
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.process.failpoint import VARIABLE
from tests.support import command
from tests.support.hedging import NEED, POLICY, WANTED, TeamDesk, flat_need

pytestmark = pytest.mark.full
STEPS = ["hedge_intended", "hedge_sent", "hedge_placed", "hedge_filled"]


def write_files(team: TeamDesk) -> None:
    folder = team.folder
    folder.mkdir(exist_ok=True)
    (folder / "hedge.yaml").write_text(json.dumps(POLICY))
    days = range(day_number("2025-03-01"), day_number("2026-03-04"))
    rows = [f"{day_text(day)},chat,H100-SXM-80,{NEED},\n" for day in days]
    (folder / "days.csv").write_text("day,team,hardware,gpu_hours,remark\n" + "".join(rows))


def words(team: TeamDesk, plan: str, plans: str = "plans") -> tuple[object, ...]:
    folder = team.folder
    return (
        *("hedge", "apply", plan, folder / "days.csv", "--by", "gpu-hours"),
        *("--policy", folder / "hedge.yaml", "--plans", folder / plans, "--json"),
        *("--relay", team.relay.url, "--rpc-url", team.venue.market.net.url),
        *("--deployment", team.venue.path),
    )


def make_plan(team: TeamDesk, plans: str = "plans") -> str:
    desk = team.desk(folder=team.folder / plans)
    return desk.plan(flat_need(), desk.market()).plan.hash


def start(team: TeamDesk, *arguments: object, kill_at: str = ""):
    return command.start(*arguments, key=DEVNET_KEYS[10], env={VARIABLE: kill_at})


@pytest.mark.parametrize("step", STEPS)
def test_apply__killed_after_a_step_and_again__ends_as_if_it_had_not_been(team, step):
    write_files(team)
    team.ask(3 * WANTED)
    plan = make_plan(team)
    killed = start(team, *words(team, plan), kill_at=step)
    killed.communicate(timeout=120)
    assert killed.returncode == -9
    ended = start(team, *words(team, plan))
    out, err = ended.communicate(timeout=120)
    assert ended.returncode == 0, err
    outcome = json.loads(out)
    assert [order["filled"] for order in outcome["orders"]] == [WANTED]
    assert team.held() == WANTED
    log = HedgeLog.read(team.folder / "plans" / "audit.ndjson")
    assert [entry.kind.value for entry in log.entries] == ["intended", "placed", "filled"]
    assert audit_entries(log.entries) == []


@pytest.mark.parametrize("folders", [("plans", "plans"), ("plans", "other")], ids=["one", "two"])
def test_two_pipelines__at_once__buy_what_either_would(team, folders):
    write_files(team)
    team.ask(3 * WANTED)
    plans = [make_plan(team, folder) for folder in folders]
    both = [
        start(team, *words(team, plan, folder)) for plan, folder in zip(plans, folders, strict=True)
    ]
    ends = [(process.communicate(timeout=120), process.returncode) for process in both]
    codes = sorted(code for _, code in ends)
    assert codes[0] == 0, ends
    # The other found the log in use, or that everything is there.
    assert codes[1] in (0, 1), ends
    for plan, folder in zip(plans, folders, strict=True):
        start(team, *words(team, plan, folder)).communicate(timeout=120)
    assert team.held() == WANTED
