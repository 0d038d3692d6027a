"""One endpoint of several at a time, for a sequence of requests that must not change endpoint."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from pargrade.chain.answers import Decoder
from pargrade.chain.endpoint.health import EndpointReport, PoolPolicy
from pargrade.chain.endpoint.json_rpc import JsonRpc
from pargrade.chain.endpoint.lookout import Member
from pargrade.chain.endpoint.pool import EndpointPool
from pargrade.chain.errors import RpcDown, RpcRefused
from pargrade.chain.rpc import Chain

T = TypeVar("T")


class _Pinned:
    """One endpoint that is asked; the others of the pool give opinions, and take transactions."""

    def __init__(self, rpc: JsonRpc, pool: EndpointPool) -> None:
        self._rpc = rpc
        self._pool = pool

    @property
    def endpoint(self) -> str:
        return self._rpc.endpoint

    def ask(self, method: str, params: tuple[Any, ...], decode: Decoder[T]) -> T:
        return self._rpc.ask(method, params, decode)

    def ask_all(self, method: str, many: Sequence[tuple[Any, ...]], decode: Decoder[T]) -> list[T]:
        return self._rpc.ask_all(method, many, decode)

    def opinions(self) -> tuple[JsonRpc, ...]:
        others = (rpc for rpc in self._pool.opinions() if rpc is not self._rpc)
        return (self._rpc, *others)

    def report(self) -> tuple[EndpointReport, ...]:
        return self._pool.report()

    def close(self) -> None:
        self._pool.close()


class Endpoints:
    """Safe to share between threads. Every endpoint must prove its chain id before it is used."""

    def __init__(
        self,
        urls: tuple[str, ...],
        chain_id: int,
        timeout: float,
        policy: PoolPolicy | None = None,
    ) -> None:
        """The first URL is preferred. `timeout` is in seconds, per request."""
        self.chain_id = chain_id
        self._pool = EndpointPool(urls, chain_id, timeout, policy)
        self._chains = {member: self._chain_at(member) for member in self._pool.members}

    def check(self) -> None:
        """Asks all of them. Raises WrongChain if one is of another chain, RpcDown if none answers.

        An endpoint of another chain is a mistake in the configuration, and is better met now than
        on the day when the others are down.
        """
        self._pool.check()

    @contextmanager
    def use(self) -> Iterator[Chain]:
        """The chain through the endpoint of the moment. Raises RpcDown when no endpoint answers.

        When the endpoint fails inside, the next use gets another one: what was begun on one
        endpoint is never finished on a second one that may be some blocks behind. After a failure
        also the same endpoint is another `Chain` object.
        """
        member: Member = self._pool.pick()
        try:
            yield self._chains[member]
        except (RpcDown, RpcRefused) as failure:
            if self._pool.note_failure(member, failure):
                # Behind the same address may be another node by the next time, so who keeps what
                # this one knew, a nonce for one, has to see that it is another chain.
                self._chains[member] = self._chain_at(member)
            raise
        self._pool.note_success(member)

    def _chain_at(self, member: Member) -> Chain:
        return Chain(_Pinned(member.rpc, self._pool), self.chain_id)

    def report(self) -> tuple[EndpointReport, ...]:
        """How well each endpoint is, without asking them."""
        return self._pool.report()
