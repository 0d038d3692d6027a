"""What every command promises in its help, and how the real process ends."""

import re
import subprocess
import sys

import pytest

from pargrade.cli.toolkit.app import installed_commands
from tests.support.cli import run

LEAVES = [
    ("devnet",),
    ("deploy",),
    ("wrap",),
    ("unwrap",),
    ("index", "show"),
    ("index", "methods"),
    ("index", "shadow"),
    ("index", "tokens"),
    ("grade", "list"),
    ("grade", "show"),
    ("grade", "look"),
    ("grade", "cure"),
    ("grade", "propose"),
    ("futures", "create"),
    ("futures", "list"),
    ("futures", "show"),
    ("futures", "open"),
    ("futures", "merge"),
    ("futures", "settle"),
    ("futures", "redeem"),
    ("futures", "statement"),
    ("futures", "verify-statement"),
    ("oracle", "archive"),
    ("oracle", "prove"),
    ("oracle", "verify"),
]
# `shadow` writes nothing but the files it is told to.
READS = {"devnet", "list", "show", "methods", "shadow", "tokens"} | {
    *("statement", "verify-statement", "prove", "verify"),
}


def process(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pargrade.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_help__every_command__has_an_example_json_and_a_dry_run_where_it_writes(words):
    ran = run(*words, "--help")
    assert ran.code == 0
    assert f"Example: pargrade {' '.join(words)}" in " ".join(ran.out.split())
    assert "--json" in ran.out
    assert ("--dry-run" in ran.out) == (words[-1] not in READS)


def test_help__of_pargrade__lists_every_command_with_its_purpose():
    text = run("--help").out
    commands = installed_commands()
    assert {"deploy", "oracle", "bridge"} <= commands.keys()
    for name, command in commands.items():
        assert f"  {name} " in text
        assert command.summary in text


def test_process__bad_input__ends_with_one_and_two_lines():
    ended = process("wrap", "A1GH", "1", "--rpc-url", "http://127.0.0.1:9")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[0].startswith("error: no answer from http://127.0.0.1:9")
    assert len(ended.stderr.splitlines()) == 2
    assert "Traceback" not in ended.stderr


def test_process__misuse__ends_with_two():
    ended = process("wrap", "A1GH")
    assert ended.returncode == 2
    assert "Missing argument" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_process__result__is_json_on_stdout(world):
    options = ("--rpc-url", world.url, "--deployment", str(world.path), "--json")
    ended = process("wrap", "EFLP", "1", *options)
    assert ended.returncode == 0
    assert '"units": "701900000000000000"' in ended.stdout


def test_help__of_the_oracle__lists_what_a_committee_needs_before_the_nodes_of_version_1():
    listed = re.findall(r"^  ([a-z-]+) {2,}\S", run("oracle", "--help").out, re.MULTILINE)
    assert listed[:2] == ["member", "committee"]
    assert max(map(listed.index, ("replay", "accuse", "signer"))) < listed.index("init")
    assert len(listed) == len(set(listed))
