"""Asking every attester at once for what it signed; one that fails or is slow is its own affair."""

import logging
import time
from bisect import bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Final

from bridge.gate.carrier.attester_client import (
    MOST_SIGNATURES,
    AttesterClient,
    AttesterSilent,
    GivenSignature,
)
from bridge.gate.carrier.quorum import Tally

ANSWER_S: Final = 4.0
"""For all that is asked of all attesters in one go."""

_MOST_PAGES: Final = 32
"""Asked of one attester in a pass. Each begins at a message that is wanted."""

_SLACK_S: Final = 0.5
"""For attesters' threads to say that the time is up. A name that is being looked up may need more:
its thread ends by itself, and is not waited for."""

_log: Final = logging.getLogger("bridge.gate")

_Page = list[GivenSignature] | None
"""What an attester gave; None once it gives no more."""


class Gathering:
    """The attesters of a route."""

    def __init__(self, urls: Sequence[str], answer_s: float = ANSWER_S) -> None:
        """`answer_s` is for all that is asked in one go.

        Raises AttesterSilent for a bad address.
        """
        self._clients = [AttesterClient(url) for url in dict.fromkeys(urls)]
        self._answer_s = answer_s
        self.silent: dict[str, str] = {}
        """Attesters that did not give all that they were asked for the last time, with the reason.

        One that is slow is among them once its time is up, also where a quorum did not need it.
        """

    def gather(self, tally: Tally) -> None:
        """Counts what attesters give, until it is enough, all have answered, or the time is up."""
        nonces = sorted(tally.nonces)
        if not nonces or not self._clients:
            return
        until, waiting = time.monotonic() + self._answer_s, len(self._clients)
        pages: SimpleQueue[_Page] = SimpleQueue()
        pool = ThreadPoolExecutor(waiting, "attester")
        for client in self._clients:
            pool.submit(self._ask, client, tally, nonces, until, pages)
        # Whoever is slower than a quorum is not waited for; its thread ends when the time is up.
        pool.shutdown(wait=False)
        while waiting and not tally.is_complete:
            try:
                page = pages.get(timeout=max(0.0, until + _SLACK_S - time.monotonic()))
            except Empty:
                break
            waiting -= page is None
            for each in page or ():
                tally.add(each.nonce, each.signature)

    def _ask(
        self,
        client: AttesterClient,
        tally: Tally,
        nonces: Sequence[int],
        until: float,
        pages: "SimpleQueue[_Page]",
    ) -> None:
        try:
            self._ask_pages(client, tally, nonces, until, pages)
        except AttesterSilent as silent:
            if self.silent.get(client.url) != silent.reason:
                _log.warning("%s", silent)
            self.silent[client.url] = silent.reason
        else:
            self.silent.pop(client.url, None)
        finally:
            pages.put(None)

    def _ask_pages(
        self,
        client: AttesterClient,
        tally: Tally,
        nonces: Sequence[int],
        until: float,
        pages: "SimpleQueue[_Page]",
    ) -> None:
        chain, epoch, place = tally.destination.chain, tally.config.epoch, 0
        for _ in range(_MOST_PAGES):
            page = client.signatures(chain, epoch, nonces[place], until)
            pages.put(page)
            if len(page) < MOST_SIGNATURES or tally.is_complete:
                return
            if page[-1].nonce < nonces[place]:
                raise AttesterSilent(client.url, "its pages do not go on")
            # One that nobody signs is passed over, with all that went through since.
            place = bisect_right(nonces, page[-1].nonce)
            if place == len(nonces):
                return
