"""What became of every quote that was looked at, day by day."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from oracle.index.checks import ACCEPTED
from oracle.index.daily_chain import DailyChain


class ScreenDay(NamedTuple):
    """The screen at one midnight."""

    midnight: int
    providers: int
    """Independent providers with a price that counts."""
    used: int
    rejected: Mapping[str, int]
    """Quotes by the reason they were refused for; with those used, all that were looked at."""


def screen_days(chain: DailyChain, midnights: Iterable[int]) -> tuple[ScreenDay, ...]:
    """The screen of a chain's panel at each midnight, in unix seconds."""
    found = []
    for midnight in midnights:
        fixing = chain.fixing(midnight)
        counts = fixing.screened.counts
        rejected = {word: n for word, n in counts.items() if n and word != ACCEPTED}
        found.append(ScreenDay(midnight, fixing.providers, counts[ACCEPTED], rejected))
    return tuple(found)
