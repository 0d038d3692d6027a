"""README's commands, run in its order in one folder, as a newcomer would after the set-up."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.command_tree import command_tree, options_of
from tests.support.team_files import write_team_files

pytestmark = pytest.mark.full

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)

SERVES = {
    "pargrade up": "Ctrl-C ends it",
    "pargrade devnet": "http://127.0.0.1:8545",
    "pargrade oracle member run": "landed",
    "pargrade bridge run": "",
}
"""Commands that run until they are ended, and what they print when they are ready."""

LEFT_OUT = {
    "scripts/demo": "tests/pargrade/demo runs the command that it calls",
    "scripts/test": "runs this",
    "PARGRADE_KEY=0x…": "has an endpoint and addresses to fill in",
    "pargrade oracle fetch lium": "asks a venue in the net",
    "pargrade index show --sample": "reads what the line above fetched",
    "pargrade index study": "takes minutes; tests/oracle/manipulation runs a part of it",
}
"""Beginnings of lines that are not run here, each with the reason."""

READY_S = 300
LINE_S = 120


def commands(block: str) -> list[str]:
    """The lines of a block without comments, continued lines joined."""
    joined = block.replace("\\\n", " ")
    bare = [re.sub(r"\s+#.*", "", line).strip() for line in joined.splitlines()]
    return [line for line in bare if line]


LINES = [line for block in BLOCKS for line in commands(block)]
RUN = [line for line in LINES if not line.startswith(tuple(LEFT_OUT))]


@contextmanager
def served(line: str, folder: Path, ready: str, environment: dict[str, str]) -> Iterator[None]:
    """A command that runs until Ctrl-C, from when it says that it is ready."""
    log = folder / "served.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {line}"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            # A shell's background jobs ignore SIGINT; a person's terminal does not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        deadline = time.monotonic() + READY_S
        while ready not in log.read_text(encoding="utf-8"):
            assert process.poll() is None, f"{line} ended: {log.read_text(encoding='utf-8')}"
            assert time.monotonic() < deadline, f"{line}: {log.read_text(encoding='utf-8')}"
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        finally:
            process.kill()


def run_block(block: str, folder: Path, environment: dict[str, str], running: ExitStack) -> None:
    """Every line of a block; what serves goes on until `running` ends."""
    for line in commands(block):
        if line.startswith(tuple(LEFT_OUT)):
            continue
        ready = next((SERVES[start] for start in SERVES if line.startswith(start)), None)
        if ready is not None:
            running.enter_context(served(line, folder, ready, environment))
            continue
        ended = subprocess.run(
            ["bash", "-c", line],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LINE_S,
            check=False,
        )
        assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"


@pytest.fixture
def folder(tmp_path):
    """An empty folder but for the files of HEDGING.md, which the last block reads."""
    write_team_files(tmp_path)
    return tmp_path


@pytest.fixture
def environment():
    """With the installed commands first, and no endpoint, key or width of the caller's."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PARGRADE_")}
    return kept | {"PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", "COLUMNS": "100"}


def test_images__all__are_there_and_made_by_a_script():
    images = re.findall(r"!\[.+?\]\((.+?)\)", TEXT)
    assert len(images) >= 2
    script = (ROOT / "scripts" / "make_images.py").read_text(encoding="utf-8")
    for image in images:
        assert (ROOT / image).read_bytes().startswith(b"\x89PNG")
        assert Path(image).name in script


def test_lines_left_out__all__are_in_the_readme():
    for start in LEFT_OUT:
        assert any(line.startswith(start) for line in LINES), start


@pytest.mark.parametrize("line", [line for line in LINES if line not in RUN and "pargrade" in line])
def test_line__that_is_not_run__is_a_command_with_its_options(line):
    words = shlex.split(re.sub(r"^\w+=\S+ ", "", line))[1:]
    tree = command_tree()
    path = next(path for n in (3, 2, 1) if (path := tuple(words[:n])) in tree)
    assert {word for word in words if word.startswith("--")} <= options_of(tree[path])


def test_readme__every_block_in_its_order__works(folder, environment):
    assert len(RUN) > 20
    world, *chain = [block for block in BLOCKS if any(line in RUN for line in commands(block))]
    assert "pargrade up" in world
    with ExitStack() as running:
        run_block(world, folder, environment, running)
    with ExitStack() as running:
        for block in chain:
            run_block(block, folder, environment, running)
