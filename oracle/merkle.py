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
        pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]
