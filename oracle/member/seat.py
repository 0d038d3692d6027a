"""One epoch's machine with its disk: what it promises is written before what it says leaves."""

import logging
from collections.abc import Callable, Iterable

from oracle.member.day_values import DayValues
from oracle.member.deliveries import Deliveries
from oracle.member.seals import NoSeals, PromiseRefused, Seals
from oracle.protocol.batch.table import Table
from oracle.protocol.machine.machine import Machine, View
from oracle.protocol.machine.outputs import Ignored, Output, Send, Transmit, TwoContents
from oracle.protocol.machine.promises import Promise, PromiseRecord
from oracle.protocol.message.envelope import read_envelope
from oracle.protocol.transmission.landing import Landing
from oracle.protocol.wire.signatory import Signatory
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.input_store import InputStore
from oracle.protocol_store.promise_journal import PromiseJournal
from pargrade.text import printable

_log = logging.getLogger(__name__)

_MOST_SHOWN = 200


class Seat:
    """A node's part in one committee. For one thread.

    After any error it is to be thrown away: what its machine believes it promised may not be on
    disk. A new one begins from what is.
    """

    def __init__(
        self,
        stored: StoredCommittee,
        position: int,
        signatory: Signatory,
        values: DayValues,
        journal: PromiseJournal,
        store: InputStore,
        deliveries: Deliveries,
        offer: Callable[[Landing], None],
        seals: Seals | None = None,
    ) -> None:
        """`offer` gets what is to be brought to the chain; `seals` are of a signatory that seals.

        Raises JournalFailed, DatabaseDown.
        """
        self.stored = stored
        self.position = position
        self.deliveries = deliveries
        self.ignored = 0
        """Messages that were refused."""
        self.contradictions = 0
        """Proofs against a key that were new."""
        self.agreed_slot = 0
        """The newest slot whose report has its signatures, unix seconds."""
        self._journal = journal
        self._store = store
        self._offer = offer
        self._seals = seals or NoSeals()
        store.keep_committee(stored)
        promises = journal.promises()
        self._machine = Machine(stored.committee, position, signatory, values, promises)

    def tick(self, now: float, table: Table, last_slot: int) -> float:
        """Do what time asks for. Returns when the next tick is due, by the node's clock.

        Raises JournalFailed, PromiseGiven, BelowFloor, DatabaseDown, PromiseRefused, SignerFailed.
        """
        self._carry_out(self._machine.tick(now, View(table, last_slot)))
        return self._machine.wake_at(now)

    def receive(self, sender: int, raw: bytes, now: float) -> float:
        """Do what a member's message asks for. Returns and raises like `tick`."""
        self._carry_out(self._machine.receive(sender, raw, now))
        return self._machine.wake_at(now)

    def _carry_out(self, sealed: list[Output]) -> None:
        try:
            outputs = self._seals.sign(sealed)
        except PromiseRefused as refused:
            # What else was signed for the slot may have been promised under another journal.
            self._journal.raise_floor(refused.slot)
            raise
        records = [each for each in outputs if isinstance(each, PromiseRecord)]
        if records:
            self._keep_inputs(records)
            self._journal.record(records)
        for output in outputs:
            if isinstance(output, Send):
                self.deliveries.send(output.to, output.raw)
            elif isinstance(output, Transmit):
                self._offer(output.landing)
            elif isinstance(output, TwoContents):
                self._keep_proof(output)
            elif isinstance(output, Ignored):
                self._note_ignored(output)
        self._keep_agreements()

    def _keep_inputs(self, records: Iterable[PromiseRecord]) -> None:
        """A PREPARE promises to keep every body that its report is made of."""
        for record in records:
            if record.promise is not Promise.PREPARE:
                continue
            vote = read_envelope(record.raw, self.stored.committee).signed.content
            found = self._machine.input_set(record.slot, vote.report)  # type: ignore[attr-defined]
            assert found is not None, "a node prepares what it computed"
            self._store.keep(self._seals.sign_set(found))

    def _keep_agreements(self) -> None:
        for agreed in self._machine.agreements(self.agreed_slot):
            signed = self._seals.sign_agreement(agreed)
            self._store.keep_agreement(self.stored.committee.epoch, signed)
            self.agreed_slot = agreed.report.slot

    def _keep_proof(self, found: TwoContents) -> None:
        if self._store.keep_contradiction(self.stored.committee.epoch, found):
            self.contradictions += 1
            _log.error(
                "position %d signed two contents (%s) for slot %d",
                found.a.position,
                found.kind.name,
                found.a.content.slot,
            )

    def _note_ignored(self, found: Ignored) -> None:
        self.ignored += 1
        _log.debug("position %d: %s", found.sender, printable(found.reason, _MOST_SHOWN))
