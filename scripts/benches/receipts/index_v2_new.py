"""Updates of a new index of the second version, whose ring still has empty words."""

from collections.abc import Iterator
from typing import Final

from rows import Row

from receipts.common_rounds import CommonRounds
from receipts.stage import Stage

LIMIT: Final = 145_000
"""Each of three indices pays for a fresh storage word, 17,100 more than for one in use."""
ROUNDS: Final = 3


def rows(stage: Stage) -> Iterator[Row]:
    """The dearest of some rounds of three indices, signed by five of seven."""
    rounds = CommonRounds(stage, ("A", "B", "C"), 7, 5, ROUNDS)
    update = max(rounds.record() for _ in range(ROUNDS))
    yield Row("index_v2_new", update, LIMIT, "gas")
