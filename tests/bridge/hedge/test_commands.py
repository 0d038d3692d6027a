"""`pargrade hedge`: what each command prints, and how it ends."""

import json

import pytest

from tests.support.cli import run
from tests.support.workloads import MARKET, POLICY, WORKLOADS, write_team

COMMANDS = ["fetch", "read", "exposure", "forecast", "plan", "drift"]


@pytest.fixture
def team(tmp_path):
    write_team(tmp_path)
    return tmp_path


def words(team, command, *more):
    files = ("--policy", str(team / "hedge.yaml"), "--market", str(team / "market.yaml"))
    chosen = files if command in ("plan", "drift") else ()
    return ("hedge", command, str(team / "days.csv"), *chosen, *more)


def by_hours(team, command, *more):
    return words(team, command, "--by", "gpu-hours", *more)


@pytest.mark.parametrize("command", COMMANDS)
def test_help__every_command__has_an_example_and_json(command):
    ran = run("hedge", command, "--help")
    assert ran.code == 0
    assert f"Example: pargrade hedge {command}" in " ".join(ran.out.split())
    assert "--json" in ran.out
    assert ("--dry-run" in ran.out) == (command in ("plan", "fetch"))


def test_read__a_file_with_bad_rows__shows_what_was_read_and_names_the_rest():
    ran = run("hedge", "read", str(WORKLOADS / "litellm_logs.csv"))
    assert ran.code == 0
    assert "Refused: 1 duplicate, 1 contradiction" in ran.out
    document = run("hedge", "read", str(WORKLOADS / "litellm_logs.csv"), "--json").json
    assert len(document["refused"]) == 4
    assert {"month", "measure", "amount", "team", "unit"} <= document["usage"][0].keys()


def test_read__strict__refuses_the_file_for_one_row():
    ran = run("hedge", "read", str(WORKLOADS / "litellm_logs.csv"), "--strict")
    assert "4 rows were refused" in ran.error


def test_read__something_else__is_one_error_with_a_hint(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a;b\n1;2\n")
    assert "neither metrics, nor JSON" in run("hedge", "read", str(path)).error
    ran = run("hedge", "read", str(WORKLOADS / "rate.csv"), "--starts", "tomorrow")
    assert "is not a time" in ran.error


def test_exposure__explained__shows_every_step(team):
    ran = run(*by_hours(team, "exposure", "--explain"))
    assert "2,800.0000" in ran.out
    assert "H100-SXM-80: factor 1.0000" in ran.out
    document = run(*by_hours(team, "exposure", "--json")).json
    february = document["months"][-2]
    assert february == {
        "month": "2026-02",
        "days": "28 of 28",
        "scu": str(2_800 * 10**18),
        "low": str(2_800 * 10**18),
        "high": str(2_800 * 10**18),
    }


@pytest.mark.parametrize(
    ("more", "error"),
    [
        (("--by", "tokens"), "no completion_tokens in what was chosen"),
        (("--by", "spend"), "--price is missing"),
        (("--by", "spend", "--price", "0"), "price 0 is no rate"),
        (("--by", "gpu-hours", "--where", "team=search"), "no gpu_hours in what was chosen"),
        (("--by", "gpu-hours", "--where", "colour=red"), "names no field"),
        (("--by", "gpu-hours", "--hardware", "abacus"), "no factor is published"),
        (("--by", "tokens", "--prompt-rate", "5"), "a prompt rate without a completion rate"),
        (("--by", "tokens", "--completion-rate", "x"), "--completion-rate"),
        (("--by", "tokens", "--completion-rate", "5", "--rate-band", "100"), "a band of 100 %"),
    ],
)
def test_exposure__that_cannot_be_converted__is_one_error(team, more, error):
    assert error in run(*words(team, "exposure", *more)).error


def test_forecast__of_a_flat_need__is_flat_and_drawn(team):
    plot = team / "fan.png"
    document = run(*by_hours(team, "forecast", "--months", "2", "--plot", str(plot), "--json")).json
    assert [month["month"] for month in document["months"]] == ["2026-03", "2026-04"]
    assert float(document["months"][1]["scu"]) == pytest.approx(3_000)
    assert document["months"][1]["model"] == "naive"
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "mean errors" in run(*by_hours(team, "forecast")).out


def test_plan__written_under_its_hash__and_drift_ends_with_three_until_it_is_bought(team):
    out = team / "plans"
    document = run(*by_hours(team, "plan", "--out", str(out), "--json")).json
    path = out / f"{document['hash']}.json"
    assert json.loads(path.read_text())["months"][0]["buy_lots"] == 150_000
    unhedged = run(*by_hours(team, "drift", "--plan", str(path), "--json"))
    assert unhedged.code == 3
    assert json.loads(unhedged.out)["plan"] == []
    (team / "market.yaml").write_text(MARKET % 150_000)
    assert run(*by_hours(team, "drift", "--json")).json["drifted"] is False
    stale = run(*by_hours(team, "drift", "--plan", str(path)))
    assert stale.code == 3
    assert "Moved since the plan: 2026-04 position: 0 then, 150000 now" in stale.out


def test_plan__for_people__says_what_is_not_promised(team):
    out = team / "plans"
    text = run(*by_hours(team, "plan", "--out", str(out), "--dry-run")).out
    assert "What one provider charges may move otherwise." in text
    assert "no paid prices" in text
    assert "Not written." in text
    assert not out.exists()


def test_plan__bad_policy_or_plan_file__is_one_error_and_nothing_is_written(team):
    out = team / "plans"
    (team / "hedge.yaml").write_text(POLICY + "typo: 1\n")
    ran = run(*by_hours(team, "plan", "--out", str(out)))
    assert "typo: Extra inputs are not permitted" in ran.error
    assert not out.exists()
    (team / "hedge.yaml").write_text(POLICY)
    path = team / "0xabc.json"
    path.write_text("{}")
    assert "not a plan" in run(*by_hours(team, "drift", "--plan", str(path))).error
