"""Requests to the other reporters' nodes for their observations of a slot."""

import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from oracle.consensus.peer_client import NoAnswer, PeerClient, PeerResponse
from oracle.consensus.record_rule import find_shortfalls
from oracle.consensus.sighting import Sighting
from oracle.consensus.validation import (
    Expected,
    Refusal,
    RefusalReason,
    admit_part,
    identify,
    join,
)
from pargrade.chain.json_text import parse_json
from pargrade.spot_index.report import Part


@dataclass(frozen=True, slots=True)
class Gathered:
    """The observations and refusals of one request to all peers."""

    parts: tuple[Part, ...]
    """At most one per reporter."""
    refusals: tuple[Refusal, ...]
    sightings: tuple[Sighting, ...]
    """Everything that reporters have signed, also what is in no part."""


class Peers:
    """The other nodes. Each has a thread of its own, so a slow peer delays no other."""

    def __init__(self, urls: Iterable[str], answer_s: float, linger_s: float) -> None:
        self._clients = tuple(PeerClient(url, answer_s) for url in urls)
        self._answer_s = answer_s
        self._linger_s = linger_s
        self._threads = ThreadPoolExecutor(max(1, len(self._clients)), "peer")
        self._asked: dict[PeerClient, Future[PeerResponse]] = {}

    def ask(self, expected: Expected) -> "ObservationRequest":
        """Request an observation from every peer, without waiting for responses."""
        request = ObservationRequest(expected, self._linger_s, time.monotonic() + self._answer_s)
        request.waiting = self.send(f"/observation?slot={expected.slot}")
        for client in self._clients:
            if client not in request.waiting.values():
                request.refusals.append(
                    _refuse_as_down(client, "still busy with an earlier request")
                )
        return request

    def send(self, path: str) -> dict[Future[PeerResponse], PeerClient]:
        """Send a GET request to every peer that is not busy, without waiting for responses."""
        sent: dict[Future[PeerResponse], PeerClient] = {}
        for client in self._clients:
            earlier = self._asked.get(client)
            if earlier is None or earlier.done():
                self._asked[client] = future = self._threads.submit(client.get, path)
                sent[future] = client
        return sent

    def close(self) -> None:
        """End all threads, also those that wait for a response."""
        for client in self._clients:
            client.abandon()
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class ObservationRequest:
    """A request to all peers whose responses are still to be gathered."""

    expected: Expected
    linger_s: float
    deadline: float
    """On the monotonic clock, in seconds."""
    waiting: dict[Future[PeerResponse], PeerClient] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    parts: dict[int, Part] = field(default_factory=dict)
    """By position in the set."""
    sightings: list[Sighting] = field(default_factory=list)

    def gather(self, own: Part | Refusal) -> Gathered:
        """The observations that arrive in time, with this node's own unless it is refused.

        Waits for all peers until the contract would record every index, and then `linger_s`
        longer. A report of more than the quorum is better: the contract marks a round of just the
        quorum THIN, and with all five observations the median withstands two liars instead of one.
        A signature more costs some 5,500 gas.
        """
        if isinstance(own, Refusal):
            self.refusals.append(own)
        else:
            self.parts[own.position] = own
        while self.waiting:
            if self._is_enough():
                self.deadline = min(self.deadline, time.monotonic() + self.linger_s)
            left = max(0.0, self.deadline - time.monotonic())
            done, _ = wait(self.waiting, left, FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                self._take(self.waiting.pop(future), future)
        late = [_refuse_as_down(client, "no answer in time") for client in self.waiting.values()]
        return Gathered(tuple(self.parts.values()), (*self.refusals, *late), tuple(self.sightings))

    def _is_enough(self) -> bool:
        """Whether the contract would record every index from the parts that are there."""
        expected = self.expected
        return not find_shortfalls(self.parts.values(), expected.slot, expected.chain_state)

    def _take(self, client: PeerClient, future: Future[PeerResponse]) -> None:
        """Add a peer's observation to the parts, or its refusal to the refusals."""
        try:
            refusal = self._read_response(client, future.result())
        except NoAnswer as failure:
            refusal = _refuse_as_down(client, failure.reason)
        except Exception as defect:  # noqa: BLE001
            # Whatever a peer sends must cost its own part alone, also what nobody foresaw.
            detail = f"{type(defect).__name__} {defect}"
            refusal = Refusal(client.url, RefusalReason.MALFORMED, detail)
        if refusal is not None:
            self.refusals.append(refusal)

    def _read_response(self, client: PeerClient, response: PeerResponse) -> Refusal | None:
        stated = read_body(response)
        if response.status != 200:
            detail = stated.get("detail", "") if isinstance(stated, dict) else ""
            return Refusal(
                client.url, RefusalReason.DECLINED, f"{response.status} {detail}".strip()
            )
        sighting = identify(client.url, stated, self.expected)
        if isinstance(sighting, Refusal):
            return sighting
        self.sightings.append(sighting)
        part = admit_part(client.url, sighting, self.expected)
        return part if isinstance(part, Refusal) else join(self.parts, client.url, part)


def read_body(response: PeerResponse) -> Any:
    """The parsed JSON of a response; None for what is no JSON, or is nested too deep."""
    try:
        return parse_json(response.body)
    except (ValueError, RecursionError):
        return None


def _refuse_as_down(client: PeerClient, detail: str) -> Refusal:
    return Refusal(client.url, RefusalReason.DOWN, detail)
