"""What a command works with: a chain, the deployment on it, and a wallet when it writes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pargrade.chain.call import Call
from pargrade.chain.deployments import Deployment, default_path
from pargrade.chain.keys import Key
from pargrade.chain.receipt import Receipt
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.errors import PargradeError


class NoKey(PargradeError):
    """A command that signs was given no key."""

    hint = "Set PARGRADE_KEY, or give --key; add --dry-run to see what would happen first."

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


def open_wallet(chain: Chain, key: str) -> Wallet:
    """A wallet for the key a person gave. Raises NoKey, BadKey."""
    if not key:
        raise NoKey
    return Wallet(chain, Key.parse(key))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call did, or in a dry run would do."""

    receipt: Receipt | None
    """None in a dry run."""
    gas: int
    """Used, or in a dry run estimated."""

    def told(self) -> dict[str, Any]:
        """The outcome for machines."""
        if self.receipt is None:
            return {"dry_run": True, "gas": self.gas}
        return {
            "dry_run": False,
            "gas": self.gas,
            "tx_hash": "0x" + self.receipt.tx_hash.hex(),
            "block": self.receipt.block.number,
        }


def perform(wallet: Wallet, call: Call[Any], *, dry_run: bool) -> Outcome:
    """Sends the call, or in a dry run only finds out whether and at what cost it would succeed."""
    if dry_run:
        return Outcome(None, wallet.estimate(call))
    receipt = wallet.send(call)
    return Outcome(receipt, receipt.gas_used)
