"""Which input set a leader proposes, and the only ground on which another may be refused."""

from oracle.protocol.batch.roots import Roots
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.have.claims import Claims


def choose_inputs(claims: Claims, bounds: Bounds) -> Roots | None:
    """Every batch that f+1 nodes hold; None while these are fewer than 2f+1 batches.

    Of f+1 that claim to hold a body one is honest and serves it.
    """
    inputs = claims.most_claimed(bounds.attesters)
    return inputs if len(inputs) >= bounds.least_batches else None


def find_omission(inputs: Roots, claims: Claims, bounds: Bounds) -> int | None:
    """A position that a proposal lacks though 2f+1 nodes hold its batch; None when there is none.

    Of 2f+1 claims f+1 are honest, and honest nodes sent them to the leader, too. To refuse at f+1
    would let liars make a leader look bad: their claims alone and one honest node's are so many.
    """
    proposed = {each.position for each in inputs}
    for root in claims.with_at_least(bounds.least_batches):
        if root.position not in proposed:
            return root.position
    return None


def has_enough(inputs: Roots, bounds: Bounds) -> bool:
    """Whether a proposal has batches of 2f+1 nodes of the committee."""
    return len(inputs) >= bounds.least_batches and inputs[-1].position < bounds.nodes
