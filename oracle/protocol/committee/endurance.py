"""What a committee survives, and how many stolen keys it takes to do what."""

from dataclasses import dataclass
from typing import Any

from oracle.protocol.committee.bounds import Bounds


@dataclass(frozen=True, slots=True)
class Endurance:
    """The figures that whoever sets up a committee chooses between."""

    bounds: Bounds

    @property
    def silence(self) -> int:
        """Nodes that may be silent while the others still end a slot."""
        return self.bounds.nodes - max(self.bounds.prepares, self.bounds.signatures)

    @property
    def keys_that_print(self) -> int:
        """Keys that sign any value without an honest node: s, from f+1 to n-f."""
        return self.bounds.signatures

    @property
    def keys_that_attest(self) -> int:
        """Keys that make a price of their own count: f+1. Every honest node signs what follows,
        and the batches that say so are evidence against them.
        """
        return self.bounds.attesters

    @property
    def keys_that_stop(self) -> int:
        """Keys without which no slot ends."""
        return self.silence + 1

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        bounds = self.bounds
        return {
            "nodes": bounds.nodes,
            "liars": bounds.liars,
            "silence": self.silence,
            "signatures": bounds.signatures,
            "prepares": bounds.prepares,
            "least_batches": bounds.least_batches,
            "attesters": bounds.attesters,
            "right_watchers": bounds.right_watchers,
            "keys_that_print": self.keys_that_print,
            "keys_that_print_at_least": bounds.attesters,
            "keys_that_print_with_p_signatures": bounds.prepares,
            "keys_that_attest": self.keys_that_attest,
            "keys_that_stop": self.keys_that_stop,
        }
