"""Programs of Debian's packages, from PATH or unpacked without being installed."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pargrade-tests"


def program(package: str, path: str) -> str:
    """Where a program is, by its path in a package. Fails the test where it can be had in no way.

    One of several test processes fetches the package, the others find it then.
    """
    found = shutil.which(Path(path).name)
    if found is not None:
        return found
    unpacked = CACHE / package / path
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not unpacked.exists():
            _fetch(package)
    return str(unpacked)


def _fetch(package: str) -> None:
    try:
        download = ["apt-get", "download", package]
        if subprocess.run(download, cwd=CACHE, capture_output=True, check=False).returncode:
            subprocess.run(["apt-get", "update"], capture_output=True, timeout=120, check=True)
            subprocess.run(download, cwd=CACHE, capture_output=True, check=True)
        [found] = sorted(CACHE.glob(f"{package}_*.deb"))[-1:]
        subprocess.run(["dpkg", "-x", found, CACHE / package], check=True)
    except (OSError, ValueError, subprocess.SubprocessError) as failure:
        pytest.fail(f"no {package}: install Debian's package of this name; {failure}")
