"""What a node knows of one slot."""

from dataclasses import dataclass, field

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root
from oracle.protocol.have.claims import Claims
from oracle.protocol.message.envelope import MessageKind
from oracle.protocol.prepare.votes import Votes
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.content import Content, Signed


@dataclass(slots=True)
class AskedBatch:
    """A batch that others claim and this node lacks."""

    since: float
    asked_at: float | None = None
    times: int = 0


@dataclass(slots=True)
class SlotState:
    """One slot. Of each node at most two contents of a kind are kept: two are a proof."""

    slot: int
    opened_at: float | None = None
    """On this node's clock; None until it has opened here."""
    leader: int | None = None
    """Position of who proposes, by the last round when it opened here."""
    callers: set[int] = field(default_factory=set)
    batches: dict[Root, Signed[Manifest]] = field(default_factory=dict)
    held: dict[int, Root] = field(default_factory=dict)
    """By position the first batch whose bodies are all here."""
    claims: Claims = field(default_factory=Claims)
    wanted: dict[Root, AskedBatch] = field(default_factory=dict)
    served: dict[tuple[int, Root], float] = field(default_factory=dict)
    """By asker and batch, when it was sent."""
    proposals: dict[tuple[int, bytes], Signed[InputProposal]] = field(default_factory=dict)
    """By proposer and input root."""
    computed: dict[bytes, CommonReport] = field(default_factory=dict)
    """Reports of the leader's proposals, by digest: computed here from bodies held here."""
    priced: dict[bytes, bytes] = field(default_factory=dict)
    """Digest of the computed report by input root."""
    prepares: Votes = field(default_factory=Votes)
    reports: Votes = field(default_factory=Votes)
    contents: dict[bytes, CommonReport] = field(default_factory=dict)
    """Reports that others signed, by digest."""
    sent_at: dict[MessageKind, float] = field(default_factory=dict)
    sent_held: int = 0
    """Batches in the last HAVE."""
    certified_at: float | None = None
    transmitted_at: float | None = None
    transmitted_votes: int = 0
    """REPORTs that went with it the last time."""
    own_figures: tuple[Figure, ...] | None = None
    """Of this node's own batch."""
    signed: dict[tuple[MessageKind, int], dict[bytes, Signed[Content]]] = field(
        default_factory=dict
    )
    """By kind and position, contents by digest: two at most."""

    def is_known(self, kind: MessageKind, position: int, digest: bytes) -> bool:
        """Whether a node's content with a digest is in."""
        return digest in self.signed.get((kind, position), {})

    def note(
        self, kind: MessageKind, digest: bytes, signed: Signed[Content]
    ) -> Signed[Content] | None:
        """Keep a content. Returns the first one of that kind and node when this contradicts it."""
        found = self.signed.setdefault((kind, signed.position), {})
        if len(found) >= 2 or digest in found:
            return None
        found[digest] = signed
        return next(iter(found.values())) if len(found) == 2 else None

    def is_full(self, kind: MessageKind, position: int) -> bool:
        """Whether two contradicting contents of a node are in: more are not looked at."""
        return len(self.signed.get((kind, position), ())) >= 2
