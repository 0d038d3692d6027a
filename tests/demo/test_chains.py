"""The demo over two chains, run as a person runs it: every unit is somewhere, and once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

README = Path(__file__).parents[2] / "README.md"


def test_demo__over_two_chains__balances_and_is_what_readme_shows(tmp_path):
    command = [sys.executable, "-m", "pargrade.cli", "demo", "--chains", "--out", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["difference"] == summary["unbacked"] == "0"
    assert summary["is_covered"] is True
    assert summary["locked"] == summary["minted"] != "0"
    assert {each["stage"] for each in summary["transfers"]} == {"done"}
    assert summary["chains"] == [31337, 1337]
    assert summary["series"]["phase"] == "SETTLED"
    held = [*summary["home"].values(), *summary["remote"].values()]
    assert sum(map(int, held)) == int(summary["wrapped"])
    shown = [line.rstrip() for line in done.stdout.splitlines() if "written;" not in line]
    block = README.read_text().partition("<!-- pargrade demo --chains -->\n```text\n")[2]
    assert [line for line in shown if line] == block.partition("```")[0].splitlines()
    logs = [path.read_text() for path in (tmp_path / "out").glob("*.log")]
    assert len(logs) == 7
    assert not any("Traceback" in log for log in logs)
