"""The newest rounds of the first index, read from the chain once and kept."""

import threading
from typing import Any, Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import RoundView
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.hashing import Address

_SETTLED_S: Final = 3_600
"""A round that is older is kept for good: no re-organisation of a chain reaches back so far."""

_MOST_KEPT: Final = 256
"""Rounds that the contract keeps."""


class RecentRounds:
    """Safe to share between threads; one of them reads, the others wait for it."""

    def __init__(self, endpoints: Endpoints, contract: Address) -> None:
        self._endpoints = endpoints
        self._contract = contract
        self._lock = threading.Lock()
        self._rounds: dict[int, RoundView] = {}
        self._head: BlockStamp | None = None
        self._count = 0

    def read(self, last: int) -> list[dict[str, Any]]:
        """The newest `last` rounds, newest first. Raises ChainError."""
        with self._lock, self._endpoints.use() as chain:
            head, contract = chain.head(), SpotIndex(chain, self._contract)
            if self._head is None or self._head.hash != head.hash:
                self._count = contract.rounds(block=head)
                self._head = head
                self._let_go(head.timestamp - _SETTLED_S)
            numbers = range(self._count, max(0, self._count - last), -1)
            for number in numbers:
                if number not in self._rounds:
                    self._rounds[number] = contract.round_at(0, number, block=head)
            return [_to_json(number, self._rounds[number]) for number in numbers]

    def _let_go(self, settled_before: int) -> None:
        """Forget what another branch of the chain may hold differently, and what is too old."""
        oldest = self._count - _MOST_KEPT
        self._rounds = {
            number: view
            for number, view in self._rounds.items()
            if view.slot < settled_before and oldest < number <= self._count
        }


def _to_json(number: int, view: RoundView) -> dict[str, Any]:
    return {
        "round": number,
        "slot": view.slot,
        "value8": str(view.value),
        "signers": view.signers,
        "flags": view.flags,
    }
