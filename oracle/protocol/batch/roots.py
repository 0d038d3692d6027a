"""Lists of (position, root): what HAVE claims and what a proposal takes."""

from collections.abc import Iterable
from typing import NamedTuple

from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.wire.reader import Reader


class Root(NamedTuple):
    """The batch of the node at a position, by its root of 32 bytes."""

    position: int
    root: bytes


Roots = tuple[Root, ...]
"""By position, at most one of each."""


def pack_roots(roots: Iterable[Root]) -> bytes:
    """The list behind its number."""
    rows = [position.to_bytes(1) + root for position, root in roots]
    return len(rows).to_bytes(1) + b"".join(rows)


def read_roots(reader: Reader) -> Roots:
    """The list at a cursor. Raises UnreadableMessage."""
    found: list[Root] = []
    for _ in range(reader.uint(1, MOST_NODES + 1)):
        position = reader.uint(1, MOST_NODES)
        if found and position <= found[-1].position:
            raise reader.refuse("positions do not ascend")
        found.append(Root(position, reader.take(32)))
    return tuple(found)
