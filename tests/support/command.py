"""The `pargrade` command as a real process."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import IO, Any

from pargrade.devnet.anvil import DEVNET_KEYS

KEEPER_KEY = DEVNET_KEYS[3]


def start(
    *arguments: object,
    env: Mapping[str, str] | None = None,
    key: str = KEEPER_KEY,
    stderr: int | IO[str] = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """Starts it, with the keeper's key in its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "pargrade.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, "PARGRADE_KEY": key, **(env or {})},
    )


def run(
    *arguments: object, env: Mapping[str, str] | None = None, key: str = KEEPER_KEY
) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    process = start(*arguments, env=env, key=key)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON document it printed."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
