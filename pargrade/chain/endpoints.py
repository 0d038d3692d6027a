"""Several JSON-RPC endpoints of one chain: one is used until it fails, then the next."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pargrade.chain.errors import RpcDown, WrongChain
from pargrade.chain.rpc import Chain

_log = logging.getLogger(__name__)


class Endpoints:
    """Safe to share between threads. Every endpoint must prove its chain id before it is used."""

    def __init__(self, urls: tuple[str, ...], chain_id: int, timeout: float) -> None:
        self.chain_id = chain_id
        self._urls = urls
        self._timeout = timeout
        self._lock = threading.Lock()
        self._at = 0
        self._chain: Chain | None = None

    def check(self) -> None:
        """Asks all of them. Raises WrongChain if one is of another chain, RpcDown if none answers.

        An endpoint of another chain is a mistake in the configuration, and is better met now than
        on the day when the others are down.
        """
        failures = [failure for url in self._urls if (failure := self._down(url)) is not None]
        if len(failures) == len(self._urls):
            raise failures[0]
        for failure in failures:
            _log.warning("%s", failure)

    @contextmanager
    def use(self) -> Iterator[Chain]:
        """The chain through the endpoint of the moment. Raises RpcDown when no endpoint answers.

        When the endpoint fails inside, the next use gets another one: what was begun on one
        endpoint is never finished on a second one that may be some blocks behind.
        """
        chain = self._connected()
        try:
            yield chain
        except RpcDown:
            self._give_up(chain)
            raise

    def _connected(self) -> Chain:
        with self._lock:
            if self._chain is None:
                self._chain = self._first_up()
            return self._chain

    def _first_up(self) -> Chain:
        failure: RpcDown | WrongChain | None = None
        for _ in self._urls:
            url = self._urls[self._at]
            try:
                return Chain.connect(url, expected=self.chain_id, timeout=self._timeout)
            except (RpcDown, WrongChain) as why:
                failure = failure or why
                self._at = (self._at + 1) % len(self._urls)
        assert failure is not None, "a chain has at least one endpoint"
        raise failure

    def _give_up(self, chain: Chain) -> None:
        with self._lock:
            if self._chain is chain:
                self._chain = None
                self._at = (self._at + 1) % len(self._urls)

    def _down(self, url: str) -> RpcDown | None:
        try:
            Chain.connect(url, expected=self.chain_id, timeout=self._timeout).close()
        except RpcDown as failure:
            return failure
        return None
