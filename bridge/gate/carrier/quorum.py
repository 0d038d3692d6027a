"""Signatures of a quorum over one message, put together as the gate takes them. Pure."""

from collections.abc import Iterable

from pargrade.bindings.structs import Attestation, AttesterConfig
from pargrade.chain.keys import BadSignature, Signature, recover
from pargrade.gate.transfer import Crossing, End


def sort_signatures(
    crossing: Crossing, destination: End, config: AttesterConfig, given: Iterable[Signature]
) -> dict[int, Signature]:
    """The signatures that count, by set position: of this message, epoch and set alone."""
    digest = crossing.digest(destination, config.epoch)
    positions = {address: place for place, address in enumerate(config.attesters)}
    found: dict[int, Signature] = {}
    for signature in given:
        try:
            signer = recover(digest, signature)
        except BadSignature:
            continue
        if signer in positions:
            found[positions[signer]] = signature
    return found


def attestation_of(config: AttesterConfig, signed: dict[int, Signature]) -> Attestation | None:
    """As few signatures as the gate asks for, in order of position; None where there are fewer."""
    if len(signed) < config.threshold:
        return None
    chosen = sorted(signed)[: config.threshold]
    mask = sum(1 << position for position in chosen)
    compact = b"".join(signed[position].compact for position in chosen)
    return Attestation(config.epoch, mask, compact)
