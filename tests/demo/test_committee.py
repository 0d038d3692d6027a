"""The demo of one report for all, run as a person runs it: two faults, and no digit changes."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.full


def test_demo__with_a_corrupted_source_and_a_dead_node__shows_the_value_without_them(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pargrade.cli", "demo", "--committee", "--out", out]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads((out / "summary.json").read_text())
    attacked = found["attacked"]
    assert found["is_unmoved"]
    assert attacked["value8_on_chain"] == attacked["value8"] == attacked["value8_without_corrupted"]
    assert found["all_well"]["value8"] == attacked["value8"]
    assert found["batches"] == [0, 1, 2, 4]
    alone = found["alone"]
    assert {alone[position] for position in "012"} == {attacked["value8"]}
    assert int(alone["4"]) > 1.3 * int(attacked["value8"])
    assert len(found["lines"]) == 8
    for line in found["lines"]:
        [taken] = [each for each in line["stated"] if each["price8"] == line["price8"]]
        assert taken["positions"] == [0, 1, 2]
    assert "To the last digit the same." in ran.stdout
    assert "corrupted" in ran.stdout
