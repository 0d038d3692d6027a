"""The input sets of a slot that a leader, honest or not, can get accepted."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root, Roots
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.batch.table import Table, cut_batch
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.have.claims import Claims
from oracle.protocol.proposal.choice import find_omission, has_enough
from oracle.protocol.report.attested import Lines, price_lines


class SlotBatches:
    """The batches of one slot, on one shelf: honest ones that reached everyone, and liars'."""

    def __init__(self, bounds: Bounds, slot: int) -> None:
        self.bounds = bounds
        self._slot = slot
        self._shelf = Shelf()
        self._manifests: dict[Root, Manifest] = {}

    def add(self, position: int, table: Table) -> Root:
        """A node's batch of a table."""
        manifest, sections = cut_batch(table, self._slot)
        root = Root(position, manifest.root)
        self._shelf.put(position, manifest, sections.values())
        self._manifests[root] = manifest
        return root

    def lines(self, inputs: Roots) -> Lines:
        """The prices that follow from an input set."""
        return price_lines((self._manifests[root] for root in inputs), self._shelf, self.bounds)


def claims_of(held: Mapping[int, Iterable[Root]]) -> Claims:
    """All HAVE lists of a slot, from what each node holds."""
    claims = Claims()
    for position, roots in held.items():
        claims.add(position, tuple(sorted(roots)))
    return claims


def accepted_sets(roots: Iterable[Root], claims: Claims, bounds: Bounds) -> Iterator[Roots]:
    """Every set of these batches, one of a node, that no honest node has a ground to refuse.

    A batch that 2f+1 nodes claim has to be in. Of all others the leader decides: 2^k sets of k.
    """
    forced = set(claims.with_at_least(bounds.least_batches))
    free = sorted(set(roots) - forced)
    for count in range(len(free) + 1):
        for chosen in combinations(free, count):
            inputs = tuple(sorted((*forced, *chosen)))
            if is_accepted(inputs, claims, bounds):
                yield inputs


def is_accepted(inputs: Roots, claims: Claims, bounds: Bounds) -> bool:
    """Whether an honest node prepares a set, in order of positions, whose bodies it holds."""
    if len({root.position for root in inputs}) < len(inputs):
        return False
    return has_enough(inputs, bounds) and find_omission(inputs, claims, bounds) is None
