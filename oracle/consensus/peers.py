"""The other reporters' nodes, asked for their observation of a slot, all at once."""

import json
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from oracle.consensus.peer_client import Answer, Client, NoAnswer
from oracle.consensus.validation import Expected, Refusal, RefusalReason, admit, join
from pargrade.spot_index.report import Part


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of one question to all peers."""

    parts: tuple[Part, ...]
    """One per reporter."""
    refusals: tuple[Refusal, ...]


class Peers:
    """Asks every peer in a thread of its own, so that none can hold up another."""

    def __init__(self, urls: Iterable[str], answer_s: float, linger_s: float) -> None:
        self._clients = tuple(Client(url, answer_s) for url in urls)
        self._answer_s = answer_s
        self._linger_s = linger_s
        self._threads = ThreadPoolExecutor(max(1, len(self._clients)), "peer")
        self._asked: dict[Client, Future[Answer]] = {}

    def ask(self, expected: Expected) -> "Question":
        """Asks all of them for an observation, without waiting for answers."""
        question = Question(expected, self._linger_s, time.monotonic() + self._answer_s)
        for client in self._clients:
            if (earlier := self._asked.get(client)) is not None and not earlier.done():
                question.refusals.append(_down(client, "still busy with an earlier question"))
                continue
            path = f"/observation?slot={expected.slot}"
            self._asked[client] = future = self._threads.submit(client.get, path)
            question.waiting[future] = client
        return question

    def close(self) -> None:
        """Ends the threads, also those that wait for an answer."""
        for client in self._clients:
            client.abandon()
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class Question:
    """A question on its way."""

    expected: Expected
    linger_s: float
    deadline: float
    """By the clock that only goes forward."""
    waiting: dict[Future[Answer], Client] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def gather(self, own: Part | Refusal) -> Gathered:
        """All observations that arrive in time, with this node's own unless that is refused too.

        Everyone is waited for until there is a quorum, and then a little longer. More than a quorum
        is wanted: the contract calls a round of no more than the quorum THIN, and with all of five
        the median survives two liars instead of one, for some 5,500 gas a signature.
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
                refusal = _take(parts, self.waiting.pop(future), future, self.expected)
                if refusal is not None:
                    self.refusals.append(refusal)
        late = [_down(client, "no answer in time") for client in self.waiting.values()]
        return Gathered(tuple(parts.values()), (*self.refusals, *late))


def _take(
    parts: dict[int, Part], client: Client, future: Future[Answer], expected: Expected
) -> Refusal | None:
    try:
        response = future.result()
    except NoAnswer as failure:
        return _down(client, failure.reason)
    stated = _parsed(response.body)
    if response.status != 200:
        detail = stated.get("detail", "") if isinstance(stated, dict) else ""
        return Refusal(client.url, RefusalReason.DECLINED, f"{response.status} {detail}".strip())
    part = admit(client.url, stated, expected)
    return part if isinstance(part, Refusal) else join(parts, client.url, part)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _down(client: Client, detail: str) -> Refusal:
    return Refusal(client.url, RefusalReason.DOWN, detail)
