"""Commitments to lines of bytes: a Merkle tree and a running chain, keccak256, domain-separated.

    leaf(line)        = keccak(0x00 || line)
    node(left, right) = keccak(0x01 || left || right)
    step(root, line)  = keccak(0x02 || root || line)

The tree is positional: lines have an order worth committing to, and a proof of where a quote stands
also shows what stands next to it. A level with an odd number of nodes carries its last one up
unchanged; the prefixes keep a node from being read as a leaf, so that is unambiguous.
"""

from collections.abc import Iterable
from typing import Final

from pargrade.chain.hashing import keccak

EMPTY: Final = bytes(32)
"""Root of no lines, and the start of a running chain."""


def leaf(line: bytes) -> bytes:
    """Hash of one line: 32 bytes."""
    return keccak(b"\x00" + line)


def node(left: bytes, right: bytes) -> bytes:
    """Hash of two neighbours: 32 bytes."""
    return keccak(b"\x01" + left + right)


def step(root: bytes, line: bytes) -> bytes:
    """The running chain after one more line: 32 bytes."""
    return keccak(b"\x02" + root + line)


def tree(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes in their order: 32 bytes."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        pairs = [node(level[left], level[left + 1]) for left in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def path(leaves: Iterable[bytes], place: int) -> tuple[bytes, ...]:
    """The siblings of the leaf at a place, from the bottom up: what `climb` needs."""
    level, siblings = list(leaves), []
    while len(level) > 1:
        if (beside := place ^ 1) < len(level):
            siblings.append(level[beside])
        pairs = [node(level[left], level[left + 1]) for left in range(0, len(level) - 1, 2)]
        level, place = pairs + level[len(pairs) * 2 :], place // 2
    return tuple(siblings)


def climb(leaf_hash: bytes, place: int, count: int, siblings: Iterable[bytes]) -> bytes:
    """Root of the tree of `count` leaves that has this leaf at this place.

    Raises ValueError where the place or the number of siblings does not fit the count, so that a
    root has one place for a leaf and one path to it.
    """
    if not 0 <= place < count:
        raise ValueError(f"place {place} of {count} leaves")
    rest = iter(siblings)
    while count > 1:
        if (beside := place ^ 1) < count:
            sibling = next(rest, None)
            if sibling is None:
                raise ValueError("the path is too short")
            pair = (leaf_hash, sibling) if beside > place else (sibling, leaf_hash)
            leaf_hash = node(*pair)
        place, count = place // 2, (count + 1) // 2
    if next(rest, None) is not None:
        raise ValueError("the path is too long")
    return leaf_hash
