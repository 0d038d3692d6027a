"""The people and the token that `pargrade deploy` is given in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from pargrade.chain.block import Tag
from pargrade.chain.development import is_development
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.parse import account, accounts
from pargrade.deployment.token import Token
from pargrade.devnet.accounts import COUNCIL, CURATOR, GUARDIAN, REPORTERS
from pargrade.errors import PargradeError


class NotNamed(PargradeError):
    """A role that a deployment outside development chains has to name."""

    def __init__(self, option: str) -> None:
        self.option = option
        self.hint = f"Give --{option}; only development chains have defaults."
        super().__init__(f"nobody is named as {option}")


class NoCuratorKey(PargradeError):
    """Grades to list, and no key at hand that may list them."""

    hint = "Sign with a curator's key, or leave the grades out with --no-devnet-grades."

    def __init__(self) -> None:
        super().__init__("none of the curators' keys is at hand to list the grades")


@dataclass(frozen=True, slots=True)
class People:
    """Who gets which role. None of the lists is empty, and no address is zero."""

    reporters: tuple[Address, ...]
    curators: tuple[Address, ...]
    guardians: tuple[Address, ...]
    council: tuple[Address, ...]
    admin: Address | None
    """None leaves the deploying wallet in charge, without delay: development chains only."""


def people(
    chain: Chain,
    reporters: Sequence[str],
    curators: Sequence[str],
    guardians: Sequence[str],
    council: Sequence[str],
    admin: str | None,
) -> People:
    """The people named in options, or on a development chain the well-known ones.

    Raises NotNamed, BadAddress, NoAccount.
    """
    devnet = is_development(chain.chain_id)
    if admin is None and not devnet:
        raise NotNamed("admin")
    return People(
        _named("reporters", reporters, devnet, tuple(r.address for r in REPORTERS)),
        _named("curator", curators, devnet, (CURATOR.address,)),
        _named("guardian", guardians, devnet, (GUARDIAN.address,)),
        _named("council", council, devnet, (COUNCIL.address,)),
        None if admin is None else account(admin, "the admin"),
    )


def curator_wallet(deployer: Wallet, named: People) -> Wallet:
    """A wallet that may list grades: the deployer's, or the well-known curator's.

    Raises NoCuratorKey.
    """
    if deployer.address in named.curators:
        return deployer
    if is_development(deployer.chain.chain_id) and CURATOR.address in named.curators:
        return Wallet(deployer.chain, CURATOR.key, deployer.policy)
    raise NoCuratorKey


def token_at(chain: Chain, text: str) -> Address:
    """The address of a token that answers as one. Raises BadAddress, NoContract."""
    return Token.read(chain, parse_address(text), Tag.LATEST).contract.address


def _named(
    option: str, texts: Sequence[str], devnet: bool, otherwise: tuple[Address, ...]
) -> tuple[Address, ...]:
    if texts:
        return accounts(texts, f"the {option}")
    if not devnet:
        raise NotNamed(option)
    return otherwise
