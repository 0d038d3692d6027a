"""What SpotIndex would record from the parts of a report, index by index.

An index needs a quorum of values, and zero is no value: an observation that leaves an index empty
does not count for it. A first value, and a move beyond the speed limit, needs the wide quorum.
Source: contracts/src/SpotIndex.sol, `_advance`.
"""

from collections.abc import Collection

from oracle.consensus.chain_state import ChainState
from oracle.consensus.slot import LastRound
from pargrade.bindings.structs import Timing
from pargrade.spot_index.report import Part

_BPS = 10_000


def quorum_medians(parts: Collection[Part], chain_state: ChainState) -> tuple[int, ...]:
    """The lower median per index, 8 decimals; 0 where there is no quorum of values."""
    found = (_values(parts, index) for index in range(len(chain_state.last)))
    quorum = chain_state.reporters.quorum
    return tuple(_median(values) if len(values) >= quorum else 0 for values in found)


def find_shortfalls(parts: Collection[Part], slot: int, chain_state: ChainState) -> tuple[str, ...]:
    """Why indices would not be recorded; empty when every index would be."""
    found = (
        find_shortfall(parts, index, slot, chain_state) for index in range(len(chain_state.last))
    )
    return tuple(dict.fromkeys(reason for reason in found if reason))


def find_shortfall(
    parts: Collection[Part], index: int, slot: int, chain_state: ChainState
) -> str | None:
    """Why the contract would not record an index from these parts; None when it would."""
    values, reporters = _values(parts, index), chain_state.reporters
    if len(values) < reporters.quorum:
        return f"{len(values)} observations, {reporters.quorum} needed"
    if len(values) >= reporters.wide_quorum:
        return None
    last, median = chain_state.last[index], _median(values)
    if not _is_too_fast(last, median, slot, chain_state.timing):
        return None
    needed = f"{reporters.wide_quorum} needed to move from {last.value} to {median}"
    return f"{len(values)} observations, {needed}"


def _values(parts: Collection[Part], index: int) -> list[int]:
    return sorted(value for part in parts if (value := part.values[index]))


def _median(values: list[int]) -> int:
    """The lower median of at least one value."""
    return values[(len(values) - 1) // 2]


def _is_too_fast(last: LastRound, value: int, slot: int, timing: Timing) -> bool:
    """Whether the move is beyond the speed limit; the first value always is."""
    if last.value == 0:
        return True
    move, elapsed = abs(value - last.value), slot - last.slot
    return move * _BPS * timing.heartbeat > timing.band_bps * elapsed * last.value
