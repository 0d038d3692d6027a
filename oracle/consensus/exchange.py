"""Asks every peer what it signed and saw for a slot, after the round of it.

A reporter that signs other content for every asker is found because all nodes ask it, and because
each node says what it has seen of the others. Threads and connections are its own, so that no peer
is busy with this when a round is due.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from oracle.consensus.peer_client import NoAnswer, PeerClient, PeerResponse
from oracle.consensus.peers import read_body
from oracle.consensus.sighting import Sighting
from oracle.consensus.validation import Expected, identify

MOST_SHARED: Final = 64
"""Observations of a slot that a node serves and reads: two contents of 32 reporters."""

_MOST_SLOTS: Final = 64
"""Slots that wait to be asked about."""

_PAUSE_S: Final = 1.0
"""Least time between two slots."""

_FEW: Final = 4
_LONG_PAUSE_S: Final = 4.0
"""The same while more than so many slots wait: on a chain whose time runs fast, asking about each
would cost more than the rounds themselves."""

_OK: Final = 200


class Exchange:
    """The slots to ask about, and the requests under way. For one thread."""

    def __init__(self, urls: Iterable[str], answer_s: float, delay_s: float) -> None:
        """A slot is asked about `delay_s` after it was noted, so that its round is over."""
        self._clients = tuple(PeerClient(url, answer_s) for url in urls)
        self._threads = ThreadPoolExecutor(max(1, len(self._clients)), "exchange")
        self._delay_s = delay_s
        self._noted: dict[int, float] = {}
        self._next_at = 0.0
        self._expected: Expected | None = None
        self._waiting: list[Future[tuple[PeerResponse, ...]]] = []

    def note(self, slot: int, now: float) -> None:
        """Ask about a slot some time after `now`, on a monotonic clock."""
        self._noted.setdefault(slot, now + self._delay_s)
        while len(self._noted) > _MOST_SLOTS:
            del self._noted[min(self._noted)]

    def collect(self, seen_at: Callable[[int], list[Sighting]]) -> list[Sighting]:
        """What peers have sent until now that is not seen yet. Never waits."""
        done = [future for future in self._waiting if future.done()]
        self._waiting = [future for future in self._waiting if not future.done()]
        if not done:
            return []
        assert self._expected is not None, "requests are under way for a slot"
        # Most peers send the same: to compare it costs a tenth of recovering its signer again.
        seen = [known.signed.to_json() for known in seen_at(self._expected.slot)]
        return [sighting for future in done for sighting in self._read(future, seen)]

    def start(self, expect: Callable[[int], Expected], now: float) -> None:
        """Ask about the next slot that is due, unless requests are still under way."""
        due = [slot for slot, at_s in self._noted.items() if at_s <= now]
        if self._waiting or not due or now < self._next_at:
            return
        self._next_at = now + (_PAUSE_S if len(due) <= _FEW else _LONG_PAUSE_S)
        slot = min(due)
        del self._noted[slot]
        self._expected = expect(slot)
        self._waiting = [self._threads.submit(_ask, client, slot) for client in self._clients]

    def close(self) -> None:
        """End all threads, also those that wait for a response."""
        for client in self._clients:
            client.abandon()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read(
        self, future: Future[tuple[PeerResponse, ...]], seen: list[dict[str, Any]]
    ) -> list[Sighting]:
        """What is new in a peer's responses, which is added to `seen`."""
        assert self._expected is not None, "requests are under way for a slot"
        try:
            found: list[Sighting] = []
            for stated in _statements(future.result())[:MOST_SHARED]:
                if stated in seen:
                    continue
                sighting = identify("", stated, self._expected)
                if isinstance(sighting, Sighting):
                    seen.append(stated)
                    found.append(sighting)
            return found
        except NoAnswer:
            return []
        except Exception:  # noqa: BLE001
            # Whatever a peer sends costs what it has seen alone.
            return []


def _ask(client: PeerClient, slot: int) -> tuple[PeerResponse, ...]:
    """A peer's own observation of a slot, and all that it has seen."""
    return client.get(f"/observation?slot={slot}"), client.get(f"/sightings?slot={slot}")


def _statements(responses: tuple[PeerResponse, ...]) -> list[Any]:
    own, seen = responses
    found: list[Any] = [read_body(own)] if own.status == _OK else []
    shared = read_body(seen) if seen.status == _OK else None
    if isinstance(shared, dict) and isinstance(shared.get("observations"), list):
        found += shared["observations"]
    return found
