"""The ways in and out of one epoch: sessions and inbox of its members, a queue for each peer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from oracle.protocol_store.committee_text import StoredCommittee
from oracle.transport.entry import Gate
from oracle.transport.inbox import Inbox
from oracle.transport.nats.link import NatsLink
from oracle.transport.nats.servers import NatsServers
from oracle.transport.sender import Membership, PeerSender
from oracle.transport.session import Sessions
from oracle.transport.struct_signer import StructSigner
from pargrade.chain.hashing import Address


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What a node sends and gets as one member of one committee."""

    inbox: Inbox
    senders: Mapping[int, PeerSender]
    """By position; a member whose address has no URL in the configuration has none."""
    link: NatsLink | None = None
    """Where messages go first; None for HTTP alone."""

    @classmethod
    def open(
        cls,
        stored: StoredCommittee,
        position: int,
        signer: StructSigner,
        urls: Mapping[Address, str],
        gate: Gate,
        answer_s: float,
        nats: NatsServers | None = None,
    ) -> Self:
        """Lets members' messages in, and begins to send.

        Raises NoAnswer for a URL that is none, SignerFailed.
        """
        committee = stored.committee
        membership = Membership(committee, position, signer)
        others = [each for each in range(committee.bounds.nodes) if each != position]
        inbox = Inbox(others)
        senders = {
            each: PeerSender(membership, each, urls[stored.members[each]], answer_s)
            for each in others
            if stored.members[each] in urls
        }
        gate.open(Sessions(committee, position, stored.verifier), inbox)
        found = cls(inbox, senders)
        if nats is not None:
            members = stored.verifier
            link = NatsLink(nats, committee, position, signer, members, inbox, found.post)
            found = cls(inbox, senders, link)
            link.start()
        for sender in senders.values():
            sender.start()
        return found

    def send(self, to: tuple[int, ...], raw: bytes) -> None:
        """Queue a message for members."""
        link = self.link
        linked = () if link is None else tuple(each for each in to if link.reaches(each))
        if link is not None and linked:
            link.send(linked, raw)
        self.post(tuple(each for each in to if each not in linked), raw)

    def post(self, to: tuple[int, ...], raw: bytes) -> None:
        """Queue a message for members over HTTP."""
        for position in to:
            if position in self.senders:
                self.senders[position].outbox.put(raw)

    def is_reached(self, position: int) -> bool:
        """Whether a member takes messages, as far as is known."""
        if self.link is not None and self.link.reaches(position):
            return True
        sender = self.senders.get(position)
        return sender is not None and sender.report.is_reached

    def close(self) -> None:
        """Send no more."""
        for sender in self.senders.values():
            sender.close()
        if self.link is not None:
            self.link.close()
