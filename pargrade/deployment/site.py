"""Where a deployment may be written: a file that names nothing still in use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.draft import Draft, EarlierRuns
from pargrade.deployment.file import DeployedGrade, Deployment, default_path
from pargrade.errors import PargradeError


class AlreadyDeployed(PargradeError):
    """A deployment file that is in use."""

    hint = "Take another file with --deployment, or --force to forget this deployment."

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} names contracts that are on this chain")


class NoRoom(PargradeError):
    """A place where no file can be written, found out before anything is on chain."""

    hint = "Name a file in a folder of yours with --deployment."

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} cannot be written")


@dataclass(frozen=True, slots=True)
class Site:
    """The file a deployment is written to, and the one it goes on with."""

    path: Path
    known: Deployment | None
    """What the file says, when its contracts are on this chain; None where nothing is kept."""

    def require_same(self, addresses: Mapping[str, Address]) -> None:
        """Raises AlreadyDeployed when the file is of other contracts than those at `addresses`."""
        if self.known is None:
            return
        if any(self.known.address(name) != where for name, where in addresses.items()):
            raise AlreadyDeployed(self.path)

    @property
    def earlier(self) -> EarlierRuns:
        """What earlier runs left: the file, or a draft of it."""
        known = {} if self.known is None else self.known.contracts
        blocks = {name: contract.block for name, contract in known.items()}
        return EarlierRuns(blocks, None if self.known else Draft.beside(self.path))

    def record(self, placed: Deployment) -> Deployment:
        """Writes what was placed, with everything that the file knows by now of the same contracts.

        Raises FileBusy.
        """
        if self.known is None:
            placed.write(self.path)
            Draft.beside(self.path).end()
            return placed
        return Deployment.amend(self.path, lambda known: _joined(known, placed))


def add_grades(path: Path, grades: Mapping[str, DeployedGrade]) -> Deployment:
    """Writes grades into a deployment file, each under its symbol. Raises FileBusy."""
    return Deployment.amend(path, lambda known: replace(known, grades={**known.grades, **grades}))


def _joined(known: Deployment, placed: Deployment) -> Deployment:
    return replace(known, contracts={**placed.contracts, **known.contracts})


def find_site(chain: Chain, named: Path | None, *, force: bool) -> Site:
    """Where a deployment may be written.

    A file whose contracts are gone, as after a development chain was restarted, may be replaced;
    one whose contracts are on this chain is gone on with. Raises NoRoom; AlreadyDeployed for a file
    of another chain, and BadDeployment for a file that is none: `force` allows both.
    """
    path = named or default_path(chain.chain_id)
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise NoRoom(path)
    if force or not path.exists():
        return Site(path, None)
    known = Deployment.read(path)
    if known.chain_id != chain.chain_id:
        raise AlreadyDeployed(path)
    is_here = any(chain.code(c.address, block=Tag.LATEST) for c in known.contracts.values())
    return Site(path, known if is_here else None)
