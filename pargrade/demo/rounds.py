"""The rounds of an index as the chain recorded them, with what members' batches say alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pargrade.bindings.spot_index_v2 import RoundRecorded, SpotIndexV2


@dataclass(frozen=True, slots=True)
class RecordedRound:
    """One round. Values are USD per SCU with 8 decimals."""

    slot: int
    value: int
    alone: Mapping[int, int]
    """What each member's batch gives without the others, by position; empty where nobody asked."""


def recorded_rounds(
    index: SpotIndexV2, first: int, last: int, explanations: Iterable[Mapping[str, Any]] = ()
) -> list[RecordedRound]:
    """Rounds of index 0 in blocks first to last, with what nodes explained of some of them."""
    alone = {each["slot"]: _values_alone(each) for each in explanations}
    return [
        RecordedRound(event.slot, event.value, alone.get(event.slot, {}))
        for _, event in index.history(RoundRecorded, first=first, last=last)
        if event.index == 0
    ]


def _values_alone(explanation: Mapping[str, Any]) -> dict[int, int]:
    found = {each["position"]: int(each["value8_alone"]) for each in explanation["members"]}
    return {position: value for position, value in found.items() if value}
