"""Requests to the other reporters' nodes for their observations of a slot."""

import json
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from oracle.consensus.peer_client import NoAnswer, PeerClient, PeerResponse
from oracle.consensus.validation import Expected, Refusal, RefusalReason, admit, join
from pargrade.spot_index.report import Part


@dataclass(frozen=True, slots=True)
class Gathered:
    """The observations and refusals of one request to all peers."""

    parts: tuple[Part, ...]
    """At most one per reporter."""
    refusals: tuple[Refusal, ...]


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
        for client in self._clients:
            if (earlier := self._asked.get(client)) is not None and not earlier.done():
                request.refusals.append(
                    _refuse_as_down(client, "still busy with an earlier request")
                )
                continue
            path = f"/observation?slot={expected.slot}"
            self._asked[client] = future = self._threads.submit(client.get, path)
            request.waiting[future] = client
        return request

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

    def gather(self, own: Part | Refusal) -> Gathered:
        """The observations that arrive in time, with this node's own unless it is refused.

        Waits for all peers until there is a quorum, and then `linger_s` longer. A report of more
        than the quorum is better: the contract marks a round of just the quorum THIN, and with all
        five observations the median withstands two liars instead of one. A signature more costs
        some 5,500 gas.
        """
        parts: dict[int, Part] = {}
        if isinstance(own, Refusal):
            self.refusals.append(own)
        else:
            parts[own.position] = own
        while self.waiting:
            if len(parts) >= self.expected.chain_state.reporters.quorum:
                self.deadline = min(self.deadline, time.monotonic() + self.linger_s)
            left = max(0.0, self.deadline - time.monotonic())
            done, _ = wait(self.waiting, left, FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                refusal = _accept_response(parts, self.waiting.pop(future), future, self.expected)
                if refusal is not None:
                    self.refusals.append(refusal)
        late = [_refuse_as_down(client, "no answer in time") for client in self.waiting.values()]
        return Gathered(tuple(parts.values()), (*self.refusals, *late))


def _accept_response(
    parts: dict[int, Part], client: PeerClient, future: Future[PeerResponse], expected: Expected
) -> Refusal | None:
    try:
        response = future.result()
    except NoAnswer as failure:
        return _refuse_as_down(client, failure.reason)
    stated = _parse_json(response.body)
    if response.status != 200:
        detail = stated.get("detail", "") if isinstance(stated, dict) else ""
        return Refusal(client.url, RefusalReason.DECLINED, f"{response.status} {detail}".strip())
    part = admit(client.url, stated, expected)
    return part if isinstance(part, Refusal) else join(parts, client.url, part)


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _refuse_as_down(client: PeerClient, detail: str) -> Refusal:
    return Refusal(client.url, RefusalReason.DOWN, detail)
