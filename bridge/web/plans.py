"""Hedge plans and results in a folder, as the page lists and reads them."""

import re
from pathlib import Path
from typing import Any, Final

from pargrade.errors import PargradeError

MOST_FILES: Final = 200
"""The newest that are listed."""
MOST_BYTES: Final = 4 << 20

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.json")


class NoPlan(PargradeError):
    """A plan that is not in the folder, or too large to be one."""

    def __init__(self, name: str) -> None:
        self.hint = f"Plans are .json files of at most {MOST_BYTES >> 20} MiB in the plans folder."
        super().__init__(f"no plan {ascii(name)[:130]}")


def list_plans(folder: Path) -> list[dict[str, Any]]:
    """Name, size in bytes and time of each file, unix seconds, newest first."""
    found = []
    for path in folder.glob("*.json"):
        try:
            stat = path.stat()
        except OSError:
            continue
        if _NAME.fullmatch(path.name) and path.is_file() and stat.st_size <= MOST_BYTES:
            found.append((-int(stat.st_mtime), path.name, stat.st_size))
    return [
        {"name": name, "bytes": size, "written_at": -newest}
        for newest, name, size in sorted(found)[:MOST_FILES]
    ]


def read_plan(folder: Path, name: str) -> bytes:
    """A file's bytes. Raises NoPlan."""
    path = folder / name
    if not _NAME.fullmatch(name) or not path.resolve().is_relative_to(folder.resolve()):
        raise NoPlan(name)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise NoPlan(name)
        return path.read_bytes()
    except OSError:
        raise NoPlan(name) from None
