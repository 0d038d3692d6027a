"""Writes pargrade/bindings: a typed class per contract, from the ABIs of the artifacts.

    python -m contracts.codegen.bindgen            write what changed
    python -m contracts.codegen.bindgen --check    compare; write nothing

Structs, enums and custom errors are shared by name between contracts, so that a Terms read from one
contract can be given to another and `except StaleIndex` catches it wherever it started.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from contracts.codegen.binding import contract_module
from contracts.codegen.interface import snake
from contracts.codegen.shared import error_names, errors_module, struct_names, structs_module
from contracts.codegen.text import NOTE

ROOT: Final = Path(__file__).parents[2]
ARTIFACTS: Final = ROOT / "pargrade" / "artifacts"
BINDINGS: Final = ROOT / "pargrade" / "bindings"

LAYOUTS: Final = (
    "AddressWord, Bool, Bytes, Choice, FixedBytes, Int, "
    "Layout, Record, Results, Sequence, Text, Uint"
)


def main() -> int:
    """Exit code 0 when every binding is fresh, or has been made so."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    artifacts = [json.loads(path.read_text()) for path in sorted(ARTIFACTS.glob("*.json"))]
    return generate(artifacts, check=parser.parse_args().check)


def generate(artifacts: list[dict[str, Any]], *, check: bool) -> int:
    """Writes, or with `check` compares, all bindings. Exit code."""
    wanted = render(artifacts)
    known = {path.name: path.read_text() for path in BINDINGS.glob("*.py")}
    names = sorted(wanted.keys() | known.keys())
    for name in (name for name in names if wanted.get(name) != known.get(name)):
        if check:
            print(f"binding differs from the artifacts: {name}", file=sys.stderr)
        elif name in wanted:
            (BINDINGS / name).write_text(wanted[name])
        else:
            (BINDINGS / name).unlink()
    return int(check and wanted != known)


def render(artifacts: list[dict[str, Any]], package: str = "pargrade.bindings") -> dict[str, str]:
    """File name and text of every binding, as modules of `package`."""
    names, errors = struct_names(artifacts), error_names(artifacts)
    files = {
        "__init__.py": f'"""Typed access to every contract, one module each.\n\n{NOTE}\n"""\n',
        "structs.py": structs_module(artifacts, names),
        "errors.py": errors_module(artifacts, errors, names, package),
    }
    for artifact in artifacts:
        name = f"{snake(artifact['contractName'])}.py"
        files[name] = contract_module(artifact, errors, names, package)
    return {name: _formatted(text) for name, text in files.items()}


def _formatted(text: str) -> str:
    """The text with only the imports it needs, in order, and laid out like the rest of the code."""
    text = text.replace(
        "from pargrade.chain.abi import *", f"from pargrade.chain.abi import {LAYOUTS}"
    )
    # Isolated: the repository's own settings leave generated files alone.
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
