"""Signatures of a slot by digest: PREPAREs until there are p, REPORTs until there are s."""

from dataclasses import dataclass
from typing import NamedTuple


class Vote(NamedTuple):
    """One node's signature."""

    position: int
    signature: bytes
    """64 bytes."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Votes of different nodes for one digest, by position."""

    digest: bytes
    votes: tuple[Vote, ...]


class Votes:
    """The votes of a slot. A node counts once for each digest: two are evidence, not more votes."""

    def __init__(self) -> None:
        self._votes: dict[bytes, dict[int, bytes]] = {}

    def add(self, digest: bytes, vote: Vote) -> bool:
        """Count a vote whose signature was checked. Returns whether it is new."""
        found = self._votes.setdefault(digest, {})
        if vote.position in found:
            return False
        found[vote.position] = vote.signature
        return True

    def has(self, digest: bytes, position: int) -> bool:
        """Whether a node's vote for a digest is in."""
        return position in self._votes.get(digest, {})

    def others(self, digest: bytes, position: int) -> list[bytes]:
        """Other digests that a node voted for."""
        return [each for each, who in self._votes.items() if each != digest and position in who]

    def count(self, digest: bytes) -> int:
        """Votes for a digest."""
        return len(self._votes.get(digest, ()))

    def votes_for(self, digest: bytes) -> tuple[Vote, ...]:
        """All votes for a digest, by position."""
        found = self._votes.get(digest, {})
        return tuple(Vote(position, found[position]) for position in sorted(found))

    def certificate(self, needed: int) -> Certificate | None:
        """The votes of a digest that has enough of them, or None."""
        for digest, found in self._votes.items():
            if len(found) >= needed:
                return Certificate(digest, self.votes_for(digest)[:needed])
        return None
