"""`pargrade ops`: the files for an operator's machine are what their programs take."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pargrade.data.files import OPS
from tests.support.cli import run
from tests.support.command_tree import command_tree, options_of
from tests.support.prometheus import promtool

UNITS = sorted(OPS.glob("*.service"))
PROGRAM = "/opt/pargrade/bin/pargrade"


def test_files__into_a_fresh_folder__are_those_that_ship(tmp_path: Path) -> None:
    ran = run("ops", "files", str(tmp_path / "new"), "--json")
    assert {Path(name).name for name in ran.json["files"]} == {path.name for path in OPS.iterdir()}
    for path in OPS.iterdir():
        assert (tmp_path / "new" / path.name).read_bytes() == path.read_bytes()


def test_files__of_a_dry_run__are_named_and_not_written(tmp_path: Path) -> None:
    ran = run("ops", "files", str(tmp_path / "new"), "--dry-run")
    assert "alerts.yml" in ran.out
    assert not (tmp_path / "new").exists()


def test_files__where_one_exists__are_not_written_at_all(tmp_path: Path) -> None:
    (tmp_path / "alerts.yml").write_text("mine")
    assert "alerts.yml exists" in run("ops", "files", str(tmp_path)).error
    assert [path.name for path in tmp_path.iterdir()] == ["alerts.yml"]


def test_prometheus_configuration__is_what_prometheus_takes(tmp_path: Path) -> None:
    run("ops", "files", str(tmp_path))
    checked = promtool("check", "config", tmp_path / "prometheus.yml")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit__is_what_systemd_takes(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text()
    assert PROGRAM in text
    # The program of this machine, since the one of the example is not installed.
    copy = tmp_path / unit.name
    copy.write_text(text.replace(PROGRAM, sys.executable))
    verified = subprocess.run(
        ["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit__runs_a_command_that_exists(unit: Path) -> None:
    line = re.search(rf"^ExecStart={PROGRAM} (.+)$", unit.read_text(), re.MULTILINE)
    assert line is not None
    words = line[1].split()
    command = command_tree()[tuple(words[:2])]
    assert {word for word in words if word.startswith("--")} <= options_of(command)


def test_container_file__says_that_it_was_not_built() -> None:
    assert (OPS / "Containerfile").read_text().startswith("# NOT BUILT")
