"""Endpoints that are asked one by one: what they all say is believed, and nothing else.

A pool takes the first endpoint that is well. That is right for who sends transactions, which the
chain itself checks. Who attests is believed by a contract that sees nothing of the other chain: for
him an endpoint that is poisoned while the other is flooded must give no signature (April 2026).
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, Self, TypeVar

from bridge.gate.witness.host import host_of
from bridge.gate.witness.lag import Lag, LagWatch
from bridge.ledger.finality import Finality
from pargrade.chain.block import BlockStamp
from pargrade.chain.block_reader import read_blocks
from pargrade.chain.errors import ChainError, Reverted, WrongChain
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log
from pargrade.chain.rpc import Chain
from pargrade.errors import PargradeError

T = TypeVar("T")

_log: Final = logging.getLogger("bridge.gate")


class EndpointsDiffer(ChainError):
    """Endpoints of one chain say different things. Nothing is signed while they do."""

    hint = "Find out which one is wrong, and replace it; nothing is attested until then."

    def __init__(self, what: str, endpoints: Sequence[str]) -> None:
        self.what = what
        self.endpoints = tuple(endpoints)
        super().__init__(f"{' and '.join(endpoints)} differ about {what}")


class TooFewEndpoints(ChainError):
    """Fewer endpoints say something than have to agree."""

    hint = "Name more endpoints of independent operators, or bring back those that are down."

    def __init__(self, what: str, found: int, least: int) -> None:
        self.what = what
        self.found = found
        self.least = least
        super().__init__(f"{found} endpoints say {what}, and {least} have to agree")


class EndpointLags(ChainError):
    """An endpoint has been behind another one for too long. Nothing is believed while it is.

    What is final is the lowest head of all, so one that stands still would hide whatever came after
    and nobody would know.
    """

    hint = "See which one an explorer bears out, and replace the other in rpc_urls."

    def __init__(self, lag: Lag) -> None:
        self.lag = lag
        super().__init__(f"{lag.behind} does not come to block {lag.height}, which {lag.ahead} had")


class BadEndpoints(PargradeError):
    """Fewer different endpoints are named than have to agree."""

    hint = "Name at least two endpoints of independent operators for each chain in rpc_urls."

    def __init__(self, chain_id: int, found: int, least: int) -> None:
        self.chain_id = chain_id
        super().__init__(f"chain {chain_id}: {found} different endpoints, at least {least} are due")


class Witnesses:
    """One chain through all its endpoints. For one thread at a time."""

    def __init__(
        self,
        urls: Sequence[str],
        chain_id: int,
        *,
        least: int = 2,
        timeout: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`least` endpoints have to answer, and all that do have to agree. Raises BadEndpoints.

        An endpoint that is down now may come back: none is asked yet. `clock` gives monotonic
        seconds.
        """
        # Two addresses of one host are one operator's.
        by_host = {host_of(url): url for url in reversed(urls)}
        self.urls = tuple(by_host.values())[::-1]
        self._hosts = frozenset(by_host)
        if len(self.urls) < least:
            raise BadEndpoints(chain_id, len(self.urls), least)
        self.chain_id = chain_id
        self._least = least
        self._timeout = timeout
        self._chains: dict[str, Chain] = {}
        self._lags = LagWatch(clock)

    @classmethod
    def trusting(cls, chain: Chain, urls: Sequence[str]) -> Self:
        """One witness: for who sends what the chain itself checks, or looks at his own.

        `urls` are those that `chain` takes its pick of.
        """
        found = cls((chain.endpoint,), chain.chain_id, least=1)
        found._chains[found.urls[0]] = chain
        found._hosts = frozenset(map(host_of, urls))
        return found

    @property
    def rule(self) -> str:
        """Who is believed: `2 of a.example b.example`. What is known by another rule is not."""
        return f"{self._least} of {' '.join(sorted(self._hosts))}"

    def agree(self, what: str, read: Callable[[Chain], T]) -> T:
        """What all endpoints that answer say. Raises EndpointsDiffer, TooFewEndpoints.

        A revert that all of them report is raised as it is.
        """
        found: dict[str, T | Reverted] = {}
        for chain, failure in self._each(read):
            if not isinstance(failure, ChainError) or isinstance(failure, Reverted):
                found[chain] = failure
        if len(found) < self._least:
            raise TooFewEndpoints(what, len(found), self._least)
        endpoints = list(found)
        first = found[endpoints[0]]
        for endpoint in endpoints[1:]:
            if not _is_same(found[endpoint], first):
                raise EndpointsDiffer(what, (endpoints[0], endpoint))
        if isinstance(first, Reverted):
            raise first
        return first

    def final_head(self, finality: Finality) -> BlockStamp:
        """The newest block that is final at every endpoint that answers.

        Raises EndpointsDiffer, TooFewEndpoints, EndpointLags.
        """
        heads = self._heads(finality.head, "what is final")
        self._lags.note({endpoint: head.number for endpoint, head in heads.items()})
        lag = self._lags.longest()
        if lag is not None:
            raise EndpointLags(lag)
        found = set(heads.values())
        return found.pop() if len(found) == 1 else self.block(min(head.number for head in found))

    def block(self, number: int) -> BlockStamp:
        """The block at a height. Raises EndpointsDiffer, TooFewEndpoints."""
        return self.agree(f"block {number}", lambda chain: chain.block(number))

    def blocks(self, numbers: Sequence[int]) -> list[BlockStamp]:
        """The blocks at these heights. Raises EndpointsDiffer, TooFewEndpoints."""
        what = f"{len(numbers)} blocks from {numbers[0]} on" if numbers else "no blocks"
        return self.agree(what, lambda chain: read_blocks(chain, numbers))

    def logs(
        self, addresses: Sequence[Address], topics: tuple[bytes, ...], first: int, last: int
    ) -> list[Log]:
        """Logs of blocks first to last, in chain order. Raises EndpointsDiffer, TooFewEndpoints."""

        def read(chain: Chain) -> list[Log]:
            return chain.logs(addresses, first=first, last=last, topics=(topics,))

        return self.agree(f"the logs of blocks {first} to {last}", read)

    def newest_time(self) -> int:
        """The latest time that any endpoint's head has, Unix seconds. Raises TooFewEndpoints."""
        heads = self._heads(Chain.head, "their newest block")
        return max(head.timestamp for head in heads.values())

    def close(self) -> None:
        """Closes this thread's connections."""
        for chain in self._chains.values():
            chain.close()

    def _heads(self, read: Callable[[Chain], BlockStamp], what: str) -> dict[str, BlockStamp]:
        """A block of each endpoint that answers. Raises TooFewEndpoints."""
        found = {
            endpoint: head for endpoint, head in self._each(read) if isinstance(head, BlockStamp)
        }
        if len(found) < self._least:
            raise TooFewEndpoints(what, len(found), self._least)
        return found

    def _each(self, read: Callable[[Chain], T]) -> list[tuple[str, T | ChainError]]:
        """What every endpoint says, or why it does not."""
        found: list[tuple[str, T | ChainError]] = []
        for url in self.urls:
            try:
                found.append((host_of(url), read(self._connect(url))))
            except WrongChain:
                raise
            except ChainError as failure:
                _log.debug("%s", failure)
                found.append((host_of(url), failure))
        return found

    def _connect(self, url: str) -> Chain:
        if url not in self._chains:
            self._chains[url] = Chain.connect(url, expected=self.chain_id, timeout=self._timeout)
        return self._chains[url]


def _is_same(left: object, right: object) -> bool:
    """Reverts are compared by what the contract gave back."""
    if isinstance(left, Reverted) and isinstance(right, Reverted):
        return type(left) is type(right) and left.data == right.data
    return bool(left == right)
