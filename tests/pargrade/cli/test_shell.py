"""The command line itself: listing, errors, exit codes, interruption."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from pargrade.chain.rpc import Chain
from pargrade.cli.toolkit.app import installed_commands
from tests.support.cli import run as run_here

PARGRADE = (sys.executable, "-m", "pargrade.cli")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PARGRADE, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


@contextmanager
def devnet_command(*options: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    with subprocess.Popen(
        [*PARGRADE, "devnet", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore SIGINT; a person's terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        finally:
            process.kill()


def read_json(stream: IO[str]) -> dict[str, object]:
    """One indented JSON document from a stream that stays open."""
    lines = iter(stream.readline, "")
    text = ""
    for line in lines:
        text += line
        if line == "}\n":
            break
    found: dict[str, object] = json.loads(text)
    return found


def test_help__without_arguments_to_run__imports_no_heavy_library() -> None:
    timed = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pargrade.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in timed.stderr.splitlines()
    }
    assert "typer" in imported
    heavy = {
        "rich",
        "httpx",
        "fastapi",
        "pydantic",
        "pydantic_settings",
        "sqlalchemy",
        "numpy",
        "matplotlib",
        "eth_account",
        "web3",
    }
    assert imported & heavy == set()


def test_help__lists_every_command_with_its_summary() -> None:
    listed = " ".join(run("--help").stdout.split())
    for name, command in installed_commands().items():
        assert f"{name} {command.summary}" in listed


@pytest.mark.parametrize("command", installed_commands())
def test_help__of_each_command__explains_it(command: str) -> None:
    shown = run_here(command, "--help")
    assert shown.code == 0
    assert f"Usage: pargrade {command}" in shown.out


def test_version__printed() -> None:
    assert run("--version").stdout.startswith("pargrade 0.")


@pytest.mark.parametrize(
    "arguments", [("devnte",), ("devnet", "--nonsense"), ("devnet", "--port", "70000")]
)
def test_misuse__usage_error__exit_2_without_traceback(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert refused.returncode == 2
    assert refused.stderr.count("Error:") == 1
    assert "Traceback" not in refused.stderr


def test_misuse__nearly_a_command__suggests_it() -> None:
    assert "Did you mean 'devnet'" in run("devnte").stderr


def test_error__anvil_missing__one_error_one_hint_exit_1() -> None:
    refused = run("devnet", PARGRADE_ANVIL="/nowhere/anvil")
    assert refused.returncode == 1
    assert refused.stdout == ""
    error, hint = refused.stderr.splitlines()
    assert error == "error: anvil was not found in PARGRADE_ANVIL=/nowhere/anvil"
    assert hint.startswith("hint: npm install")


def test_devnet__json__a_chain_that_answers_until_interrupted() -> None:
    with devnet_command("--json", "--genesis", "2026-03-01") as (process, stdout):
        output = read_json(stdout)
        chain = Chain.connect(str(output["rpc_url"]), expected=31337)
        assert chain.block(0).timestamp == output["genesis"] == 1_772_323_200
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert psutil.wait_procs(children, timeout=5)[1] == []


def test_devnet__terminated__exit_143_and_nothing_left() -> None:
    with devnet_command("--json") as (process, stdout):
        read_json(stdout)
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        assert process.wait(timeout=10) == 143
        assert psutil.wait_procs(children, timeout=5)[1] == []


def test_devnet__its_chain_is_killed__one_error() -> None:
    with devnet_command("--json") as (process, stdout):
        read_json(stdout)
        children = psutil.Process(process.pid).children(recursive=True)
        # All are looked at before one is killed: the others may end with it.
        anvils = [child for child in children if "anvil" in child.name()]
        assert anvils
        for anvil in anvils:
            anvil.kill()
        assert process.wait(timeout=10) == 1
        assert process.stderr is not None
        assert process.stderr.read().startswith("error: anvil")


def test_devnet__for_people__shows_where_it_is_and_a_funded_key() -> None:
    with devnet_command() as (_, stdout):
        shown = "".join(line for line in iter(stdout.readline, "Ctrl-C ends it.\n"))
    assert "Chain 31337 at http://127.0.0.1:" in shown
    assert "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" in shown


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("fut", "futures"),
        ("futures set", "settle"),
        ("futures settle --ke", "--key"),
        ("oracle init --first", "--first-port"),
        ("nothing of this na", ""),
    ],
)
def test_completion__in_bash__knows_commands_of_all_packages_and_their_options(
    typed: str, completed: str, tmp_path: Path
) -> None:
    (tmp_path / "pargrade").symlink_to(Path(sys.executable).with_name("pargrade"))
    # Asked for in bash, as its user does: which shell it is for is seen by who runs the command.
    asking = f"""
eval "$(pargrade --show-completion)"
COMP_WORDS=(pargrade {typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_pargrade_completion pargrade
echo "${{COMPREPLY[*]}}"
"""
    path = f"{tmp_path}:{os.environ['PATH']}"
    found = subprocess.run(
        ["bash", "-c", asking],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": path},
    )
    assert found.stdout.split() == completed.split(), found.stderr
