"""Checks whether a peer's observation may go into a report."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oracle.consensus.chain_state import ChainState
from pargrade.chain.keys import BadSignature
from pargrade.chain.typed_data import Domain
from pargrade.spot_index.observation import BadObservation, SignedObservation
from pargrade.spot_index.report import Part


class RefusalReason(StrEnum):
    """Why a peer's observation is left out."""

    DOWN = "DOWN"
    """No complete response in time."""
    DECLINED = "DECLINED"
    """The peer has no observation of this slot."""
    MALFORMED = "MALFORMED"
    STALE = "STALE"
    """The observation is of an earlier slot than requested."""
    FUTURE = "FUTURE"
    """The observation is of a later slot than requested."""
    OTHER_EPOCH = "OTHER_EPOCH"
    OTHER_INDEX_SET = "OTHER_INDEX_SET"
    OTHER_METHOD = "OTHER_METHOD"
    OTHER_FLAGS = "OTHER_FLAGS"
    """Replayed and live observations cannot be in one report."""
    UNKNOWN_SIGNER = "UNKNOWN_SIGNER"
    DUPLICATE = "DUPLICATE"
    """Another peer has already sent the same observation of this reporter."""
    EQUIVOCATION = "EQUIVOCATION"
    """Another peer has sent a different observation of this reporter: together they prove it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A peer's response that is left out, and why."""

    peer: str
    reason: RefusalReason
    detail: str

    def __str__(self) -> str:
        return f"{self.peer} {self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Expected:
    """What every observation in a report must state."""

    slot: int
    flags: int
    index_set: bytes
    domain: Domain
    chain_state: ChainState


def admit(peer: str, stated: Any, expected: Expected) -> Part | Refusal:
    """The part of a report that a peer's parsed JSON gives, or why it gives none."""
    try:
        signed = SignedObservation.from_json(stated)
        wrong = _first_difference(signed, expected)
        if wrong is not None:
            return Refusal(peer, *wrong)
        # The signature comes last because it takes longer than all other checks.
        signer = signed.reporter(expected.domain)
    except (BadObservation, BadSignature) as bad:
        return Refusal(peer, RefusalReason.MALFORMED, str(bad))
    position = expected.chain_state.position(signer)
    if position is None:
        detail = f"{signer} is not in the set of epoch {expected.chain_state.epoch}"
        return Refusal(peer, RefusalReason.UNKNOWN_SIGNER, detail)
    return Part(
        position=position,
        signature=signed.signature.compact,
        evidence_root=signed.observation.evidence_root,
        values=signed.observation.values,
    )


def join(parts: dict[int, Part], peer: str, part: Part) -> Refusal | None:
    """Add a part to `parts`, or return why it is left out.

    Of two contents of one reporter the first stays. It does not matter which: the reporter counts
    as one liar either way, and the contract checks everything again.
    """
    present = parts.setdefault(part.position, part)
    if present is part:
        return None
    same = (present.values, present.evidence_root) == (part.values, part.evidence_root)
    reason = RefusalReason.DUPLICATE if same else RefusalReason.EQUIVOCATION
    return Refusal(peer, reason, f"position {part.position} is already in")


def _first_difference(
    signed: SignedObservation, expected: Expected
) -> tuple[RefusalReason, str] | None:
    stated, chain_state = signed.observation, expected.chain_state
    if stated.slot != expected.slot:
        reason = RefusalReason.STALE if stated.slot < expected.slot else RefusalReason.FUTURE
        return reason, f"slot {stated.slot}, asked for {expected.slot}"
    if stated.epoch != chain_state.epoch:
        return (
            RefusalReason.OTHER_EPOCH,
            f"epoch {stated.epoch}, the chain is in {chain_state.epoch}",
        )
    if stated.index_set != expected.index_set or len(stated.values) != len(chain_state.last):
        return (
            RefusalReason.OTHER_INDEX_SET,
            f"0x{stated.index_set.hex()}, {len(stated.values)} values",
        )
    if stated.method_hash != chain_state.reporters.method_hash:
        return RefusalReason.OTHER_METHOD, f"0x{stated.method_hash.hex()}"
    if stated.flags != expected.flags:
        return RefusalReason.OTHER_FLAGS, f"flags {stated.flags}, this node's are {expected.flags}"
    return None
