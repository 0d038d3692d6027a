"""Takes a node's seat in the committee of the moment: machine, doors and journal of one epoch."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oracle.member.day_values import DayValues
from oracle.member.deliveries import Deliveries
from oracle.member.ledger import LedgerState
from oracle.member.seals import SealingSignatory, Seals
from oracle.member.seat import Seat
from oracle.node.reporter import WrongMethod
from oracle.protocol.transmission.landing import Landing
from oracle.protocol.wire.signatory import KeySignatory, Signatory
from oracle.protocol_store.input_store import InputStore
from oracle.protocol_store.promise_journal import PromiseJournal
from oracle.transport.entry import Gate
from oracle.transport.nats.servers import NatsServers
from oracle.transport.struct_signer import struct_signer
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key, Signer
from pargrade.journal.claim import Claim

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Seating:
    """What every seat of a node has in common."""

    key: Signer
    method_hash: bytes
    urls: Mapping[Address, str]
    answer_s: float
    gate: Gate
    values: DayValues
    claim: Claim
    journal: PromiseJournal
    store: InputStore
    offer: Callable[[Landing], None]
    nats: NatsServers | None = None
    has_begun: bool = False
    """Whether the journal's floor was raised: at the first seat after a start."""

    def take(self, state: LedgerState, now: float) -> Seat | None:
        """The seat at a state of the chain; None for a key that is not in the committee.

        Raises WrongMethod, JournalFailed, DatabaseDown, NoAnswer, SignerFailed.
        """
        stored = state.stored
        position = state.position(self.key.address)
        if position is None:
            return None
        if stored.committee.method_hash != self.method_hash:
            raise WrongMethod(self.method_hash, stored.committee.method_hash)
        if not self.has_begun:
            self._begin(state, now)
        committee = stored.committee
        signer = struct_signer(self.key, committee.domain)
        signatory: Signatory
        if isinstance(self.key, Key):
            signatory, seals = KeySignatory(self.key, stored.members), None
        else:
            signatory = SealingSignatory(position, stored.members)
            seals = Seals(committee, position, signer)
        deliveries = Deliveries.open(
            stored, position, signer, self.urls, self.gate, self.answer_s, self.nats
        )
        try:
            return Seat(
                stored,
                position,
                signatory,
                self.values,
                self.journal,
                self.store,
                deliveries,
                self.offer,
                seals,
            )
        except BaseException:
            # Else messages would go on into an inbox that nobody empties.
            deliveries.close()
            raise

    def _begin(self, state: LedgerState, now: float) -> None:
        """Raise the journal's floor over every slot in which its key may have promised elsewhere.

        A journal that certainly holds all that was promised under it needs no more than what has
        landed. Any other begins above the slot in progress.
        """
        if self.claim.is_complete:
            floor = state.last_slot
        else:
            floor = state.floor(now)
            _log.warning(
                "the journal is new, restored, copied, or from before the machine started: "
                "nothing is promised up to slot %d",
                floor,
            )
        self.claim.begin(floor)
        self.has_begun = True
