"""Takes in what others sent: read, held against window and committee, verified, kept."""

from collections.abc import Callable
from typing import Any

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.committee.committee import USABLE_SLOTS, Committee
from oracle.protocol.have.have_list import HaveList
from oracle.protocol.machine.outputs import TwoContents
from oracle.protocol.machine.slot_state import SlotState
from oracle.protocol.message.calls import DeviationCall
from oracle.protocol.message.envelope import Envelope, MessageKind, read_envelope
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.prepare.votes import Vote
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.wire.content import Content, Signed, digest_of
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import Signatory

_PROMISED = frozenset(
    (MessageKind.BATCH, MessageKind.PROPOSAL, MessageKind.PREPARE, MessageKind.REPORT)
)


class Intake:
    """The slots a node knows of, and the only way into them."""

    def __init__(
        self,
        committee: Committee,
        signatory: Signatory,
        shelf: Shelf,
        read: Callable[[bytes], Envelope] | None = None,
    ) -> None:
        self.slots: dict[int, SlotState] = {}
        self.proofs: list[TwoContents] = []
        """Contradictions found and not handed out yet."""
        self._committee = committee
        self._signatory = signatory
        self._shelf = shelf
        self._read = read or (lambda raw: read_envelope(raw, committee))

    def state(self, slot: int) -> SlotState:
        """The state of a slot, made when there is none."""
        found = self.slots.get(slot)
        if found is None:
            found = self.slots[slot] = SlotState(slot)
        return found

    def forget(self, now: float) -> None:
        """Let go of slots whose reports are no longer usable."""
        for slot in [slot for slot in self.slots if slot < self._oldest(now)]:
            del self.slots[slot]

    def take(self, raw: bytes, now: float) -> tuple[Envelope, SlotState] | None:
        """Keep a message; None when it was in before.

        Raises UnreadableMessage for one that is refused.
        """
        envelope = self._read(raw)
        self._require_window(envelope, now)
        state, signed = self.state(envelope.signed.content.slot), envelope.signed
        if envelope.kind is MessageKind.BATCH and not self._is_wanted(state, signed):
            return None
        if not self._admit(state, envelope.kind, signed):
            return None
        self._keep(state, envelope)
        return envelope, state

    def _oldest(self, now: float) -> int:
        return self._committee.slot_at(now) - USABLE_SLOTS * self._committee.grid_s

    def _require_window(self, envelope: Envelope, now: float) -> None:
        committee, slot = self._committee, envelope.signed.content.slot
        what = envelope.kind.name
        if slot % committee.grid_s:
            raise UnreadableMessage(what, f"slot {slot} is off the grid")
        ahead_s, grid_s = slot - committee.slot_at(now), committee.grid_s
        if not -USABLE_SLOTS * grid_s <= ahead_s <= grid_s:
            raise UnreadableMessage(what, f"slot {slot} is out of the window at {int(now)}")

    def _is_wanted(self, state: SlotState, signed: Signed[Any]) -> bool:
        root = Root(signed.position, signed.content.root)
        return state.held.get(signed.position) != root

    def _admit(self, state: SlotState, kind: MessageKind, signed: Signed[Content]) -> bool:
        """Verify a content and note it. False for one that counts no more."""
        digest = signed.digest
        known = state.is_known(kind, signed.position, digest)
        is_full = state.is_full(kind, signed.position) and not _was_asked(state, kind, signed)
        if kind in _PROMISED and (known or is_full):
            # The bodies of a known batch may still be missing, and a REPORT may bring votes.
            return known and kind in (MessageKind.BATCH, MessageKind.REPORT)
        if not self._signatory.verify(signed.position, digest, signed.signature):
            raise UnreadableMessage(kind.name, f"not signed by position {signed.position}")
        if kind in _PROMISED:
            self._hold_against(state, kind, digest, signed)
        return True

    def _hold_against(
        self, state: SlotState, kind: MessageKind, digest: bytes, signed: Signed[Content]
    ) -> None:
        first = state.note(kind, digest, signed)
        if first is not None:
            self.proofs.append(TwoContents(kind, first, signed))

    def _keep(self, state: SlotState, envelope: Envelope) -> None:
        signed, content = envelope.signed, envelope.signed.content
        if isinstance(content, DeviationCall):
            state.callers.add(signed.position)
        elif isinstance(content, Manifest):
            self._keep_batch(state, envelope, content)
        elif isinstance(content, HaveList):
            state.claims.add(signed.position, content.held)
        elif isinstance(content, PrepareVote):
            state.prepares.add(content.report, Vote(signed.position, signed.signature))
            self._keep_proposal(state, envelope.proposal)
        elif isinstance(content, CommonReport):
            self._keep_report(state, envelope, content)
        elif envelope.kind is MessageKind.PROPOSAL:
            self._store_proposal(state, signed)

    def _keep_batch(self, state: SlotState, envelope: Envelope, manifest: Manifest) -> None:
        position = envelope.signed.position
        root = Root(position, manifest.root)
        signed: Any = envelope.signed
        state.batches.setdefault(root, signed)
        self._shelf.put(position, manifest, envelope.sections)
        if self._shelf.holds(manifest):
            state.held.setdefault(position, root)

    def _keep_proposal(self, state: SlotState, proposal: Signed[Any] | None) -> None:
        if proposal is not None and self._admit(state, MessageKind.PROPOSAL, proposal):
            self._store_proposal(state, proposal)

    def _store_proposal(self, state: SlotState, proposal: Signed[Any]) -> None:
        state.proposals.setdefault((proposal.position, proposal.content.input_root), proposal)

    def _keep_report(self, state: SlotState, envelope: Envelope, report: CommonReport) -> None:
        signed = envelope.signed
        digest = signed.digest
        state.contents.setdefault(digest, report)
        state.reports.add(digest, Vote(signed.position, signed.signature))
        if state.prepares.count(digest) >= self._committee.bounds.prepares:
            return
        prepared = digest_of(PrepareVote(report.slot, digest), self._committee)
        for vote in envelope.certificate:
            if state.prepares.has(digest, vote.position):
                continue
            if vote.position < self._committee.bounds.nodes and self._signatory.verify(
                vote.position, prepared, vote.signature
            ):
                state.prepares.add(digest, vote)


def _was_asked(state: SlotState, kind: MessageKind, signed: Signed[Any]) -> bool:
    """Whether it is a batch that others claim, or the leader proposed, and this node lacks.

    Whose signer sent this node two others would else keep it from what f+1 nodes agree on.
    """
    return kind is MessageKind.BATCH and Root(signed.position, signed.content.root) in state.wanted
