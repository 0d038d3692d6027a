"""What `pargrade oracle accuse` reads, sends and shows."""

from pathlib import Path

from pargrade.bindings.spot_index import EquivocationProven, ReportersChanged, SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.json_text import parse_json
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.output import report
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.spot_index.equivocation import Equivocation, NoEquivocation, equivocation
from pargrade.spot_index.observation import BadObservation, SignedObservation, index_domain


def accuse(
    wallet: Wallet, index: SpotIndex, proof: Equivocation, *, dry_run: bool, as_json: bool
) -> None:
    """Sends a proof, or rehearses it, and shows what it did. Raises the index's errors."""
    call = index.prove_equivocation(proof.reporter, proof.epoch, proof.slot, proof.a, proof.b)
    steps = carry_out(wallet, [call], dry_run=dry_run)
    proven = steps[0].events(EquivocationProven)[0]
    changes = steps[0].events(ReportersChanged)
    left = len(changes[0].reporters) if changes else None
    if left is None:
        became = "it was not in the set any more"
    else:
        became = f"{left} reporters are left, {changes[0].quorum} make a round"
        if left < changes[0].quorum:
            became += ": rounds stop until the admin adds"
    report(
        {
            "reporter": proven.reporter,
            "epoch": proven.epoch,
            "slot": proven.slot,
            "digest_a": "0x" + proven.digest_a.hex(),
            "digest_b": "0x" + proven.digest_b.hex(),
            "reporters_left": left,
            **to_json(steps),
        },
        f"{proven.reporter} signed two contents for slot {proven.slot} of epoch {proven.epoch}; "
        + became,
        describe(steps),
        as_json=as_json,
    )


def proof_of(index: SpotIndex, a: Path, b: Path) -> Equivocation:
    """The proof in two files, for that contract.

    Raises NoEquivocation, BadObservation and BadSignature.
    """
    first, other = _read(a), _read(b)
    if first.observation.index_set != index.index_set(block=Tag.LATEST):
        raise NoEquivocation(f"{a} is not of the indices of {index.address}")
    return equivocation(index_domain(index.chain.chain_id, index.address), first, other)


def _read(path: Path) -> SignedObservation:
    try:
        stated = parse_json(path.read_bytes())
    except (OSError, ValueError) as failure:
        raise BadObservation("file", f"{path}: {failure}") from None
    return SignedObservation.from_json(stated)
