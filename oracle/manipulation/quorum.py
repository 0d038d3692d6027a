"""Where the median can be put by whoever chooses the quorum, with and without liars in it."""

from collections.abc import Sequence
from typing import NamedTuple

from pargrade.errors import PargradeError
from pargrade.spot_index.quorum import liars_survived


class BadQuorum(PargradeError):
    """A quorum that is even, no majority, or larger than the reporters."""

    hint = "Take an odd quorum above half of the reporters, such as 5 of 7."

    def __init__(self, quorum: int, reporters: int) -> None:
        self.quorum = quorum
        self.reporters = reporters
        super().__init__(f"{quorum} of {reporters} is no quorum")


class Reach(NamedTuple):
    """The medians that can be had. None is without bound: a liar's own value is the median."""

    low: int | None
    high: int | None


def reach(honest: Sequence[int], quorum: int, liars: int = 0) -> Reach:
    """The lowest and highest lower median over every choice of at least `quorum` observations.

    The liars may say anything, and who chooses may leave out whom he likes. A larger choice only
    narrows it, so the extremes are at `quorum`. Raises BadQuorum.
    """
    reporters = len(honest) + liars
    if quorum % 2 == 0 or not reporters < 2 * quorum or quorum > reporters:
        raise BadQuorum(quorum, reporters)
    if liars > liars_survived(quorum):
        return Reach(None, None)
    ordered = sorted(honest)
    place = (quorum - 1) // 2
    # All liars below and the lowest honest ones; or the highest honest ones and all liars above.
    return Reach(ordered[place - liars], ordered[len(ordered) - (quorum - liars) + place])
