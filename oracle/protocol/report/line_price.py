"""The price of one line from what nodes attest: seen by honest nodes, or between what they saw.

A list shows everyone the same price, an ask that moves does not. So a price that f+1 nodes attest
is taken as it is, and where there is none the middle of 2f+1.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from oracle.protocol.committee.bounds import Bounds


class AttestedPrice(NamedTuple):
    """One node's price of a line."""

    price8: int
    stated: bytes
    """What else was stated: part of what is attested."""
    fetched_at: int
    """Unix seconds."""


class Basis(StrEnum):
    """How a line's price was found."""

    LIST = "list"
    """The very same price from f+1 nodes or more."""
    DISPUTED = "disputed"
    """Several such prices, and none is clearly the newer: the middle. Moves nothing by itself."""
    MIDDLE = "middle"
    """No such price: the low median of 2f+1 or more."""


class LineValue(NamedTuple):
    """A line's price."""

    price8: int
    """USD per GPU-hour, 8 decimals: always one that a node stated."""
    stated: bytes
    fetched_at: int
    """The (f+1)-th latest stamp among those who attest it, so that one is honest and not older;
    of a middle, among all."""
    basis: Basis


def line_value(attested: Sequence[AttestedPrice], bounds: Bounds) -> LineValue | None:
    """The price of a line, or None where too few attest it; at most one entry per node.

    Liars can stamp an old price as new, so the newest stamp decides nothing: what counts is when
    f+1 nodes had seen a price, one of whom is honest.
    """
    stamps: dict[tuple[int, bytes], list[int]] = {}
    for each in attested:
        stamps.setdefault((each.price8, each.stated), []).append(each.fetched_at)
    candidates = {
        offer: sorted(found) for offer, found in stamps.items() if len(found) >= bounds.attesters
    }
    if not candidates:
        return _middle(attested, bounds, Basis.MIDDLE)
    rank = {offer: found[-bounds.attesters] for offer, found in candidates.items()}
    newest = max(rank.values())
    winners = [offer for offer, stamp in rank.items() if stamp == newest]
    if len(winners) > 1 or _is_disputed(winners[0], stamps, bounds):
        return _middle(attested, bounds, Basis.DISPUTED)
    return LineValue(*winners[0], newest, Basis.LIST)


def _is_disputed(
    winner: tuple[int, bytes], stamps: dict[tuple[int, bytes], list[int]], bounds: Bounds
) -> bool:
    """Whether more than f attesters of another price fetched after f+1 had the winner's.

    After a change that is over, only liars state the old price with such a stamp.
    """
    seen_at = sorted(stamps[winner])[bounds.liars]
    return any(
        sum(stamp > seen_at for stamp in found) > bounds.liars
        for offer, found in stamps.items()
        if offer != winner
    )


def _middle(attested: Sequence[AttestedPrice], bounds: Bounds, basis: Basis) -> LineValue | None:
    if len(attested) < bounds.least_batches:
        return None
    ordered = sorted(attested)
    middle = ordered[(len(ordered) - 1) // 2]
    stamp = sorted(each.fetched_at for each in attested)[-bounds.attesters]
    return LineValue(middle.price8, middle.stated, stamp, basis)
