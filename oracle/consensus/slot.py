"""Slots: which are open, and when a round is due. Times in seconds."""

from dataclasses import dataclass
from enum import StrEnum

from pargrade.bindings.structs import Timing
from pargrade.errors import PargradeError

_BPS = 10_000


class SlotRefused(PargradeError):
    """A slot for which no observation is signed."""


class SlotOffGrid(SlotRefused):
    """The slot is not a multiple of the grid."""

    def __init__(self, slot: int, grid: int) -> None:
        self.slot = slot
        self.grid = grid
        self.hint = f"Ask for slot {slot - slot % grid}."
        super().__init__(f"slot {slot} is not a multiple of {grid} s")


class SlotAhead(SlotRefused):
    """The slot is after the head of the chain."""

    hint = "Ask again once a block carries that time: chain time is the only clock."

    def __init__(self, slot: int, head: int) -> None:
        self.slot = slot
        self.head = head
        super().__init__(f"slot {slot} is {slot - head} s after the head of the chain")


class SlotExpired(SlotRefused):
    """The slot is older than the chain accepts, and this node has signed nothing for it."""

    hint = "Rounds of the past are on chain: ask its contract, or /rounds."

    def __init__(self, slot: int, oldest: int) -> None:
        self.slot = slot
        self.oldest = oldest
        super().__init__(f"slot {slot} is {oldest - slot} s older than the oldest that counts")


class Cause(StrEnum):
    """Why a round is due."""

    FIRST = "first"
    HEARTBEAT = "heartbeat"
    DEVIATION = "deviation"


@dataclass(frozen=True, slots=True)
class LastRound:
    """The last round of one index: value with 8 decimals; both are 0 before the first round."""

    slot: int
    value: int


def slot_at(time: int, timing: Timing) -> int:
    """`time` rounded down to the grid."""
    return time - time % timing.grid


def require_open(slot: int, head: int, timing: Timing) -> None:
    """Raise SlotRefused for a slot that the chain refuses at head time `head`."""
    if slot % timing.grid:
        raise SlotOffGrid(slot, timing.grid)
    if slot > head:
        raise SlotAhead(slot, head)
    if slot + timing.max_age < head:
        raise SlotExpired(slot, head - timing.max_age)


def moved_since(last: LastRound, signed: int, value: int) -> int:
    """The last round's value, moved as a node's own has since it signed `signed` for that round.

    last * value / signed, rounded down; all have 8 decimals. A node's panel is not the others', so
    that its values may always lie beside the medians by more than a deviation: only a move of them
    says that the medians have moved. Where it signed no value for the last round, it is `value`.
    """
    return last.value * value // signed if signed and value else value


def due(
    slot: int, last: tuple[LastRound, ...], values: tuple[int, ...], timing: Timing
) -> Cause | None:
    """Why a round is due at `slot`, or None. `values` have 8 decimals; 0 means no value.

    The deviation is |value - last| / last, compared with `deviation_bps` in exact integers.
    """
    latest = max(each.slot for each in last)
    if latest == 0:
        return Cause.FIRST
    if slot - latest >= timing.heartbeat:
        return Cause.HEARTBEAT
    if slot - latest < timing.min_interval:
        return None
    moved = (
        value and abs(value - each.value) * _BPS >= timing.deviation_bps * each.value
        for value, each in zip(values, last, strict=True)
    )
    return Cause.DEVIATION if any(moved) else None
