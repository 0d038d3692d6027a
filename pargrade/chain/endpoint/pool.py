"""Several endpoints of one chain behind one `ask`: the first that is well is used.

failure → the endpoint rests and the next one is asked → a look finds it well → it is used again
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from pargrade.chain.abi import BadEncoding
from pargrade.chain.answers import Decoder
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.endpoint.health import EndpointReport, PoolPolicy
from pargrade.chain.endpoint.json_rpc import JsonRpc
from pargrade.chain.endpoint.lookout import Lookout, Member
from pargrade.chain.errors import (
    ChainError,
    NoContract,
    RpcDown,
    RpcRefused,
    UnknownBlock,
    WrongChain,
)
from pargrade.chain.refusals import Fault, find_fault

T = TypeVar("T")

_log = logging.getLogger(__name__)

_DOUBTFUL: Final = (NoContract, BadEncoding)
"""The caller's mistake when all endpoints agree, and an endpoint's when one knows better."""


class EndpointPool:
    """Safe to share between threads. An endpoint proves its chain id before it is used."""

    def __init__(
        self,
        urls: tuple[str, ...],
        chain_id: int | None,
        timeout: float,
        policy: PoolPolicy | None = None,
    ) -> None:
        """The first URL is preferred. Without a chain id, that of the first that answers is taken.

        `timeout` is in seconds, per request and endpoint. Raises RpcDown for a bad address.
        """
        self._policy = policy or PoolPolicy()
        self._lookout = Lookout(urls, chain_id, timeout, self._policy)
        self._lock = threading.Lock()
        self._retries = float(self._policy.retries)
        self._used = self._lookout.members[0]

    @property
    def members(self) -> tuple[Member, ...]:
        """The endpoints, the preferred one first."""
        return self._lookout.members

    @property
    def chain_id(self) -> int:
        """Of the chain that all endpoints have to serve. Raises RpcDown, WrongChain."""
        if self._lookout.chain_id is None:
            self.pick()
        assert self._lookout.chain_id is not None
        return self._lookout.chain_id

    @property
    def endpoint(self) -> str:
        """The endpoint that was used last, for people."""
        return self._used.rpc.endpoint

    def check(self) -> None:
        """Looks at all of them. Raises WrongChain if one is of another chain, RpcDown if all fail.

        An endpoint of another chain is a mistake in the configuration, and is better met now than
        on the day when the others are down.
        """
        failures = self._lookout.look()
        for failure in failures:
            if isinstance(failure, WrongChain):
                raise failure
        if len(failures) == len(self._lookout.members):
            raise failures[0]
        for failure in failures:
            _log.warning("%s", failure)

    def ask(self, method: str, params: tuple[Any, ...], decode: Decoder[T]) -> T:
        """The result of a method as `decode` reads it, from the first endpoint that gives one.

        Each endpoint is asked at most once. Raises the first failure when none gives one, or when
        the budget of retries is used up; and at once what every endpoint would refuse.
        """
        return self._first(lambda rpc: rpc.ask(method, params, decode))

    def ask_all(self, method: str, many: Sequence[tuple[Any, ...]], decode: Decoder[T]) -> list[T]:
        """The result for each of many parameters, all from one endpoint. Raises like `ask`."""
        return self._first(lambda rpc: rpc.ask_all(method, many, decode))

    def pick(self) -> Member:
        """The endpoint of the moment, for who must not change it in between.

        Raises RpcDown or WrongChain when none can be used.
        """
        failures = self._lookout.look_when_due()
        fit = self._lookout.fit()
        if not fit and len(failures) < len(self.members):
            # With nothing to go on with, another thread's look is not enough: it may have begun
            # before the endpoints came back.
            failures = self._lookout.look(wait=True)
            fit = self._lookout.fit()
        chosen = fit or self._lookout.proven()
        if not chosen:
            raise failures[0] if failures else self._lookout.last_failure()
        self._use(chosen[0])
        return chosen[0]

    def note_failure(self, member: Member, failure: ChainError) -> bool:
        """Leaves an endpoint that is at fault, until a look finds it well. Whether it is.

        What every endpoint would refuse, and what only this one lacks as yet, is no fault.
        """
        at_fault = isinstance(failure, RpcDown) or (
            isinstance(failure, RpcRefused) and _fault(failure) is Fault.ENDPOINT
        )
        if at_fault:
            self._lookout.blame(member, failure)
            _log.warning("%s", failure)
        return at_fault

    def note_success(self, member: Member) -> None:
        """Notes an answer; with each, retries come back into the budget."""
        self._lookout.praise(member)
        with self._lock:
            saved = self._retries + self._policy.retries_per_success
            self._retries = min(saved, self._policy.retries)
        self._use(member)

    def report(self) -> tuple[EndpointReport, ...]:
        """How well each endpoint is, without asking them."""
        return self._lookout.report()

    def opinions(self) -> tuple[JsonRpc, ...]:
        """The endpoints that are well, one by one; the one used last comes first."""
        self._lookout.look_when_due()
        fit = sorted(self._lookout.fit(), key=lambda member: member is not self._used)
        return tuple(member.rpc for member in fit)

    def close(self) -> None:
        """Closes this thread's connections."""
        for member in self._lookout.members:
            member.rpc.close()
            member.probe.close()

    def _first(self, read: Callable[[JsonRpc], T]) -> T:
        first: ChainError | None = None
        doubted: list[tuple[Member, ChainError]] = []
        for member in self._candidates():
            if first is not None and not self._take_retry():
                break
            try:
                value = read(member.rpc)
            except (RpcDown, RpcRefused, UnknownBlock, *_DOUBTFUL) as failure:
                if isinstance(failure, _DOUBTFUL):
                    doubted.append((member, failure))
                if isinstance(failure, RpcRefused) and _fault(failure) is Fault.REQUEST:
                    # Every endpoint would refuse it.
                    self.note_success(member)
                    raise
                self.note_failure(member, failure)
                first = first or failure
                continue
            for other, doubt in doubted:
                self._lookout.blame(other, doubt)
            self.note_success(member)
            return value
        assert first is not None, "a pool has at least one endpoint"
        raise first

    def _candidates(self) -> list[Member]:
        """Endpoints in the order they are asked: those that are well, then the others."""
        self._lookout.look_when_due()
        fit = self._lookout.fit()
        members = self._lookout.members
        others = [e for e in members if e not in fit and not self._lookout.is_wrong(e)]
        return fit + others or [self.pick()]

    def _use(self, member: Member) -> None:
        if member is not self._used:
            _log.warning("using %s instead of %s", member.rpc.endpoint, self._used.rpc.endpoint)
            self._used = member
            member.health.times_taken += 1

    def _take_retry(self) -> bool:
        with self._lock:
            if self._retries < 1:
                return False
            self._retries -= 1
            return True


def _fault(refused: RpcRefused) -> Fault:
    try:
        return find_fault(refused)
    except Malformed:
        return Fault.ENDPOINT
