"""Sends a reporter's two contents for one slot to the contract, which jails it.

The contract proves two different contents of one index set, epoch and slot, both signed by a member
of that epoch's set. It keeps offences by UTC day, so one proof of a reporter and day is sent.
"""

import logging
from typing import Final

from oracle.consensus.chain_state import ChainState
from oracle.consensus.sighting import Contradiction, SlotOfReporter
from oracle.consensus.sighting_store import SightingStore
from oracle.consensus.transmission_schedule import places_before
from oracle.consensus.transmitter import Transmitter
from pargrade.bindings.errors import AlreadyProven, NotInSet, SlotOutsideEpoch, UnknownEpoch
from pargrade.chain.hashing import Address
from pargrade.chain.typed_data import Domain
from pargrade.spot_index.equivocation import equivocation

_log: Final = logging.getLogger("oracle")


class Accuser:
    """One node's accusations. For one thread, that of the transmitter."""

    def __init__(
        self,
        store: SightingStore,
        transmitter: Transmitter,
        own: Address,
        domain: Domain,
        takeover_s: float,
    ) -> None:
        self._store = store
        self._transmitter = transmitter
        self._own = own
        self._domain = domain
        self._takeover_s = takeover_s
        self._next_at: dict[SlotOfReporter, float] = {}

    @property
    def found(self) -> int:
        """Contradictions found since the start of this process."""
        return len(self._next_at)

    def accuse_next(self, chain_state: ChainState, now: float) -> None:
        """Send the first proof whose turn has come; `now` is a monotonic clock in seconds.

        Nodes take turns, so that honest ones do not pay for the same proof. Raises ChainError and
        DatabaseDown; the proof is tried again a takeover later.
        """
        for contradiction in self._store.contradictions():
            key = contradiction.a.key
            if key not in self._next_at:
                self._log_found(key)
                self._next_at[key] = now + self._wait_s(key, chain_state)
            if key.reporter != self._own and now >= self._next_at[key]:
                self._next_at[key] = now + self._takeover_s
                self._accuse(contradiction)
                return

    def _accuse(self, contradiction: Contradiction) -> None:
        key = contradiction.a.key
        proof = equivocation(self._domain, contradiction.a.signed, contradiction.b.signed)
        try:
            self._transmitter.prove(proof)
        except (AlreadyProven, NotInSet, SlotOutsideEpoch, UnknownEpoch) as settled:
            # Settled by the chain's own word alone: a proof that was sent may yet be dropped.
            self._store.settle(contradiction)
            _log.info("%s needs no further proof: %s", key.reporter, settled)
        else:
            _log.warning("proved that %s signed two contents for slot %d", key.reporter, key.slot)

    def _wait_s(self, key: SlotOfReporter, chain_state: ChainState) -> float:
        reporters = len(chain_state.reporters.reporters)
        position = chain_state.position(self._own)
        if position is None:
            return reporters * self._takeover_s
        return places_before(key.slot, position, reporters) * self._takeover_s

    def _log_found(self, key: SlotOfReporter) -> None:
        if key.reporter == self._own:
            text = "this node's own key signed two contents for slot %d: it is used elsewhere, too"
            _log.error(text, key.slot)
        else:
            _log.warning("%s signed two contents for slot %d", key.reporter, key.slot)
