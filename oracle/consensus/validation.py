"""Checks whether a peer's observation may go into a report."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from oracle.consensus.chain_state import ChainState
from oracle.consensus.sighting import Sighting
from pargrade.chain.keys import BadSignature, recover
from pargrade.chain.typed_data import Domain
from pargrade.spot_index.observation import BadObservation, Observation, SignedObservation
from pargrade.spot_index.report import Part
from pargrade.text import printable

_MOST_SHOWN: Final = 200
"""Characters of a refusal's detail: much of it is a peer's own text."""


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
    EMPTY = "EMPTY"
    """The observation has no value at all, so it counts toward no quorum."""
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
    """Escaped and cut, whatever the peer sent."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", printable(self.detail, _MOST_SHOWN))

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
    sighting = identify(peer, stated, expected)
    return sighting if isinstance(sighting, Refusal) else admit_part(peer, sighting, expected)


def identify(peer: str, stated: Any, expected: Expected) -> Sighting | Refusal:
    """The observation in a peer's parsed JSON with its signer, a reporter of this epoch.

    Two of them with different contents prove an equivocation, whatever else they state.
    """
    try:
        signed = SignedObservation.from_json(stated)
        wrong = _find_other_slot(signed.observation, expected)
        if wrong is not None:
            return Refusal(peer, *wrong)
        digest = signed.observation.digest(expected.domain)
        signer = recover(digest, signed.signature)
    except (BadObservation, BadSignature) as bad:
        return Refusal(peer, RefusalReason.MALFORMED, str(bad))
    if expected.chain_state.position(signer) is None:
        detail = f"{signer} is not in the set of epoch {expected.chain_state.epoch}"
        return Refusal(peer, RefusalReason.UNKNOWN_SIGNER, detail)
    return Sighting(signer, digest, signed)


def admit_part(peer: str, sighting: Sighting, expected: Expected) -> Part | Refusal:
    """The part of a report that an identified observation gives, or why it gives none."""
    observation = sighting.signed.observation
    wrong = _find_other_content(observation, expected)
    if wrong is not None:
        return Refusal(peer, *wrong)
    position = expected.chain_state.position(sighting.reporter)
    assert position is not None, "only reporters of this epoch are identified"
    return Part(
        position=position,
        signature=sighting.signed.signature.compact,
        evidence_root=observation.evidence_root,
        values=observation.values,
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


def _find_other_slot(stated: Observation, expected: Expected) -> tuple[RefusalReason, str] | None:
    """Why an observation is not of the slot, epoch and indices that are asked for."""
    chain_state = expected.chain_state
    if stated.slot != expected.slot:
        reason = RefusalReason.STALE if stated.slot < expected.slot else RefusalReason.FUTURE
        return reason, f"slot {stated.slot}, asked for {expected.slot}"
    if stated.epoch != chain_state.epoch:
        return (
            RefusalReason.OTHER_EPOCH,
            f"epoch {stated.epoch}, the chain is in {chain_state.epoch}",
        )
    if stated.index_set != expected.index_set:
        return RefusalReason.OTHER_INDEX_SET, f"0x{stated.index_set.hex()}"
    return None


def _find_other_content(
    stated: Observation, expected: Expected
) -> tuple[RefusalReason, str] | None:
    """Why an observation of the right slot cannot be in a report with this node's."""
    chain_state = expected.chain_state
    if len(stated.values) != len(chain_state.last):
        return RefusalReason.OTHER_INDEX_SET, f"{len(stated.values)} values"
    if stated.method_hash != chain_state.reporters.method_hash:
        return RefusalReason.OTHER_METHOD, f"0x{stated.method_hash.hex()}"
    if stated.flags != expected.flags:
        return RefusalReason.OTHER_FLAGS, f"flags {stated.flags}, this node's are {expected.flags}"
    if not stated.present:
        return RefusalReason.EMPTY, "no index has a value"
    return None
