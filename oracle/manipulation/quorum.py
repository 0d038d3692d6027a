"""The medians that a party who chooses the quorum can reach, with and without liars."""

from collections.abc import Sequence
from typing import NamedTuple

from pargrade.errors import PargradeError
from pargrade.spot_index.quorum import liars_survived


class BadQuorum(PargradeError):
    """A quorum that is even, not a majority, or larger than the number of reporters."""

    hint = "Take an odd quorum above half of the reporters, such as 5 of 7."

    def __init__(self, quorum: int, reporters: int) -> None:
        self.quorum = quorum
        self.reporters = reporters
        super().__init__(f"{quorum} of {reporters} is no quorum")


class Reach(NamedTuple):
    """The lowest and highest median. None is without bound: the median is a liar's value."""

    low: int | None
    high: int | None


def find_reach(honest: Sequence[int], quorum: int, liars: int = 0) -> Reach:
    """Find the extreme lower medians over every choice of at least `quorum` observations.

    `honest` are the honest values; `liars` more reporters report any value. A larger choice narrows
    the range, so the extremes are found at `quorum` itself. Raises BadQuorum.
    """
    reporters = len(honest) + liars
    if quorum % 2 == 0 or not reporters < 2 * quorum or quorum > reporters:
        raise BadQuorum(quorum, reporters)
    if liars > liars_survived(quorum):
        return Reach(None, None)
    ordered = sorted(honest)
    place = (quorum - 1) // 2
    # Low: all liars below and the lowest honest values. High: all liars above and the highest.
    return Reach(ordered[place - liars], ordered[len(ordered) - (quorum - liars) + place])
