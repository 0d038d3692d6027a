"""How the tools of this folder start forge."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from contracts.codegen.sources import ROOT

FORGE: Final = ROOT / "node_modules" / ".bin" / "forge"
NO_LINT: Final = {"FOUNDRY_LINT_LINT_ON_BUILD": "false"}


def run_forge(
    arguments: list[str], folder: Path, settings: Mapping[str, str], seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run forge in a folder, with `settings` added to the environment, and capture its output.

    Raises subprocess.TimeoutExpired when it runs longer than `seconds`.
    """
    return subprocess.run(  # noqa: S603 - our own forge
        [FORGE, *arguments],
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
