"""What a node does about others' signatures: keep them, exchange them, accuse who contradicts."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from oracle.consensus.accuser import Accuser
from oracle.consensus.chain_state import ChainState
from oracle.consensus.exchange import Exchange
from oracle.consensus.sighting import Sighting
from oracle.consensus.sighting_store import SightingStore
from oracle.consensus.validation import Expected
from pargrade.database import DatabaseDown

_WRITE_PAUSE_S: Final = 1.0
"""Least time between two writes of what was seen: a commit a second, however fast rounds come."""


class Witness:
    """For the thread that polls; only `seen_at` is for any thread."""

    def __init__(self, store: SightingStore, exchange: Exchange, accuser: Accuser) -> None:
        self._store = store
        self._exchange = exchange
        self._accuser = accuser
        self._signed: set[int] = set()
        self._write_at = 0.0

    def see(self, sightings: Iterable[Sighting], now: float) -> None:
        """Keep what peers have sent, and ask the others about those slots if it is new."""
        for sighting in self._store.see(sightings):
            self._exchange.note(sighting.key.slot, now)

    def note_signed(self, slots: Iterable[int], now: float) -> None:
        """Ask the others about slots that this node signed itself."""
        signed = set(slots)
        for slot in signed - self._signed:
            self._exchange.note(slot, now)
        self._signed = signed

    def act(
        self, expect: Callable[[int, ChainState], Expected], chain_state: ChainState, now: float
    ) -> None:
        """One step of exchange and accusation; `now` is a monotonic clock in seconds.

        Waits for no peer. Raises ChainError and DatabaseDown.
        """
        self._store.see(self._exchange.collect(self._store.seen_at))
        if now >= self._write_at:
            self._store.write()
            self._write_at = now + _WRITE_PAUSE_S
        self._exchange.start(lambda slot: expect(slot, chain_state), now)
        self._accuser.accuse_next(chain_state, now)

    def seen_at(self, slot: int) -> list[Sighting]:
        """Everything seen for a slot."""
        return self._store.seen_at(slot)

    @property
    def contradictions(self) -> int:
        """Slots for which a reporter signed two contents, found since the start of this process."""
        return self._accuser.found

    def close(self) -> None:
        """End threads, write what was seen if that is possible, and close the file."""
        self._exchange.close()
        with suppress(DatabaseDown):
            self._store.write()
        self._store.close()
