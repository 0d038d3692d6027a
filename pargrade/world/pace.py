"""The index's timing in a world whose time passes faster than on the wall."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Timing
from pargrade.chain.block import Tag
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.deployment.session import Session

SLOT_S: Final = 10
"""A slot is to last at least so long on the wall: five processes of one machine agree in it."""
_LEAST_S: Final = 3
"""In a shorter one they often do not."""
_GRIDS_S: Final = (60, 300, 600, 1_800, 3_600, 7_200, 21_600)
"""Parts of a day."""
_MISSED_SLOTS: Final = 2
"""A value holds over so many slots without a round."""
_MEMORY_SLOTS: Final = 3


def timing_at(speed: int) -> Timing:
    """What an index made at a speed, seconds of the chain in a second, goes by."""
    grid = next((each for each in _GRIDS_S if each >= SLOT_S * speed), _GRIDS_S[-1])
    known = DEFAULT_TIMING
    return replace(
        known,
        grid=grid,
        min_interval=max(known.min_interval, grid),
        heartbeat=max(known.heartbeat, grid),
        grace=max(known.grace, _MISSED_SLOTS * grid),
    )


def head_start_s(timing: Timing) -> int:
    """So long before now a new chain begins. New journals promise nothing up to the slot after the
    one they were made in; when time jumps to now, the next slot begins at once.
    """
    return _MEMORY_SLOTS * timing.grid


def warn_of_speed(session: Session, speed: int, progress: Callable[[str], None]) -> None:
    """Says so where a world goes on faster than its index was made for."""
    index = SpotIndex(session.chain, session.deployment.address("SpotIndex"))
    grid = index.timing(block=Tag.LATEST).grid
    if grid < _LEAST_S * speed:
        progress(
            f"a slot of this index, {grid} s, lasts {grid / speed:.1f} s at this speed: rounds may "
            f"be missed above --speed {grid // SLOT_S}"
        )
