"""Equivocation: proof that a reporter signed two contents for one slot."""

from dataclasses import dataclass

from pargrade.bindings.structs import Statement
from pargrade.chain.hashing import Address
from pargrade.chain.typed_data import Domain
from pargrade.errors import PargradeError
from pargrade.spot_index.observation import SignedObservation


class NoEquivocation(PargradeError):
    """Two signed observations that are no proof of equivocation."""

    hint = "Take two observations of one reporter, epoch and slot that differ in their contents."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no equivocation: {reason}")


@dataclass(frozen=True, slots=True)
class Equivocation:
    """The arguments of `SpotIndex.proveEquivocation`."""

    reporter: Address
    epoch: int
    slot: int
    a: Statement
    b: Statement


def equivocation(domain: Domain, a: SignedObservation, b: SignedObservation) -> Equivocation:
    """The proof from two observations, for the contract of `domain`.

    Raises NoEquivocation when they prove nothing, BadSignature for an invalid signature. The
    contract checks that the signer was in the set of that epoch.
    """
    ours, theirs = a.observation, b.observation
    for field in ("index_set", "epoch", "slot"):
        mine, other = getattr(ours, field), getattr(theirs, field)
        if mine != other:
            shown = (each.hex() if isinstance(each, bytes) else each for each in (mine, other))
            raise NoEquivocation("{} differs: {} and {}".format(field, *shown))
    if ours == theirs:
        raise NoEquivocation(f"both say the same for slot {ours.slot}")
    reporter, other_reporter = a.reporter(domain), b.reporter(domain)
    if reporter != other_reporter:
        raise NoEquivocation(f"signed by {reporter} and {other_reporter}")
    return Equivocation(reporter, ours.epoch, ours.slot, _statement(a), _statement(b))


def _statement(signed: SignedObservation) -> Statement:
    observation, compact = signed.observation, signed.signature.compact
    return Statement(
        flags=observation.flags,
        values=observation.values,
        method_hash=observation.method_hash,
        evidence_root=observation.evidence_root,
        r=compact[:32],
        y_parity_and_s=compact[32:],
    )
