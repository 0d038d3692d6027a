"""The services of the demo: processes of their own, with a log each."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from pargrade.process.child import Child

_PARGRADE: Final = (sys.executable, "-m", "pargrade.cli")
NODES: Final = 5
"""Reporters' nodes."""

_PATIENCE_S: Final = 60
"""How long the nodes wait for their configurations."""


def node_files(folder: Path) -> list[Path]:
    """Where the nodes' configurations will be."""
    return [folder / "nodes" / f"node-{number}.toml" for number in range(1, NODES + 1)]


def start_nodes(folder: Path) -> Child:
    """The nodes, which wait for their configurations: what they import takes as long as a chain
    and its contracts take to be there.
    """
    return start(folder, "oracle", "run", "--wait", str(_PATIENCE_S), *map(str, node_files(folder)))


def ask(*arguments: str) -> Any:
    """The JSON that a command of ours prints. Raises CalledProcessError; its stderr is ours."""
    command = (*_PARGRADE, *arguments, "--json")
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603
    return json.loads(done.stdout)


def start(
    folder: Path, service: str, *arguments: str, environment: dict[str, str] | None = None
) -> Child:
    """A command of ours that runs until it is stopped, its words in a log named after it."""
    command = (*_PARGRADE, service, *arguments)
    with (folder / f"{service}.log").open("w") as log:
        return Child(service, command, log=log, environment=environment)
