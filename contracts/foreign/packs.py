"""Packages of peers: fetched by name through npm, taken only with the recorded hash.

They are never installed: they lie unpacked in build/peers, which is not committed, and the lock
file does not know them.
"""

import base64
import hashlib
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pargrade.errors import PargradeError

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "build" / "peers"


class PackDiffers(PargradeError):
    """What npm brought is not what was recorded."""

    hint = "Remove the file and try again; if it stays, the registry serves something else."

    def __init__(self, path: Path, found: str, recorded: str) -> None:
        self.path, self.found, self.recorded = path, found, recorded
        super().__init__(f"{path.name} has sha512 {found}, recorded is {recorded}")


class PackMissing(PargradeError):
    """npm could not fetch a package."""

    hint = "The peers need npm and a registry; without --peers the benchmark needs neither."

    def __init__(self, spec: str, output: str) -> None:
        self.spec, self.output = spec, output
        super().__init__(f"npm pack {spec} failed: {output}")


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of a package, by the hash of its archive."""

    name: str
    version: str
    sha512: str
    """In base64, as npm's integrity has it."""
    within: str = ""
    """Only what lies under this folder of the package is unpacked."""

    def folder(self) -> Path:
        """Where its files are, fetching them if need be. Raises PackMissing, PackDiffers."""
        stem = f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}"
        archive, unpacked = FOLDER / f"{stem}.tgz", FOLDER / stem
        if not archive.is_file():
            self._fetch()
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != self.sha512:
            raise PackDiffers(archive, found, self.sha512)
        if not unpacked.is_dir():
            self._unpack(archive, unpacked)
        return unpacked

    def _fetch(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        spec = f"{self.name}@{self.version}"
        done = subprocess.run(  # noqa: S603 - names and versions are written in the sources
            ["npm", "pack", spec, "--silent", "--pack-destination", str(FOLDER)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        if done.returncode:
            raise PackMissing(spec, done.stderr.strip() or f"exit code {done.returncode}")

    def _unpack(self, archive: Path, to: Path) -> None:
        """All or nothing: a folder that is there is whole."""
        prefix = f"package/{self.within}"
        with tempfile.TemporaryDirectory(dir=FOLDER) as aside, tarfile.open(archive) as tar:
            wanted = [member for member in tar.getmembers() if member.name.startswith(prefix)]
            tar.extractall(aside, members=wanted, filter="data")
            os.replace(Path(aside) / "package", to)
