"""Solidity that other contracts import: every interface, and what interfaces themselves import."""

import re
from pathlib import Path, PurePosixPath
from typing import Final

from contracts.codegen.sources import CONTRACTS

SOURCES: Final = CONTRACTS / "src"
PRAGMA: Final = "pragma solidity ^0.8.20;"
"""From the oldest compiler that reads them: user-defined operators (0.8.19), PUSH0 (0.8.20)."""

_PINNED: Final = re.compile(r"^pragma solidity [\d.]+;$", re.MULTILINE)
_RELATIVE: Final = re.compile(r'from "(\.[^"]+)"')


def interface_sources() -> dict[str, str]:
    """Text by path inside the package: interfaces/ and libraries/, with a pragma for a range."""
    waiting = sorted((SOURCES / "interfaces").glob("*.sol"))
    found: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        name = path.relative_to(SOURCES).as_posix()
        if name in found:
            continue
        text, changed = _PINNED.subn(PRAGMA, path.read_text())
        if changed != 1:
            raise SystemExit(f"{name} has {changed} pragmas, not one")
        found[name] = text
        waiting += [_imported(path, target) for target in _RELATIVE.findall(text)]
    return dict(sorted(found.items()))


def _imported(path: Path, target: str) -> Path:
    imported = (path.parent / PurePosixPath(target)).resolve()
    if not imported.is_relative_to(SOURCES):
        raise SystemExit(f"{path.name} imports {target}, which is outside the sources")
    return imported
