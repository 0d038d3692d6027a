"""Records of the deep runs: JSON files in contracts/assurance, written by its tools."""

import argparse
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any, Final

from contracts.codegen.sources import ARTIFACTS, CONTRACTS, ROOT

ASSURANCE: Final = CONTRACTS / "assurance"


def contracts_hash(artifacts: Path = ARTIFACTS) -> str:
    """Hash of the code that ships, 16 hexadecimal digits: names and creation bytecode.

    Comments and layout of the sources do not change it, because bytecode holds no hash of them.
    """
    digest = hashlib.sha256()
    for path in sorted(artifacts.glob("*.json")):
        code = bytes.fromhex(json.loads(path.read_text())["bytecode"].removeprefix("0x"))
        digest.update(path.stem.encode() + b"\0" + hashlib.sha256(code).digest())
    return digest.hexdigest()[:16]


def current_commit() -> str:
    """The checked out commit, 12 digits, with `+` if sources or tests of the contracts differ."""
    changed = _git("status", "--porcelain", "--", "contracts/src", "contracts/test")
    return _git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


def read_record(tool: str) -> Any:
    """The rows of a tool's record; empty before its first run."""
    path = ASSURANCE / f"{tool}.json"
    return json.loads(path.read_text()) if path.exists() else []


def current_rows(tool: str) -> list[dict[str, Any]]:
    """The rows of a tool's record that are of the contracts as they are now."""
    now = contracts_hash()
    return [row for row in read_record(tool) if row["contracts"] == now]


def start_row(name: str) -> dict[str, Any]:
    """The first fields of a row: its name, the contracts and the commit as they are now."""
    return {"name": name, "contracts": contracts_hash(), "commit": current_commit()}


def write_record(tool: str, rows: Any) -> None:
    """Write the rows of a tool's record."""
    path = ASSURANCE / f"{tool}.json"
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def command_parser(description: str | None) -> argparse.ArgumentParser:
    """The argument parser of a tool, with the docstring of its module as help text."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
