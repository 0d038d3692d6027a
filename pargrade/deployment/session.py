"""A chain together with what Pargrade has deployed on it."""

from dataclasses import dataclass
from pathlib import Path

from pargrade.chain.endpoint.url import split_urls
from pargrade.chain.errors import WrongChain
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment, default_path


@dataclass(frozen=True, slots=True)
class Session:
    """A chain and what Pargrade has deployed on it."""

    chain: Chain
    deployment: Deployment
    path: Path
    """Where the deployment was read from, and is written back to."""


def open_session(rpc_url: str, deployment: Path | None) -> Session:
    """The chain at `rpc_url` and its deployment file.

    Several URLs of independent operators are separated by commas: see `Chain.connect`.
    Raises RpcDown, NoDeployment, BadDeployment, and WrongChain when the file is of another chain.
    """
    known = None if deployment is None else Deployment.read(deployment)
    chain = Chain.connect(*split_urls(rpc_url), expected=known.chain_id if known else None)
    path = deployment or default_path(chain.chain_id)
    found = known or Deployment.read(path)
    # Its name may promise another chain than its content.
    if found.chain_id != chain.chain_id:
        raise WrongChain(chain.endpoint, found.chain_id, chain.chain_id)
    return Session(chain, found, path)
