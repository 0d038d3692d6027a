"""Counts of used and rejected quotes, day by day."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from oracle.index.chain import Chain
from oracle.index.checks import ACCEPTED


class ScreenDay(NamedTuple):
    """The screen at one midnight."""

    midnight: int
    """Unix seconds."""
    providers: int
    """Independent providers with an accepted price."""
    used: int
    """Accepted quotes."""
    rejected: Mapping[str, int]
    """Number of quotes by the reason of their rejection. Used and rejected quotes are all quotes in
    view."""


def screen_days(chain: Chain, midnights: Iterable[int]) -> tuple[ScreenDay, ...]:
    """Screen the quotes of a chain's panel at each midnight, in unix seconds."""
    found = []
    for midnight in midnights:
        fixing = chain.fixing(midnight)
        counts = fixing.screened.counts
        rejected = {word: n for word, n in counts.items() if n and word != ACCEPTED}
        found.append(ScreenDay(midnight, fixing.providers, counts[ACCEPTED], rejected))
    return tuple(found)
