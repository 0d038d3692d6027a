"""A copy of a chain's present state on a development chain, to try out on it what is to be done."""

from collections.abc import Iterator
from contextlib import contextmanager

from pargrade.chain.rpc import Chain
from pargrade.devnet.anvil import Devnet
from pargrade.errors import PargradeError


class CannotFork(PargradeError):
    """An endpoint that a development chain cannot read."""

    hint = "Give one http:// or ws:// endpoint with --rpc-url to rehearse on."

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"a fork reads its chain over HTTP or WebSocket, not from {url}")


@contextmanager
def forked(chain: Chain, url: str) -> Iterator[Devnet]:
    """A fork of the chain at its head, with its chain id; it ends with the block.

    Raises CannotFork, MissingAnvil, DevnetFailed.
    """
    if not url.startswith(("http://", "https://", "ws://", "wss://")) or "," in url:
        raise CannotFork(url)
    head = chain.head()
    with Devnet(genesis=head.timestamp, chain_id=chain.chain_id, fork_url=url) as devnet:
        yield devnet
