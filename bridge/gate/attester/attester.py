"""Signs messages that are final, agreed on by every endpoint, and explained by both ledgers."""

import logging
from dataclasses import dataclass, field
from typing import Final

from bridge.gate.attester.journal import AttestationJournal, Attested, MessagePlace
from bridge.gate.attester.refusals import BeforeFloor, MessageRefusal, OtherContent, RefusedMessage
from bridge.gate.ledger.ends import Followers
from bridge.gate.ledger.follower import GateFollower
from bridge.gate.ledger.messages import SentMessage
from bridge.gate.ledger.reconciliation import BookMismatch, ask_gate, compare_books
from pargrade.bindings.structs import AttesterConfig
from pargrade.chain.keys import Signer
from pargrade.errors import PargradeError
from pargrade.gate.transfer import End, Route
from pargrade.process.failpoint import reached

_log: Final = logging.getLogger("bridge.gate")

NO_EPOCH: Final = 0
"""A digest for no epoch is never believed: it names the content alone."""


class BooksDiffer(PargradeError):
    """The events of a gate do not add up to what the gate says it has. Nothing is attested."""

    hint = "An endpoint left something out, or a gate is broken: compare other endpoints."

    def __init__(self, mismatch: BookMismatch) -> None:
        self.mismatch = mismatch
        super().__init__(mismatch.describe())


class Inexplicable(PargradeError):
    """One end has what the other end does not explain. Nothing is attested while it lasts."""

    hint = "If it lasts, somebody has a quorum or a gate: stop the route, revoke the epoch."


@dataclass(frozen=True, slots=True)
class AttestingPass:
    """What one look at both chains led to."""

    signed: tuple[Attested, ...]
    open: int
    """Messages that did not go through yet."""


@dataclass(slots=True)
class Attester:
    """One key that attests one route, both ways."""

    route: Route
    signer: Signer
    journal: AttestationJournal
    followers: Followers
    cap: int | None = None
    """Most steps of a message that it signs; None for no cap of its own."""
    refused: dict[tuple[int, int], RefusedMessage] = field(default_factory=dict)
    """Open messages that are not signed, by destination chain and nonce."""

    @property
    def home(self) -> GateFollower:
        """Where tokens are locked."""
        return self.followers.home

    @property
    def remote(self) -> GateFollower:
        """Where they are represented."""
        return self.followers.remote

    def attest(self) -> AttestingPass:
        """Reads both chains, and signs what is open and may be signed.

        Raises, and signs nothing: EndpointsDiffer, TooFewEndpoints, Unexplained, BooksDiffer,
        Inexplicable, ChainError, JournalFailed, SignerFailed.
        """
        ledger = self.followers.sync()
        for follower in self.followers:
            for mismatch in compare_books(follower):
                raise BooksDiffer(mismatch)
        faults = tuple(ledger.unexplained())
        if faults:
            raise Inexplicable("; ".join(faults[:3]))
        before, self.refused = self.refused, {}
        signed: list[Attested] = []
        open_count = 0
        for source, follower in ((ledger.home, self.remote), (ledger.remote, self.home)):
            messages = [each.message for each in ledger.open_messages(source)]
            open_count += len(messages)
            if messages:
                signed += self._sign_all(messages, follower)
        for key in self.refused.keys() - before.keys():
            _log.warning("not signed: %s", self.refused[key].describe())
        return AttestingPass(tuple(signed), open_count)

    def _sign_all(self, messages: list[SentMessage], to: GateFollower) -> list[Attested]:
        config = read_config(to)
        if config is None or config.revoked or self.signer.address not in config.attesters:
            return []
        found = (self._sign(message, to.ledger.end, config.epoch) for message in messages)
        return [signed for signed in found if signed is not None]

    def _sign(self, message: SentMessage, destination: End, epoch: int) -> Attested | None:
        """None for a message that was signed before, or is refused."""
        crossing, nonce = message.crossing, message.crossing.nonce
        steps = crossing.amount.value
        if self.cap is not None and steps > self.cap:
            detail = f"{steps} steps, at most {self.cap}"
            self._refuse(destination, nonce, MessageRefusal.ABOVE_CAP, detail)
            return None
        kept = self.journal.find(MessagePlace(self.route.id, destination.chain, nonce), epoch)
        if kept is not None and kept.content == crossing.digest(destination, NO_EPOCH):
            return None
        try:
            return self._sign_new(message, destination, epoch)
        except OtherContent as other:
            self._refuse(destination, nonce, MessageRefusal.OTHER_CONTENT, str(other))
        except BeforeFloor as before:
            self._refuse(destination, nonce, MessageRefusal.BEFORE_FLOOR, str(before))
        return None

    def _sign_new(self, message: SentMessage, destination: End, epoch: int) -> Attested:
        crossing = message.crossing
        place = MessagePlace(self.route.id, destination.chain, crossing.nonce)
        content = crossing.digest(destination, NO_EPOCH)
        # Asked before the signer is: one outside would have signed by then.
        self.journal.require_open(place, content, message.time)
        data = crossing.typed_data(destination, epoch)
        signature = self.signer.sign_typed(data)
        signed = Attested(place, epoch, content, data.digest, signature, message.time)
        kept = self.journal.record(signed)
        reached("attestation-recorded")
        _log.info("signed message %d to chain %d", crossing.nonce, destination.chain)
        return kept

    def _refuse(self, destination: End, nonce: int, reason: MessageRefusal, detail: str) -> None:
        refused = RefusedMessage(destination.chain, nonce, reason, detail)
        self.refused[destination.chain, nonce] = refused


def read_config(follower: GateFollower) -> AttesterConfig | None:
    """Who attests what arrives at an end, as of the block its ledger is of; None for nobody."""
    ledger, block = follower.ledger, follower.head
    if block is None or not ledger.epoch:
        return None
    return ask_gate(
        follower, "the attesters", lambda gate: gate.attester_config(ledger.epoch, block=block)
    )
