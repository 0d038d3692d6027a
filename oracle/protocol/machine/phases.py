"""The phases of one slot as a node goes through them: batch, HAVE, proposal, PREPARE, REPORT, land.

Each step looks at what is known and does what is due; called after every message and every tick.
"""

from dataclasses import replace

from oracle.protocol.batch.roots import Root, Roots
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.batch.table import Table, cut_batch
from oracle.protocol.committee.committee import Committee
from oracle.protocol.have.have_list import HaveList
from oracle.protocol.machine.bodies import Bodies
from oracle.protocol.machine.dispatch import Dispatch
from oracle.protocol.machine.outputs import Transmit
from oracle.protocol.machine.pace import Pace
from oracle.protocol.machine.promises import Promise
from oracle.protocol.machine.slot_state import SlotState
from oracle.protocol.message.envelope import Envelope, MessageKind
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.prepare.votes import Certificate, Vote
from oracle.protocol.proposal.choice import choose_inputs, find_omission, has_enough
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.attested import own_lines, price_lines
from oracle.protocol.report.common_report import report_of
from oracle.protocol.report.valuation import Valuation
from oracle.protocol.transmission.landing import TAKEOVER_S, Landing, transmits_at
from oracle.protocol.wire.content import digest_of


class Phases:
    """What one node does about a slot: its dispatch gets what it wants done, in order."""

    def __init__(
        self,
        committee: Committee,
        valuation: Valuation,
        shelf: Shelf,
        pace: Pace,
        dispatch: Dispatch,
        bodies: Bodies,
    ) -> None:
        self._committee = committee
        self._valuation = valuation
        self._shelf = shelf
        self._pace = pace
        self._dispatch = dispatch
        self._bodies = bodies
        self._position = dispatch.position
        self._sections_sent: frozenset[bytes] = frozenset()
        """Of this node's last batch: who got that has them."""

    def cut(self, state: SlotState, table: Table, now: float) -> None:
        """Sign this node's batch and send it, with the sections that are new in it."""
        if not self._dispatch.promises.may(Promise.BATCH, state.slot):
            return
        manifest, sections = cut_batch(table, state.slot)
        figures = self._valuation(own_lines(table), state.slot)
        state.own_figures = report_of(self._committee, state.slot, figures, bytes(32)).figures
        new = tuple(raw for name, raw in sections.items() if name not in self._sections_sent)
        self._sections_sent = frozenset(sections)
        signed = self._dispatch.sign(manifest)
        self._shelf.put(self._position, manifest, sections.values())
        root = Root(self._position, manifest.root)
        state.batches[root], state.held[self._position] = signed, root
        kept = Envelope(self._committee.epoch, signed, sections=tuple(sections.values()))
        sent = replace(kept, sections=new)
        self._dispatch.give(state, kept, now, sent.pack())

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
            state.claims.add(self._position, held)
            self._dispatch.call_for(state, HaveList(state.slot, held), now)

    def propose(self, state: SlotState, expected: frozenset[int], now: float) -> None:
        """As the leader: propose what f+1 hold, once all HAVEs are in or after a wait."""
        bounds, opened_at = self._committee.bounds, state.opened_at
        if opened_at is None or state.leader != self._position:
            return
        if not self._dispatch.promises.may(Promise.PROPOSAL, state.slot):
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
        signed = self._dispatch.sign(proposal)
        state.proposals[self._position, proposal.input_root] = signed
        self._dispatch.give(state, Envelope(self._committee.epoch, signed), now)

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
            voted = self._dispatch.sign(vote)
            state.prepares.add(digest, Vote(self._position, voted.signature))
            self._dispatch.give(state, Envelope(self._committee.epoch, voted, proposal=signed), now)
        if MessageKind.REPORT not in state.sent_at:
            self._dispatch.repeat(state, MessageKind.PREPARE, self._pace.repeat_s, now)

    def report(self, state: SlotState, now: float) -> None:
        """Sign the report that p PREPAREs are for, if this node computed the same; once."""
        certificate = state.prepares.certificate(self._committee.bounds.prepares)
        if certificate is None:
            return
        report = state.computed.get(certificate.digest)
        if MessageKind.REPORT not in state.sent_at and report is not None:
            if not self._dispatch.promises.may(Promise.REPORT, state.slot):
                self._dispatch.send_again(state, MessageKind.REPORT, now)
                return
            signed = self._dispatch.sign(report)
            state.contents.setdefault(certificate.digest, report)
            state.reports.add(certificate.digest, Vote(self._position, signed.signature))
            epoch = self._committee.epoch
            self._dispatch.give(state, Envelope(epoch, signed, certificate=certificate.votes), now)
        self._dispatch.repeat(state, MessageKind.REPORT, self._pace.report_again_s, now)

    def land(self, state: SlotState, now: float) -> None:
        """Transmit once s REPORTs are in and it is this node's turn, and in turn again."""
        certificate = state.reports.certificate(self._committee.bounds.signatures)
        if certificate is None or not self._committee.is_usable(state.slot, now):
            return
        if state.certified_at is None:
            state.certified_at = now
        places = (self._position - (state.leader or 0)) % self._committee.bounds.nodes
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
        self._dispatch.out.append(Transmit(Landing(state.contents[certified.digest], certified)))

    def _may_vote(self, state: SlotState, inputs: Roots) -> bool:
        return (
            MessageKind.PREPARE not in state.sent_at
            and self._dispatch.promises.may(Promise.PREPARE, state.slot)
            and find_omission(inputs, state.claims, self._committee.bounds) is None
        )

    def _compute(self, state: SlotState, proposal: InputProposal) -> bytes | None:
        """The digest of what follows from a proposal; None while bodies are missing."""
        input_root = proposal.input_root
        if input_root in state.priced:
            return state.priced[input_root]
        if not has_enough(proposal.inputs, self._committee.bounds):
            return None
        manifests = self._bodies.manifests(state, proposal.inputs)
        if manifests is None:
            return None
        lines = price_lines(manifests, self._shelf, self._committee.bounds)
        figures = self._valuation(lines, state.slot)
        report = report_of(self._committee, state.slot, figures, input_root)
        digest = digest_of(report, self._committee)
        state.computed[digest], state.priced[input_root] = report, digest
        return digest
