"""Where a deployment is to go: the people in it, the chain, and the file that will name it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.parse import account, accounts
from pargrade.deployment.file import Deployment, default_path
from pargrade.deployment.token import Token
from pargrade.devnet.accounts import CURATOR, GUARDIAN, REPORTERS
from pargrade.devnet.anvil import DEVNET_CHAIN_ID
from pargrade.errors import PargradeError

_MOST_REPORTERS: Final = 32


class NotNamed(PargradeError):
    """A role that a deployment outside development chains has to name."""

    def __init__(self, option: str) -> None:
        self.option = option
        self.hint = f"Give --{option}; only development chains have defaults."
        super().__init__(f"nobody is named as {option}")


class BadReporters(PargradeError):
    """Reporters the contract would refuse."""

    hint = "Name 1 to 32 different reporters."


class BadHash(PargradeError):
    """Text that is not a hash, or the hash of nothing."""

    hint = "Give 32 bytes as 0x and 64 hex digits."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not a method hash")


class NoCuratorKey(PargradeError):
    """Grades to list, and no key at hand that may list them."""

    hint = "Sign with a curator's key, or leave the grades out with --no-devnet-grades."

    def __init__(self) -> None:
        super().__init__("none of the curators' keys is at hand to list the grades")


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
class People:
    """Who gets which role. None of the lists is empty, and no address is zero."""

    reporters: tuple[Address, ...]
    curators: tuple[Address, ...]
    guardians: tuple[Address, ...]
    admin: Address | None
    """None leaves the deploying wallet in charge, without delay: development chains only."""


def people(
    chain: Chain,
    reporters: Sequence[str],
    curators: Sequence[str],
    guardians: Sequence[str],
    admin: str | None,
) -> People:
    """The people named in options, or on a development chain the well-known ones.

    Raises NotNamed, BadReporters, BadAddress, NoAccount.
    """
    devnet = chain.chain_id == DEVNET_CHAIN_ID
    if admin is None and not devnet:
        raise NotNamed("admin")
    found = People(
        _named("reporters", reporters, devnet, tuple(r.address for r in REPORTERS)),
        _named("curator", curators, devnet, (CURATOR.address,)),
        _named("guardian", guardians, devnet, (GUARDIAN.address,)),
        None if admin is None else account(admin, "the admin"),
    )
    count = len(found.reporters)
    if len(set(found.reporters)) < count:
        raise BadReporters("a reporter is named twice")
    if count > _MOST_REPORTERS:
        raise BadReporters(f"{count} reporters are more than {_MOST_REPORTERS}")
    return found


def curator_wallet(deployer: Wallet, named: People) -> Wallet:
    """A wallet that may list grades: the deployer's, or the well-known curator's.

    Raises NoCuratorKey.
    """
    if deployer.address in named.curators:
        return deployer
    if deployer.chain.chain_id == DEVNET_CHAIN_ID and CURATOR.address in named.curators:
        return Wallet(deployer.chain, CURATOR.key)
    raise NoCuratorKey


def token_at(chain: Chain, text: str) -> Address:
    """The address of a token that answers as one. Raises BadAddress, NoContract."""
    return Token.read(chain, parse_address(text), Tag.LATEST).contract.address


def method_hash(text: str) -> bytes:
    """A 32-byte hash from hexadecimal. Raises BadHash, for zero too."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise BadHash(text) from None
    if len(raw) != 32 or not any(raw):
        raise BadHash(text)
    return raw


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


def _named(
    option: str, texts: Sequence[str], devnet: bool, otherwise: tuple[Address, ...]
) -> tuple[Address, ...]:
    if texts:
        return accounts(texts, f"the {option}")
    if not devnet:
        raise NotNamed(option)
    return otherwise
