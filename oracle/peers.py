"""The other reporters' nodes, asked for their observation of a slot, all at once."""

import json
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from oracle.admission import Expected, Reason, Refusal, admit, join
from oracle.client import Answer, Client, NoAnswer
from oracle.report import Part


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

    def gather(self, own: Part | None, expected: Expected) -> Gathered:
        """All observations that arrive in time, with this node's own if it has one.

        Everyone is waited for until there is a quorum, and then a little longer. More than a quorum
        is wanted: the contract calls a round of no more than the quorum THIN, and with all of five
        the median survives two liars instead of one, for about 6,000 gas a signature.
        """
        parts = {} if own is None else {own.position: own}
        refusals: list[Refusal] = []
        waiting: dict[Future[Answer], Client] = {}
        for client in self._clients:
            if (earlier := self._asked.get(client)) is not None and not earlier.done():
                refusals.append(_down(client, "still busy with an earlier question"))
                continue
            path = f"/observation?slot={expected.slot}"
            self._asked[client] = future = self._threads.submit(client.get, path)
            waiting[future] = client
        deadline = time.monotonic() + self._answer_s
        while waiting:
            done, _ = wait(waiting, deadline - time.monotonic(), FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                client = waiting.pop(future)
                refusal = _take(parts, client, future, expected)
                if refusal is not None:
                    refusals.append(refusal)
            if len(parts) >= expected.standing.reporters.quorum:
                deadline = min(deadline, time.monotonic() + self._linger_s)
        refusals += [_down(client, "no answer in time") for client in waiting.values()]
        return Gathered(tuple(parts.values()), tuple(refusals))

    def close(self) -> None:
        """Ends the threads; one that still waits for an answer is left to its time-out."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _take(
    parts: dict[int, Part], client: Client, future: Future[Answer], expected: Expected
) -> Refusal | None:
    try:
        answer = future.result()
    except NoAnswer as failure:
        return _down(client, failure.reason)
    stated = _parsed(answer.body)
    if answer.status != 200:
        said = stated.get("detail", "") if isinstance(stated, dict) else ""
        return Refusal(client.url, Reason.DECLINED, f"{answer.status} {said}".strip())
    part = admit(client.url, stated, expected)
    return part if isinstance(part, Refusal) else join(parts, client.url, part)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _down(client: Client, detail: str) -> Refusal:
    return Refusal(client.url, Reason.DOWN, detail)
