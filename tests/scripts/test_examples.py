"""The programs and scripts that people are pointed to, run as they would run them."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.source_tree import ROOT, read_module
from tests.support.world import DAY, MIDNIGHT

pytestmark = pytest.mark.full

EXAMPLE = ROOT / "scripts" / "examples" / "whole_month.py"
FACES = {"pargrade.chain", "pargrade.deployment", "pargrade.devnet", "pargrade.futures"}
VALUES = {
    "pargrade.bindings.structs",
    "pargrade.bindings.wrapped_unit",
    "pargrade.clock",
    "pargrade.units",
}


def run(*command: object) -> subprocess.CompletedProcess[str]:
    words = list(map(str, command))
    return subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, env=os.environ
    )


def test_whole_month__of_two_days__pays_what_was_locked():
    ended = run(sys.executable, EXAMPLE, 2)
    assert ended.returncode == 0, ended.stderr
    wrapped, opened, settled, long, short = ended.stdout.splitlines()
    assert wrapped == "wrapped 2,000 A1GH into 1,264.8 pA1GH"
    # 730 SCU at 2.31; settled at 2.50 the long gets its quote and 730 * 0.19 / 2.50 units.
    assert opened == "opened one contract; LONG locked 1,686.3 tUSD"
    assert settled == "APRIL is SETTLED at 2.50"
    assert long.startswith("LONG 0x")
    assert long.endswith(" 73,000 1,686.3 tUSD and 55.48 pA1GH")
    assert short.startswith("SHORT A1GH 0x")
    assert short.endswith(" 73,000 674.52 pA1GH")


def test_two_chains__there_and_back__is_all_accounted_for():
    ended = run(sys.executable, EXAMPLE.with_name("two_chains.py"))
    assert ended.returncode == 0, ended.stderr
    wrapped, out, back, home, abroad, books = ended.stdout.splitlines()
    assert wrapped == "wrapped 1,000 A1GH into 632.4 pA1GH at home"
    assert out.startswith("carried 316.2 pA1GH to remote")
    assert back.startswith("carried 126.48 pA1GH to home")
    assert (home, abroad) == (
        "held at home: 442.68 pA1GH",
        "held on the other chain: 189.72 pA1GH",
    )
    assert books == "locked 189.72 pA1GH, minted 189.72 pA1GH: covered"


def test_whole_month__imports__faces_and_values_only():
    used = {i.module for i in read_module(EXAMPLE, ROOT).imports if i.module.startswith("pargrade")}
    assert used - VALUES - {"pargrade"} <= FACES
    names = {i.name for i in read_module(EXAMPLE, ROOT).imports if i.module == "pargrade"}
    assert names <= {"deployment"}


@pytest.fixture
def shim(world):
    """Runs one of the shell scripts on the world of the test; its JSON."""

    def ran(script, *words):
        options = ("--rpc-url", world.url, "--deployment", world.path, "--json")
        ended = run(ROOT / "scripts" / script, *words, *options)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return ran


def test_scripts__deploy_wrap_and_settle__are_the_commands(shim, world):
    assert shim("deploy", "--force")["chain_id"] == 31337
    assert shim("wrap", "EFLP", "1")["units"] == "701900000000000000"
    world.rewrite(series=json_series(world))
    world.cover(MIDNIGHT + DAY, MIDNIGHT + 3 * DAY)
    assert shim("settle", "SPRING")["step"] == "propose"


def json_series(world):
    """The series of the stage, which deploying again forgot."""
    from pargrade.deployment import DeployedSeries

    first = world.market.series_ids(block=world.chain.head())[0]
    return {"SPRING": DeployedSeries(str(first))}
