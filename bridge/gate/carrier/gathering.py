"""Asking every attester at once for what it signed; one that fails is its own affair."""

import logging
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bridge.gate.carrier.attester_client import (
    MOST_SIGNATURES,
    AttesterClient,
    AttesterSilent,
    GivenSignature,
)
from pargrade.chain.keys import Signature

_MOST_PAGES: Final = 32
"""Asked of one attester in a pass. Each begins at a message that is wanted."""

_log: Final = logging.getLogger("bridge.gate")


class Gathering:
    """The attesters of a route."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Raises AttesterSilent for a bad address."""
        self._clients = [AttesterClient(url) for url in dict.fromkeys(urls)]
        self.silent: dict[str, str] = {}
        """Attesters that gave nothing the last time, with the reason."""

    def gather(
        self, destination: int, epoch: int, nonces: Sequence[int]
    ) -> Mapping[int, list[Signature]]:
        """What attesters gave for these messages, rising nonces; nothing of it is checked."""
        found: dict[int, list[Signature]] = defaultdict(list)
        if not nonces or not self._clients:
            return found
        wanted = set(nonces)

        def ask(client: AttesterClient) -> list[GivenSignature]:
            return self._ask(client, destination, epoch, nonces)

        with ThreadPoolExecutor(len(self._clients)) as pool:
            for given in pool.map(ask, self._clients):
                for each in given:
                    if each.nonce in wanted:
                        found[each.nonce].append(each.signature)
        return found

    def _ask(
        self, client: AttesterClient, destination: int, epoch: int, nonces: Sequence[int]
    ) -> list[GivenSignature]:
        found: dict[int, GivenSignature] = {}
        place = 0
        try:
            for _ in range(_MOST_PAGES):
                page = client.signatures(destination, epoch, nonces[place])
                for each in page:
                    found.setdefault(each.nonce, each)
                if len(page) < MOST_SIGNATURES:
                    break
                if page[-1].nonce < nonces[place]:
                    raise AttesterSilent(client.url, "its pages do not go on")
                # One that nobody signs is passed over, with all that went through since.
                place = bisect_right(nonces, page[-1].nonce)
                if place == len(nonces):
                    break
        except AttesterSilent as silent:
            if self.silent.get(client.url) != silent.reason:
                _log.warning("%s", silent)
            self.silent[client.url] = silent.reason
        else:
            self.silent.pop(client.url, None)
        return list(found.values())
