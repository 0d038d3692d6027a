"""Writes pargrade/bindings, a typed class per contract, from the artifacts.

    python -m contracts.codegen.bindgen            write what changed
    python -m contracts.codegen.bindgen --check    compare; write nothing

Contracts share structs, enums and custom errors by name: `Terms` read from a contract can be passed
to another one, and `except StaleIndex` catches the error of every contract.
"""

import argparse
import json
import subprocess
import sys
from typing import Any, Final

from contracts.codegen.binding import render_contract
from contracts.codegen.files import update_files
from contracts.codegen.interface import to_snake_case
from contracts.codegen.shared import name_errors, name_structs, render_errors, render_structs
from contracts.codegen.sources import ARTIFACTS, ROOT
from contracts.codegen.text import NOTE

BINDINGS: Final = ROOT / "pargrade" / "bindings"

LAYOUTS: Final = (
    "AddressWord, Bool, Bytes, Choice, FixedBytes, Int, "
    "Layout, Record, Results, Sequence, Text, Uint"
)


def main() -> int:
    """Write or compare the bindings. Exit code 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    artifacts = [json.loads(path.read_text()) for path in sorted(ARTIFACTS.glob("*.json"))]
    return generate(artifacts, check=parser.parse_args().check)


def generate(artifacts: list[dict[str, Any]], *, check: bool) -> int:
    """Write the bindings, or compare them with `check`. Exit code 1 for a difference."""
    refusal = "binding differs from the artifacts" if check else ""
    return update_files(BINDINGS, ".py", render(artifacts), refusal=refusal)


def render(artifacts: list[dict[str, Any]], package: str = "pargrade.bindings") -> dict[str, str]:
    """The text of every binding, as a module of `package`, by file name."""
    names, errors = name_structs(artifacts), name_errors(artifacts)
    files = {
        "__init__.py": f'"""Typed access to every contract, one module each.\n\n{NOTE}\n"""\n',
        "structs.py": render_structs(artifacts, names),
        "errors.py": render_errors(artifacts, errors, names, package),
    }
    for artifact in artifacts:
        name = f"{to_snake_case(artifact['contractName'])}.py"
        files[name] = render_contract(artifact, errors, names, package)
    return {name: _formatted(text) for name, text in files.items()}


def _formatted(text: str) -> str:
    """The text formatted like the rest of the code, with sorted imports and no unused ones."""
    text = text.replace(
        "from pargrade.chain.abi import *", f"from pargrade.chain.abi import {LAYOUTS}"
    )
    # Isolated, because the repository's own settings exclude generated files.
    options = (
        "line-length = 100",
        "format.skip-magic-trailing-comma = true",
        "lint.isort.split-on-trailing-comma = false",
    )
    settings = (
        "--isolated",
        "--quiet",
        *(part for option in options for part in ("--config", option)),
    )
    for step in (("check", "--select", "F401,I", "--fix-only"), ("format",)):
        ruff = [sys.executable, "-m", "ruff", *step, *settings, "-"]
        done = subprocess.run(  # noqa: S603  # the formatter of this environment
            ruff, input=text, capture_output=True, text=True, check=True, cwd=ROOT
        )
        text = done.stdout
    return text


if __name__ == "__main__":
    sys.exit(main())
