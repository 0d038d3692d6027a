"""The phases of one slot as a node goes through them: batch, HAVE, proposal, PREPARE, REPORT, land.

Each step looks at what is known and does what is due; called after every message and every tick.
"""

from dataclasses import replace

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root, Roots
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.batch.table import Table, cut_batch
from oracle.protocol.committee.committee import Committee
from oracle.protocol.have.have_list import HaveList
from oracle.protocol.machine.outputs import Output, Send, Transmit
from oracle.protocol.machine.pace import Pace
from oracle.protocol.machine.promises import Promise, PromiseRecord, Promises
from oracle.protocol.machine.slot_state import AskedBatch, SlotState
from oracle.protocol.message.calls import Want
from oracle.protocol.message.envelope import KIND_OF, Envelope, MessageKind
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.prepare.votes import Certificate, Vote
from oracle.protocol.proposal.choice import choose_inputs, find_omission, has_enough
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.attested import own_lines, price_lines
from oracle.protocol.report.common_report import report_of
from oracle.protocol.report.valuation import Valuation
from oracle.protocol.transmission.landing import TAKEOVER_S, Landing, transmits_at
from oracle.protocol.wire.content import Content, digest_of, sign_content
from oracle.protocol.wire.signatory import Signatory

_PROMISE_OF = {
    MessageKind.BATCH: Promise.BATCH,
    MessageKind.PROPOSAL: Promise.PROPOSAL,
    MessageKind.PREPARE: Promise.PREPARE,
    MessageKind.REPORT: Promise.REPORT,
}


