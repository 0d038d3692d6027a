"""Updates of the second version of the index, by signatures of one common report."""

from collections.abc import Iterator
from typing import Final

from rows import Row

from receipts.common_rounds import CommonRounds
from receipts.index import MIDNIGHT, PEERS
from receipts.stage import Stage

SETS: Final = (
    ("index_v2_update_13", 19, 13, 124_000),
    ("index_v2_least_5_of_13", 13, 5, 72_000),
    ("index_v2_update_7", 11, 7, 88_000),
    ("index_v2_update_5", 7, 5, 76_000),
    ("index_v2_least_3_of_7", 7, 3, 62_000),
    ("index_v2_update_3", 5, 3, 64_000),
)
"""Row, reporters, signatures, bar; from the largest set to the smallest. `least` is f + 1."""
EXTRA: Final = 11_000


def rows(stage: Stage) -> Iterator[Row]:
    """Every set over a whole day, in the steady state of the ring."""
    together, _ = CommonRounds(stage, ("A", "B", "C"), 7, 5).over_a_day()
    _, first, most, _ = SETS[0]
    rounds = CommonRounds(stage, ("A",), first, most)
    for name, reporters, signatures, bar in SETS:
        rounds.seat(reporters, signatures)
        update, midnight = rounds.over_a_day()
        yield Row(name, update, bar, "gas", quoted=PEERS.get(signatures, {}))
        if name == "index_v2_update_5":
            # What each of two further indices adds.
            yield Row("index_v2_extra", (together - update + 1) // 2, EXTRA, "gas")
            yield Row("index_v2_midnight", midnight, MIDNIGHT, "gas")
