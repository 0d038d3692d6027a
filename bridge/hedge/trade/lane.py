"""The lane of a team's orders in a series: what makes a repeat the same order.

A lane counts what its orders have filled, on the chain. Every purchase of a team in a series uses
one lane and one nonce, and an order is for all lots the lane has bought so far and those that are
wanted now. So orders of two pipelines, of a repeat, or of two plans are alternatives: what fills
one counts against the others, and together they never buy more than the largest of them says.
"""

from typing import Final

from pargrade.bindings.structs import Side
from pargrade.chain.hashing import keccak
from pargrade.futures.order import CANCELLED, Lane

_SALT: Final = b"pargrade hedge lane 1\0"


def lane_of(team: str, side: Side, series: int, far: int = 0) -> int:
    """64 bits for a team, a side and a series; `far` is the other series of a roll."""
    parts = (bytes((side,)), series.to_bytes(32), far.to_bytes(32), team.encode())
    return int.from_bytes(keccak(_SALT + b"".join(parts))[:8])


def next_place(lane: Lane) -> tuple[int, int]:
    """Nonce for the next order, and what it has filled. A cancelled nonce is over for good."""
    if lane.filled == CANCELLED:
        return lane.nonce + 1, 0
    return max(lane.nonce, 1), lane.filled if lane.nonce else 0


def filled_since(lane: Lane, nonce: int, filled: int) -> int:
    """Lots that a nonce has filled since it stood at `filled`; 0 where it is over unfilled."""
    if lane.nonce != nonce or lane.filled == CANCELLED:
        return 0
    return max(lane.filled - filled, 0)