class Phases:
    """What one node does about a slot. `out` is what it wants done, in order."""

    def __init__(
        self,
        committee: Committee,
        position: int,
        signatory: Signatory,
        valuation: Valuation,
        promises: Promises,
        shelf: Shelf,
        pace: Pace,
    ) -> None:
        self.out: list[Output] = []
        self.position = position
        self.promises = promises
        self._committee = committee
        self._signatory = signatory
        self._valuation = valuation
        self._shelf = shelf
        self._pace = pace
        self._others = tuple(each for each in range(committee.bounds.nodes) if each != position)
        self._sections_sent: frozenset[bytes] = frozenset()
        """Of this node's last batch: who got that has them."""

    def cut(self, state: SlotState, table: Table, now: float) -> None:
        """Sign this node's batch and send it, with the sections that are new in it."""
        if not self.promises.may(Promise.BATCH, state.slot):
            return
        manifest, sections = cut_batch(table, state.slot)
        figures = self._valuation(own_lines(table), state.slot)
        state.own_figures = report_of(self._committee, state.slot, figures, bytes(32)).figures
        new = tuple(raw for name, raw in sections.items() if name not in self._sections_sent)
        self._sections_sent = frozenset(sections)
        signed = sign_content(manifest, self._committee, self.position, self._signatory)
        self._shelf.put(self.position, manifest, sections.values())
        root = Root(self.position, manifest.root)
        state.batches[root], state.held[self.position] = signed, root
        kept = Envelope(self._committee.epoch, signed, sections=tuple(sections.values()))
        sent = replace(kept, sections=new)
        self._give(state, kept, now, sent.pack())

    def call_for(self, state: SlotState, content: Content, now: float) -> None:
        """Sign and send what is no promise, to all."""
        signed = sign_content(content, self._committee, self.position, self._signatory)
        raw = Envelope(self._committee.epoch, signed).pack()
        self._send(state, KIND_OF[type(content)], raw, now)

    def have(self, state: SlotState, expected: frozenset[int], now: float) -> None:
        """Claim what is held: when all batches are in, or after a wait; again until a PREPARE."""
        if MessageKind.PREPARE in state.sent_at or state.opened_at is None or not state.held:
            return
        waited, sent_at = now - state.opened_at, state.sent_at.get(MessageKind.HAVE)
        complete = len(state.held) == self._committee.bounds.nodes
        if sent_at is None:
            enough = expected <= state.held.keys() and waited >= self._pace.dead_have_s
            due = complete or enough or waited >= self._pace.have_s
        else:
            grown = complete and state.sent_held < len(state.held)
            due = grown or now - sent_at >= self._pace.repeat_s
        if due:
            held = tuple(state.held[position] for position in sorted(state.held))
            state.sent_held = len(held)
            state.claims.add(self.position, held)
            self.call_for(state, HaveList(state.slot, held), now)

    def want(self, state: SlotState, now: float) -> None:
        """Ask for batches that others claim or a proposal takes, one claimer after the other."""
        if state.certified_at is not None:
            return
        proposed = self._uncomputed(state)
        missing = [root for root in proposed if self._manifests(state, (root,)) is None]
        for root in dict.fromkeys((*state.claims.unheld(state.held.values()), *missing)):
            asked = state.wanted.setdefault(root, AskedBatch(now))
            last = asked.since + self._pace.want_s - self._pace.want_again_s
            last = last if asked.asked_at is None else asked.asked_at
            servers = [each for each in state.claims.claimers(root) if each != self.position]
            if now - last < self._pace.want_again_s or not servers:
                continue
            asked.asked_at = now
            server = servers[(asked.times + self.position) % len(servers)]
            asked.times += 1
            wanted = Want(state.slot, root)
            signed = sign_content(wanted, self._committee, self.position, self._signatory)
            self.out.append(Send((server,), Envelope(self._committee.epoch, signed).pack()))

    def serve(self, state: SlotState, wanted: Root, asker: int) -> None:
        """Send a batch that is held, whole."""
        signed = state.batches.get(wanted)
        if signed is None or not self._shelf.holds(signed.content):
            return
        sections = tuple(self._shelf.sections_of(signed.content))
        envelope = Envelope(self._committee.epoch, signed, sections=sections)
        self.out.append(Send((asker,), envelope.pack()))

    def propose(self, state: SlotState, expected: frozenset[int], now: float) -> None:
        """As the leader: propose what f+1 hold, once all HAVEs are in or after a wait."""
        bounds, opened_at = self._committee.bounds, state.opened_at
        if opened_at is None or state.leader != self.position:
            return
        if not self.promises.may(Promise.PROPOSAL, state.slot):
            return
        listed, waited = state.claims.listed, now - opened_at
        enough = expected <= listed and waited >= self._pace.dead_propose_s
        if len(listed) < bounds.nodes and not (
            len(listed) >= bounds.live and (enough or waited >= self._pace.propose_s)
        ):
            return
        inputs = choose_inputs(state.claims, bounds)
        if inputs is None:
            return
        proposal = InputProposal(state.slot, inputs)
        signed = sign_content(proposal, self._committee, self.position, self._signatory)
        state.proposals[self.position, proposal.input_root] = signed
        self._give(state, Envelope(self._committee.epoch, signed), now)

    def prepare(self, state: SlotState, now: float) -> None:
        """Compute the leader's proposals whose bodies are here, and vote for one, once."""
        if state.opened_at is None:
            return
        for signed in list(state.proposals.values()):
            if signed.position != state.leader:
                continue
            digest = self._compute(state, signed.content)
            if digest is None or not self._may_vote(state, signed.content.inputs):
                continue
            vote = PrepareVote(state.slot, digest)
            voted = sign_content(vote, self._committee, self.position, self._signatory)
            state.prepares.add(digest, Vote(self.position, voted.signature))
            self._give(state, Envelope(self._committee.epoch, voted, proposal=signed), now)
        if MessageKind.REPORT not in state.sent_at:
            self._repeat(state, MessageKind.PREPARE, self._pace.repeat_s, now)

    def report(self, state: SlotState, now: float) -> None:
        """Sign the report that p PREPAREs are for, if this node computed the same; once."""
        certificate = state.prepares.certificate(self._committee.bounds.prepares)
        if certificate is None:
            return
        report = state.computed.get(certificate.digest)
        if MessageKind.REPORT not in state.sent_at and report is not None:
            if not self.promises.may(Promise.REPORT, state.slot):
                self._send_again(state, MessageKind.REPORT, now)
                return
            signed = sign_content(report, self._committee, self.position, self._signatory)
            state.contents.setdefault(certificate.digest, report)
            state.reports.add(certificate.digest, Vote(self.position, signed.signature))
            epoch = self._committee.epoch
            self._give(state, Envelope(epoch, signed, certificate=certificate.votes), now)
        self._repeat(state, MessageKind.REPORT, self._pace.report_again_s, now)

    def land(self, state: SlotState, now: float) -> None:
        """Transmit once s REPORTs are in and it is this node's turn, and in turn again."""
        certificate = state.reports.certificate(self._committee.bounds.signatures)
        if certificate is None or not self._committee.is_usable(state.slot, now):
            return
        if state.certified_at is None:
            state.certified_at = now
        places = (self.position - (state.leader or 0)) % self._committee.bounds.nodes
        due_at = transmits_at(state.certified_at, places)
        votes = state.reports.votes_for(certificate.digest)
        if state.transmitted_at is not None:
            due_at = state.transmitted_at + self._committee.bounds.nodes * TAKEOVER_S
        if now >= due_at:
            state.transmitted_at = now
        elif state.transmitted_at is None or len(votes) <= state.transmitted_votes:
            return
        # Again with every vote more: the chain may ask for more than s where a value moves fast.
        self._transmit(state, Certificate(certificate.digest, votes))

    def land_rest(self, state: SlotState, now: float) -> None:
        """Transmit a landed report again, with every vote more, where this node brought it.

        An index that moves fast keeps its last round until enough have signed; the others have
        theirs. Who brought it sees on chain which index is left, if any.
        """
        certificate = state.reports.certificate(self._committee.bounds.signatures)
        if certificate is None or state.transmitted_at is None:
            return
        votes = state.reports.votes_for(certificate.digest)
        if len(votes) > state.transmitted_votes and self._committee.is_usable(state.slot, now):
            self._transmit(state, Certificate(certificate.digest, votes))

    def _transmit(self, state: SlotState, certified: Certificate) -> None:
        state.transmitted_votes = len(certified.votes)
        self.out.append(Transmit(Landing(state.contents[certified.digest], certified)))

    def _uncomputed(self, state: SlotState) -> Roots:
        """What the leader proposed and was not computed here yet."""
        proposals = [
            signed.content
            for (position, input_root), signed in state.proposals.items()
            if position == state.leader and input_root not in state.priced
        ]
        return tuple(root for proposal in proposals for root in proposal.inputs)

    def _may_vote(self, state: SlotState, inputs: Roots) -> bool:
        return (
            MessageKind.PREPARE not in state.sent_at
            and self.promises.may(Promise.PREPARE, state.slot)
            and find_omission(inputs, state.claims, self._committee.bounds) is None
        )

    def _compute(self, state: SlotState, proposal: InputProposal) -> bytes | None:
        """The digest of what follows from a proposal; None while bodies are missing."""
        input_root = proposal.input_root
        if input_root in state.priced:
            return state.priced[input_root]
        if not has_enough(proposal.inputs, self._committee.bounds):
            return None
        manifests = self._manifests(state, proposal.inputs)
        if manifests is None:
            return None
        lines = price_lines(manifests, self._shelf, self._committee.bounds)
        figures = self._valuation(lines, state.slot)
        report = report_of(self._committee, state.slot, figures, input_root)
        digest = digest_of(report, self._committee)
        state.computed[digest], state.priced[input_root] = report, digest
        return digest

    def _manifests(self, state: SlotState, inputs: Roots) -> list[Manifest] | None:
        found = [state.batches.get(root) for root in inputs]
        manifests = [each.content for each in found if each is not None]
        whole = len(manifests) == len(inputs) and all(map(self._shelf.holds, manifests))
        return manifests if whole else None

    def _give(
        self, state: SlotState, envelope: Envelope, now: float, sent: bytes | None = None
    ) -> None:
        """Note a promise down, then send it to all, or `sent` in its place."""
        kind, raw = envelope.kind, envelope.pack()
        record = PromiseRecord(_PROMISE_OF[kind], state.slot, envelope.signed.digest, raw)
        self.promises.keep(record)
        self.out.append(record)
        self._send(state, kind, raw if sent is None else sent, now)

    def _send(self, state: SlotState, kind: MessageKind, raw: bytes, now: float) -> None:
        state.sent_at[kind] = now
        self.out.append(Send(self._others, raw))

    def _repeat(self, state: SlotState, kind: MessageKind, pause_s: float, now: float) -> None:
        sent_at = state.sent_at.get(kind)
        if sent_at is None or now - sent_at >= pause_s:
            self._send_again(state, kind, now)

    def _send_again(self, state: SlotState, kind: MessageKind, now: float) -> None:
        """Send the bytes of a promise once more, if it was given for this slot."""
        record = self.promises.kept(_PROMISE_OF[kind], state.slot)
        if record is not None:
            self._send(state, kind, record.raw, now)
