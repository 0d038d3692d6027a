"""Where a deployment may be written: a file that names nothing still in use."""

import os
from pathlib import Path

from pargrade.chain.block import Tag
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment, default_path
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


def free_path(chain: Chain, named: Path | None, *, force: bool) -> Path:
    """The file a deployment may be written to.

    A file whose contracts are gone, as after a development chain was restarted, may be replaced.
    Raises NoRoom; AlreadyDeployed, and BadDeployment for a file that is none: `force` allows both.
    """
    path = named or default_path(chain.chain_id)
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise NoRoom(path)
    if force or not path.exists():
        return path
    known = Deployment.read(path)
    elsewhere = known.chain_id != chain.chain_id
    if elsewhere or any(chain.code(c.address, block=Tag.LATEST) for c in known.contracts.values()):
        raise AlreadyDeployed(path)
    return path
