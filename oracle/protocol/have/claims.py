"""Who claims to hold which batch of a slot."""

from collections.abc import Iterable, Iterator

from oracle.protocol.batch.roots import Root, Roots


class Claims:
    """All HAVE lists of a slot, joined: a node that claimed a body has to serve it.

    Of a position a node counts for the first root it claims: otherwise a liar could count for
    every batch of another liar.
    """

    def __init__(self) -> None:
        self._root_of: dict[tuple[int, int], bytes] = {}
        self._claimers: dict[Root, set[int]] = {}
        self._last: dict[int, Roots] = {}
        self.listed: set[int] = set()
        """Positions from which a list came."""

    def add(self, claimer: int, held: Roots) -> None:
        """Count a node's list."""
        if self._last.get(claimer) == held:
            return  # repeated, as lists are until a PREPARE
        self._last[claimer] = held
        self.listed.add(claimer)
        for each in held:
            if self._root_of.setdefault((claimer, each.position), each.root) == each.root:
                self._claimers.setdefault(each, set()).add(claimer)

    def count(self, root: Root) -> int:
        """How many claim to hold a batch."""
        return len(self._claimers.get(root, ()))

    def claimers(self, root: Root) -> list[int]:
        """Who claims to hold a batch, by position."""
        return sorted(self._claimers.get(root, ()))

    def with_at_least(self, count: int) -> Iterator[Root]:
        """Batches that so many claim to hold."""
        return (root for root, who in self._claimers.items() if len(who) >= count)

    def most_claimed(self, count: int) -> Roots:
        """Of every position the batch that most claim, if `count` do; of equals the least root."""
        best: dict[int, Root] = {}
        for root in sorted(self.with_at_least(count), key=self._rank):
            best.setdefault(root.position, root)
        return tuple(best[position] for position in sorted(best))

    def unheld(self, held: Iterable[Root]) -> list[Root]:
        """Batches that somebody claims and this node does not hold."""
        return sorted(self._claimers.keys() - set(held))

    def _rank(self, root: Root) -> tuple[int, bytes]:
        return -len(self._claimers[root]), root.root
