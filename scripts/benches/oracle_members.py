"""The committee's rows of scripts/bench oracle: four processes, on a chain of a block a second."""

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from responses import delays, rates_alone
from rows import Row

from oracle.member.config import MemberConfig
from tests.support.committee import GRID_S, TIMING, Committee, committee
from tests.support.members import BEGIN
from tests.support.moving_quotes import SEEN_AFTER_S, MovingQuotes

MEMBERS: Final = 4
_TIMING: Final = replace(TIMING, heartbeat=3_600, deviation_bps=25)
"""Rounds come of changes alone."""
_BEFORE_S: Final = 600


@contextmanager
def members(folder: Path) -> Iterator[tuple[Committee, MovingQuotes]]:
    """A committee that has landed a round."""
    quotes = MovingQuotes(folder / "quotes.csv", BEGIN - SEEN_AFTER_S - _BEFORE_S)
    with committee(folder, MEMBERS, _TIMING) as found:
        for number in range(MEMBERS):
            found.edit(number, 'sample = "shipped"', f'sample = "{quotes.path}"')
        found.start()
        found.await_rounds(1)
        yield found, quotes


def committee_rows(changes: int) -> list[Row]:
    """The rows of oracle.py for a committee."""
    with TemporaryDirectory() as name, members(Path(name)) as (found, quotes):
        os.environ["PARGRADE_RUNTIME_DIR"] = name
        blocks = delays(found, quotes, changes, GRID_S)
        pids = [found.pid(number) for number in range(MEMBERS)]
        port = MemberConfig.read_file(found.paths[0]).port
        paths = (f"/rounds/{found.last_slot}", "/health", "/history", "/protocol/challenge")
        rates = rates_alone(pids, port, paths)
    return [
        Row("p50_blocks_committee", statistics.median(blocks), GRID_S / 2 + 3, "blocks"),
        Row("p99_blocks_committee", blocks[int(0.99 * len(blocks))], GRID_S + 5, "blocks"),
        Row("api_rps_committee", min(rates.values()), 2_000, "answers/s", "higher", peers=rates),
    ]
