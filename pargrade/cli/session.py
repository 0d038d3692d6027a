"""What a command works with: a chain, the deployment on it, and a wallet when it writes."""

from dataclasses import dataclass
from pathlib import Path

from pargrade.chain.deployments import Deployment, default_path
from pargrade.chain.devnet import DEVNET_CHAIN_ID
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.demo.cast import Actor
from pargrade.errors import PargradeError


class NoKey(PargradeError):
    """A command that signs was given no key."""

    hint = "Set PARGRADE_KEY, or give --key. Development chains need none."

    def __init__(self) -> None:
        super().__init__("this command signs a transaction and has no key")


@dataclass(frozen=True, slots=True)
class Session:
    """A chain and what Pargrade has deployed on it."""

    chain: Chain
    deployment: Deployment
    path: Path
    """Where the deployment was read from, and is written back to."""


def open_session(rpc_url: str, deployment: Path | None) -> Session:
    """The chain at `rpc_url` and its deployment file.

    Raises RpcDown, NoDeployment, BadDeployment, and WrongChain when the file is of another chain.
    """
    known = None if deployment is None else Deployment.read(deployment)
    chain = Chain.connect(rpc_url, expected=known.chain_id if known else None)
    path = deployment or default_path(chain.chain_id)
    return Session(chain, known or Deployment.read(path), path)


def open_wallet(chain: Chain, key: str, stand_in: Actor | None = None) -> Wallet:
    """A wallet for the key a person gave. Raises NoKey, BadKey.

    On a development chain, whose keys everyone knows, `stand_in` acts where no key was given.
    """
    if key:
        return Wallet(chain, Key.parse(key))
    if stand_in is None or chain.chain_id != DEVNET_CHAIN_ID:
        raise NoKey
    return Wallet(chain, stand_in.key)
