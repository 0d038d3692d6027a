"""The ways in and out of one epoch: sessions and inbox of its members, a queue for each peer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from oracle.protocol_store.committee_text import StoredCommittee
from oracle.transport.entry import Gate
from oracle.transport.inbox import Inbox
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

    @classmethod
    def open(
        cls,
        stored: StoredCommittee,
        position: int,
        signer: StructSigner,
        urls: Mapping[Address, str],
        gate: Gate,
        answer_s: float,
    ) -> Self:
        """Lets members' messages in, and begins to send. Raises NoAnswer for a URL that is none."""
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
        for sender in senders.values():
            sender.start()
        return cls(inbox, senders)

    def send(self, to: tuple[int, ...], raw: bytes) -> None:
        """Queue a message for members."""
        for position in to:
            if position in self.senders:
                self.senders[position].outbox.put(raw)

    def close(self) -> None:
        """Send no more."""
        for sender in self.senders.values():
            sender.close()
