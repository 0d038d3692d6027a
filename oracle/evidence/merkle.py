"""A Merkle tree and a hash chain over lines of bytes, with keccak256.

    leaf(line)        = keccak(0x00 || line)
    node(left, right) = keccak(0x01 || left || right)
    step(root, line)  = keccak(0x02 || root || line)

The tree is positional, because the order of the lines is part of the evidence. A level with an odd
number of nodes carries its last node up unchanged. The prefixes keep a node from being read as a
leaf, so this is unambiguous.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pargrade.chain.hashing import keccak

EMPTY: Final = bytes(32)
"""Root of no lines, and the start of a hash chain."""


def leaf(line: bytes) -> bytes:
    """Hash of one line: 32 bytes."""
    return keccak(b"\x00" + line)


@lru_cache(maxsize=4_096)
def node(left: bytes, right: bytes) -> bytes:
    """Hash of two neighbours: 32 bytes. Cached: most of a tree is in the next slot's, too."""
    return keccak(b"\x01" + left + right)


def step(root: bytes, line: bytes) -> bytes:
    """The hash chain after one more line: 32 bytes."""
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
    """The siblings of the leaf at a place, from the bottom up, for `climb`."""
    level, siblings = list(leaves), []
    while len(level) > 1:
        if (beside := place ^ 1) < len(level):
            siblings.append(level[beside])
        pairs = [node(level[left], level[left + 1]) for left in range(0, len(level) - 1, 2)]
        level, place = pairs + level[len(pairs) * 2 :], place // 2
    return tuple(siblings)


def climb(leaf_hash: bytes, place: int, count: int, siblings: Iterable[bytes]) -> bytes:
    """Root of the tree of `count` leaves that has this leaf at this place: 32 bytes.

    Raises ValueError if the place or the number of siblings does not fit the count, so a leaf has
    only one path to a root.
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
