"""Signatures that another process gives: the machine seals, and seals are replaced on the way out.

The machine does no I/O, so it cannot wait for a signer. In place of a signature of its own it puts
a seal, 64 bytes that no signature can be, with the digest in them. Before anything is written down
or sent, the signer is asked for the signature over each sealed content; what it refuses never
leaves.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from oracle.protocol.committee.committee import Committee
from oracle.protocol.machine.outputs import Output, Send, Transmit, TwoContents
from oracle.protocol.machine.promises import PromiseRecord
from oracle.protocol.message.envelope import Envelope, read_envelope
from oracle.protocol.prepare.votes import Vote
from oracle.protocol.report.input_set import Agreement, InputSet
from oracle.protocol.wire.content import Content, Signed
from oracle.protocol.wire.signatory import Members
from oracle.transport.struct_signer import StructSigner
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError
from pargrade.keys.remote_signer import SignerRefused

_HEAD: Final = b"\xff" * 32
"""Above the order of the curve: no signature begins with it."""
_KEPT: Final = 1_024
"""Digests in memory; a node signs some tens in the slots that are open."""

T = TypeVar("T", bound=Content)


class PromiseRefused(PargradeError):
    """The signer does not sign what a node was about to promise for a slot: nothing was sent."""

    hint = "Something else was signed for the slot with this key. The node goes on after it."

    def __init__(self, slot: int, refused: SignerRefused) -> None:
        self.slot = slot
        super().__init__(f"slot {slot}: {refused}")


class SealingSignatory(Members):
    """Seals what its node says, and checks all members' signatures. For one thread."""

    def __init__(self, position: int, members: Sequence[Address]) -> None:
        """`position` is this node's; `members` are the addresses of the committee by position."""
        super().__init__(members)
        self._position = position
        self._sealed: OrderedDict[bytes, None] = OrderedDict()

    def sign(self, digest: bytes) -> bytes:
        """A seal of 64 bytes."""
        self._sealed[digest] = None
        if len(self._sealed) > _KEPT:
            self._sealed.popitem(last=False)
        return _HEAD + digest

    def verify(self, position: int, digest: bytes, signature: bytes) -> bool:
        """Takes this node's own seals too, of nothing but what it sealed: others can write them."""
        if signature[:32] == _HEAD:
            is_own = position == self._position and digest in self._sealed
            return is_own and signature == _HEAD + digest
        return super().verify(position, digest, signature)


class Seals:
    """Puts signatures in the place of one node's seals. For one thread."""

    def __init__(self, committee: Committee, position: int, signer: StructSigner) -> None:
        self._committee = committee
        self._position = position
        self._signer = signer
        self._signatures: OrderedDict[bytes, bytes] = OrderedDict()
        """By digest."""

    def sign(self, outputs: list[Output]) -> list[Output]:
        """The outputs, signed. Raises PromiseRefused, SignerFailed: then nothing may leave."""
        return [self._signed_output(each) for each in outputs]

    def sign_set(self, found: InputSet) -> InputSet:
        """An input set of what was signed before."""
        batches = tuple(map(self._signed, found.batches))
        return replace(found, proposal=self._signed(found.proposal), batches=batches)

    def sign_agreement(self, agreed: Agreement) -> Agreement:
        """An agreement with the votes that were signed before."""
        prepares, reports = self._votes(agreed.prepares), self._votes(agreed.reports)
        return replace(agreed, prepares=prepares, reports=reports)

    def _signed_output(self, output: Output) -> Output:
        if isinstance(output, PromiseRecord):
            try:
                return replace(output, raw=self._signed_raw(output.raw))
            except SignerRefused as refused:
                raise PromiseRefused(output.slot, refused) from None
        if isinstance(output, Send):
            return replace(output, raw=self._signed_raw(output.raw))
        if isinstance(output, Transmit):
            certificate = output.landing.certificate
            certificate = replace(certificate, votes=self._votes(certificate.votes))
            return Transmit(replace(output.landing, certificate=certificate))
        if isinstance(output, TwoContents):
            return replace(output, a=self._signed(output.a), b=self._signed(output.b))
        return output

    def _signed_raw(self, raw: bytes) -> bytes:
        if _HEAD not in raw:
            return raw
        envelope = read_envelope(raw, self._committee)
        proposal = envelope.proposal
        signed: Envelope = replace(
            envelope,
            signed=self._signed(envelope.signed),
            proposal=None if proposal is None else self._signed(proposal),
            certificate=self._votes(envelope.certificate),
        )
        return signed.pack()

    def _signed(self, signed: Signed[T]) -> Signed[T]:
        if not self._is_sealed(signed.position, signed.signature):
            return signed
        known = self._signatures.get(signed.digest)
        if known is None:
            known = self._signer.sign(signed.content.struct(self._committee))
            self._signatures[signed.digest] = known
            if len(self._signatures) > _KEPT:
                self._signatures.popitem(last=False)
        return replace(signed, signature=known)

    def _votes(self, votes: tuple[Vote, ...]) -> tuple[Vote, ...]:
        return tuple(
            Vote(position, self._signatures[signature[32:]])
            if self._is_sealed(position, signature)
            else Vote(position, signature)
            for position, signature in votes
        )

    def _is_sealed(self, position: int, signature: bytes) -> bool:
        return position == self._position and signature[:32] == _HEAD


class NoSeals(Seals):
    """Of a node whose machine signs by itself: everything is as it was."""

    def __init__(self) -> None:
        """Nothing to know."""

    def _signed_raw(self, raw: bytes) -> bytes:
        return raw

    def _is_sealed(self, position: int, signature: bytes) -> bool:
        return False
