"""Folders of generated files: write what changed, or compare."""

import sys
from collections.abc import Mapping
from pathlib import Path


def update_files(folder: Path, suffix: str, wanted: Mapping[str, str], *, refusal: str = "") -> int:
    """Make the files with a suffix in a folder those of `wanted`, text by file name.

    With a `refusal` nothing is written: each difference is printed to stderr after this text.
    Returns the exit code: 1 for a refused difference, else 0.
    """
    known = {path.name: path.read_text() for path in folder.glob(f"*{suffix}")}
    names = sorted(wanted.keys() | known.keys())
    differing = [name for name in names if wanted.get(name) != known.get(name)]
    for name in differing:
        if refusal:
            print(f"{refusal}: {name}", file=sys.stderr)
            continue
        if name in wanted:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(wanted[name])
        else:
            (folder / name).unlink()
        print(f"{'wrote' if name in wanted else 'removed'} {name}", file=sys.stderr)
    return int(bool(refusal) and bool(differing))
