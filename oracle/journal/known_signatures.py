"""What the peers hold of this node's own signatures, asked at its start.

A peer's word counts for nothing: an observation counts when its signature recovers to this node's
address for this chain and index.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from oracle.consensus.peer_client import NoAnswer, PeerClient, PeerResponse
from pargrade.chain.hashing import Address
from pargrade.chain.json_text import parse_json
from pargrade.chain.keys import BadSignature
from pargrade.chain.typed_data import Domain
from pargrade.spot_index.observation import BadObservation, SignedObservation

PATH: Final = "/sightings"
"""Of a node's API: with `slot`, the observations that it has seen signed for a slot."""

MOST: Final = 64
"""Observations that are looked at, per peer and slot."""


@dataclass(frozen=True, slots=True)
class KnownSignatures:
    """Own observations that peers hold, and the peers that did not say."""

    signed: tuple[SignedObservation, ...]
    unreachable: tuple[tuple[str, str], ...]
    """URL and reason."""


def ask_peers(
    urls: Sequence[str], slots: Sequence[int], reporter: Address, domain: Domain, timeout: float
) -> KnownSignatures:
    """Asks all peers at once about some slots; takes at most some `timeout` seconds."""
    if not urls:
        return KnownSignatures((), ())
    with ThreadPoolExecutor(len(urls)) as threads:
        answers = list(threads.map(lambda url: _ask(url, slots, timeout), urls))
    found: dict[bytes, SignedObservation] = {}
    unreachable = []
    for url, stated in zip(urls, answers, strict=True):
        if isinstance(stated, str):
            unreachable.append((url, stated))
            continue
        ours = (_read(item, reporter, domain) for item in stated)
        found |= {signed.observation.digest(domain): signed for signed in ours if signed}
    return KnownSignatures(tuple(found.values()), tuple(unreachable))


def _ask(url: str, slots: Sequence[int], timeout: float) -> list[Any] | str:
    """What a peer says it has seen for the slots, or why it does not say."""
    deadline = time.monotonic() + timeout
    stated: list[Any] = []
    try:
        with _client(url, timeout) as client:
            for slot in slots:
                listed = _listed(client.get(f"{PATH}?slot={slot}"))
                if isinstance(listed, str):
                    return listed
                stated += listed[:MOST]
                if time.monotonic() > deadline:
                    return "too slow"
    except NoAnswer as failure:
        return failure.reason
    return stated


@contextmanager
def _client(url: str, timeout: float) -> Iterator[PeerClient]:
    client = PeerClient(url, timeout)
    try:
        yield client
    finally:
        client.abandon()


def _listed(response: PeerResponse) -> list[Any] | str:
    if response.status != HTTPStatus.OK:
        return f"status {response.status}"
    try:
        stated: Any = parse_json(response.body)
    except (ValueError, RecursionError):
        return "no JSON"
    listed = stated.get("observations") if isinstance(stated, dict) else None
    return listed if isinstance(listed, list) else "no list of observations"


def _read(stated: Any, reporter: Address, domain: Domain) -> SignedObservation | None:
    """An observation that this key signed, None for anything else."""
    try:
        signed = SignedObservation.from_json(stated)
        return signed if signed.reporter(domain) == reporter else None
    except (BadObservation, BadSignature, ArithmeticError):
        return None
