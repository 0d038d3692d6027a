"""Looks at the endpoints of a pool every few seconds: chain id, head, lag behind the others."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pargrade.chain.answers import read_quantity
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoint.health import EndpointReport, Health, PoolPolicy
from pargrade.chain.endpoint.json_rpc import JsonRpc
from pargrade.chain.errors import ChainError, RpcDown, RpcRefused, WrongChain

Clock = Callable[[], float]
"""Seconds, monotonic."""


@dataclass(slots=True, eq=False)
class Member:
    """One endpoint of a pool."""

    rpc: JsonRpc
    probe: JsonRpc
    """The same endpoint with less patience."""
    health: Health


class Lookout:
    """The endpoints and their health. Safe to share between threads; whoever asks looks."""

    def __init__(
        self,
        urls: tuple[str, ...],
        chain_id: int | None,
        timeout: float,
        policy: PoolPolicy,
        clock: Clock = time.monotonic,
    ) -> None:
        """Without a chain id, that of the first endpoint that answers is taken."""
        self.chain_id = chain_id
        self._policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._looked: float | None = None
        patience = min(timeout, policy.probe_timeout_s)
        self.members = tuple(
            Member(JsonRpc(url, timeout), JsonRpc(url, patience), Health(policy)) for url in urls
        )

    def look_when_due(self) -> list[ChainError]:
        """Looks at those that are well when the last look is long ago, and at those rested.

        Gives the failures met.
        """
        now = self._clock()
        is_due = self._looked is None or now - self._looked >= self._policy.probe_s
        chosen = tuple(
            each
            for each in self.members
            if (is_due if each.health.proven else each.health.rests_until <= now)
        )
        return self._look_at_all(chosen, is_round=is_due) if chosen else []

    def look(self, *, wait: bool = False) -> list[ChainError]:
        """Looks at all endpoints; their failures, in order.

        While another thread looks, nothing is done, or with `wait` a look of one's own follows it.
        """
        return self._look_at_all(self.members, is_round=True, wait=wait)

    def fit(self) -> list[Member]:
        """The endpoints that are well, the preferred one first."""
        now = self._clock()
        with self._lock:
            best = self._best()
            return [each for each in self.members if each.health.is_fit(now, best)]

    def proven(self) -> list[Member]:
        """The endpoints whose last look went well, lagging or not, the preferred one first."""
        return [each for each in self.members if each.health.proven]

    def last_failure(self) -> RpcDown:
        """Why the preferred endpoint cannot be used."""
        first = self.members[0]
        return RpcDown(first.rpc.endpoint, first.health.last_failure)

    def is_wrong(self, member: Member) -> bool:
        """Whether the endpoint was last seen to serve another chain."""
        return member.health.chain_id not in (None, self.chain_id)

    def blame(self, member: Member, failure: ChainError) -> None:
        """Notes a failure: the endpoint rests, and is used again once a look finds it well."""
        with self._lock:
            member.health.fail(self._clock(), str(failure))

    def praise(self, member: Member) -> None:
        """Notes an answer."""
        with self._lock:
            member.health.succeed()

    def report(self) -> tuple[EndpointReport, ...]:
        """How well each endpoint is, without asking them."""
        now = self._clock()
        with self._lock:
            best = self._best()
            return tuple(
                EndpointReport.of(each.rpc.endpoint, each.health, now, best)
                for each in self.members
            )

    def _look_at_all(
        self, members: tuple[Member, ...], *, is_round: bool, wait: bool = False
    ) -> list[ChainError]:
        # One thread looks; the others go on with what is known, once anything is.
        if not self._looking.acquire(blocking=wait or self._looked is None):
            return []
        try:
            failures = [failure for each in members if (failure := self._look_at(each))]
            now = self._clock()
            with self._lock:
                best = self._best()
                for member in self.members:
                    member.health.compare(now, best)
            if is_round:
                self._looked = now
            return failures
        finally:
            self._looking.release()

    def _look_at(self, member: Member) -> ChainError | None:
        try:
            found = member.probe.ask("eth_chainId", (), read_quantity)
            if self.chain_id is None:
                self.chain_id = found
            member.health.chain_id = found
            if found != self.chain_id:
                raise WrongChain(member.rpc.endpoint, self.chain_id, found)
            head = member.probe.ask("eth_getBlockByNumber", ("latest", False), BlockStamp.of)
        except (RpcDown, RpcRefused, WrongChain) as failure:
            self.blame(member, failure)
            return failure
        with self._lock:
            member.health.see(self._clock(), head)
        return None

    def _best(self) -> int:
        known = (each.health.head for each in self.members if each.health.proven)
        return max((head.number for head in known if head is not None), default=0)
