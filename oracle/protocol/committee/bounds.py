"""How many nodes, how many of them may lie, and the counts that follow from both."""

from dataclasses import dataclass
from typing import Final

from pargrade.errors import PargradeError

MOST_NODES: Final = 32
"""Bits of the mask in which a report names its signers."""


class ImpossibleBounds(PargradeError):
    """Counts with which the protocol would be unsafe, or could never end a slot."""

    def __init__(self, nodes: int, liars: int, signatures: int, reason: str, hint: str) -> None:
        self.nodes = nodes
        self.liars = liars
        self.signatures = signatures
        self.hint = hint
        super().__init__(f"{nodes} nodes, {liars} of them lying, {signatures} signatures: {reason}")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The counts of one committee. Raises ImpossibleBounds."""

    nodes: int
    """n"""
    liars: int
    """f: nodes that may do anything at all, together."""
    signatures: int
    """s: REPORTs over one digest that the chain asks for."""

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= MOST_NODES:
            raise self._refuse(f"1 to {MOST_NODES} nodes fit", "Change the number of nodes.")
        if not self.liars >= 0 or self.nodes < 3 * self.liars + 1:
            raise self._refuse(
                f"{self.liars} liars need {3 * max(self.liars, 0) + 1} nodes",
                f"Tolerate {(self.nodes - 1) // 3}, or add nodes.",
            )
        if self.signatures < self.liars + 1:
            raise self._refuse(
                "liars alone could sign", f"Ask for {self.liars + 1} signatures or more."
            )
        if max(self.prepares, self.signatures) > self.nodes - self.liars:
            raise self._refuse(
                f"with {self.liars} silent nodes {self.nodes - self.liars} are left",
                f"Ask for at most {self.nodes - self.liars} signatures.",
            )

    @property
    def attesters(self) -> int:
        """f + 1: among so many nodes one is honest."""
        return self.liars + 1

    @property
    def least_batches(self) -> int:
        """2f + 1: among so many nodes the honest ones are more than the liars."""
        return 2 * self.liars + 1

    @property
    def prepares(self) -> int:
        """p: two sets of so many nodes have an honest one in common."""
        return (self.nodes + self.liars) // 2 + 1

    @property
    def live(self) -> int:
        """n - f: so many are there when every liar is silent."""
        return self.nodes - self.liars

    @property
    def right_watchers(self) -> int:
        """Nodes that should watch a line, so that f more may be silent beside f liars."""
        return min(self.nodes, 3 * self.liars + 1)

    def _refuse(self, reason: str, hint: str) -> ImpossibleBounds:
        return ImpossibleBounds(self.nodes, self.liars, self.signatures, reason, hint)


def most_liars(nodes: int) -> int:
    """The most liars that so many nodes survive: the largest f with n >= 3f + 1."""
    return (nodes - 1) // 3


def bounds_of_set(nodes: int, signatures: int) -> Bounds:
    """The bounds of a set as the chain has it, seated by the admin or what proofs left of one.

    A proof takes one node out and leaves s as it is, so that n - s of the rest may be silent and
    no more are waited for. Of a set that was seated for f liars, j of them proven, this gives
    f - j or more: all who can still lie. Raises ImpossibleBounds for fewer nodes than s.
    """
    if nodes < signatures:
        raise ImpossibleBounds(
            nodes,
            0,
            signatures,
            "fewer are left than have to sign",
            "No round lands until the admin calls setReporters with enough of them.",
        )
    return Bounds(nodes, min(most_liars(nodes), nodes - signatures), signatures)
