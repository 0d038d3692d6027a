"""The examples for pipelines, each run as its user runs it."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from pargrade.devnet.anvil import DEVNET_KEYS
from tests.bridge.hedge.desk.test_apply_killed import write_files
from tests.support.hedging import WANTED, TeamDesk
from tests.support.nodes import until

pytestmark = pytest.mark.full
EXAMPLES = Path(__file__).parents[4] / "scripts/examples/hedging"
SECRET = b"a secret of the registry"


@pytest.fixture
def environment(team: TeamDesk, monkeypatch) -> dict[str, str]:
    write_files(team)
    team.ask(3 * WANTED)
    folder = team.folder
    found = {
        "HEDGE_FILES": str(folder / "days.csv"),
        "HEDGE_POLICY": str(folder / "hedge.yaml"),
        "HEDGE_PLANS": str(folder / "plans"),
        "HEDGE_RELAY": team.relay.url,
        "HEDGE_RPC": team.venue.market.net.url,
        "HEDGE_DEPLOYMENT": str(team.venue.path),
        "PARGRADE_KEY": DEVNET_KEYS[10],
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return {**os.environ, **found}


def test_scheduled_job__every_second__buys_once(team, environment):
    command = [sys.executable, str(EXAMPLES / "scheduled_job.py"), "1"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        try:
            until(lambda: team.held() == WANTED, "the hedge", 60)
        finally:
            process.kill()
    assert team.held() == WANTED


def test_tasks_of_a_workflow__run_twice__buy_once(team, environment):
    import workflow_tasks

    first = workflow_tasks.run_all()
    assert first["whole"]
    assert json.dumps(first)
    again = workflow_tasks.carry_out(first["plan"])
    assert again == first
    assert team.held() == WANTED


def test_steps_of_ci__one_after_the_other__end_with_a_whole_log(team, environment, tmp_path):
    [job] = yaml.safe_load((EXAMPLES / "ci-step.yaml").read_text())["jobs"].values()
    options = job["env"]["OPTIONS"]
    named = {"${{ vars.RELAY }}": team.relay.url, "${{ vars.RPC }}": environment["HEDGE_RPC"]}
    for name, value in named.items():
        options = options.replace(name, value)
    deployments = team.folder / "deployments"
    deployments.mkdir()
    (deployments / "31337.json").write_bytes(team.venue.path.read_bytes())
    for step in job["steps"]:
        ran = subprocess.run(
            ["bash", "-ec", step["run"]],
            cwd=team.folder,
            env={**environment, "OPTIONS": options},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 0, (step["name"], ran.stderr)
    assert json.loads((team.folder / "outcome.json").read_text())["whole"]
    audit = json.loads((team.folder / "audit.json").read_text())
    assert (audit["entries"], audit["faults"]) == (3, [])
    assert team.held() == WANTED


def test_webhook__of_a_promotion_that_is_signed__proposes_a_plan_and_buys_nothing(
    team, environment
):
    import registry_webhook
    from place import Place

    client = TestClient(registry_webhook.create_app(Place.of_environment(), SECRET))
    launch = {"name": "assistant", "since": "2026-04-01", "scu_a_day": "2"}

    def post(body: bytes, secret: bytes = SECRET):
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        return client.post("/promoted", content=body, headers={"x-signature": signature})

    raw = json.dumps(launch).encode()
    found = post(raw)
    assert found.status_code == 200, found.text
    assert found.json()["buy_lots"]["2026-04"] == WANTED * 12 // 10
    assert (team.folder / "plans" / f"{found.json()['plan']}.json").exists()
    assert post(raw, b"another secret").status_code == 401
    huge = json.dumps({**launch, "scu_a_day": "100000"}).encode()
    assert "more than" in post(huge).json()["detail"]
    for strange in (
        b"",
        b"[]",
        b"{}",
        b"[" * 9_000,
        b"1.5",
        json.dumps({**launch, "x": 1}).encode(),
    ):
        assert post(strange).status_code == 422, strange[:20]
    assert post(b" " * 20_000).status_code == 413
    assert team.held() == 0
