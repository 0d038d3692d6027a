"""A pool for who works on one endpoint at a time, and finishes nothing on another one."""

from collections.abc import Iterator
from contextlib import contextmanager

from pargrade.chain.endpoint_health import EndpointReport, PoolPolicy
from pargrade.chain.endpoint_lookout import Member
from pargrade.chain.endpoint_pool import EndpointPool
from pargrade.chain.errors import RpcDown, RpcRefused
from pargrade.chain.refusals import Fault, find_fault
from pargrade.chain.rpc import Chain


class Endpoints:
    """Safe to share between threads. Every endpoint must prove its chain id before it is used."""

    def __init__(
        self, urls: tuple[str, ...], chain_id: int, timeout: float, policy: PoolPolicy | None = None
    ) -> None:
        """`timeout` is in seconds, per request. Raises RpcDown for a bad address."""
        self.chain_id = chain_id
        self._pool = EndpointPool(urls, chain_id, timeout, policy)
        self._chains: dict[Member, Chain] = {}

    def check(self) -> None:
        """Looks at all. Raises WrongChain if one is of another chain, RpcDown if all fail."""
        self._pool.check()

    @contextmanager
    def use(self) -> Iterator[Chain]:
        """The chain through the endpoint of the moment. Raises RpcDown when no endpoint answers.

        When the endpoint fails inside, the next use gets another one: what was begun on one
        endpoint is never finished on a second one that may be some blocks behind.
        """
        member = self._pool.pick()
        try:
            yield self._chains.setdefault(member, Chain(member.rpc, self.chain_id))
        except RpcDown as failure:
            self._pool.blame(member, failure)
            raise
        except RpcRefused as refused:
            if find_fault(refused) is Fault.ENDPOINT:
                self._pool.blame(member, refused)
            raise

    def report(self) -> tuple[EndpointReport, ...]:
        """How well each endpoint is, without asking them."""
        return self._pool.report()
