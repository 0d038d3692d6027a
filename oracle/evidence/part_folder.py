"""A part of an archive on disk: files that are there together or not at all.

A part is written under another name, synced and then renamed.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from oracle.evidence.evidence import MOST_BYTES


def write_part(archive: Path, name: str, fill: Callable[[Path], None]) -> None:
    """Write a part of an archive's folder, unless it exists; `fill` puts the files into a folder.

    Raises OSError, and what `fill` raises.
    """
    final = archive / name
    if final.is_dir():
        return
    fresh = final.with_name(f".new-{final.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    fill(fresh)
    for path in (*fresh.iterdir(), fresh):
        _sync(path)
    fresh.rename(final)
    # The names of the folders above the part have to survive a power cut too.
    for parent in (final.parent, archive, archive.parent):
        _sync(parent)


def parts_of(archive: Path, day: str = "*") -> list[Path]:
    """The parts of a day (`2026-03-04`) or of all, newest day first."""
    return sorted(archive.glob(f"day={day}/part-*"), reverse=True)


def require_small(path: Path, most: int = MOST_BYTES) -> None:
    """Raises ValueError for a file that nobody here wrote, OSError."""
    if path.stat().st_size > most:
        raise ValueError(f"{path}: more than {most} bytes")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
