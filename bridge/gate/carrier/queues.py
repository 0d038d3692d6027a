"""What of the two queues of an end goes on in its next block. Pure."""

from dataclasses import dataclass, field

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.messages import Arrival, WaitingTransfer
from pargrade.gate.rate_limit import Bucket, Way


@dataclass(slots=True)
class GoingOn:
    """Transfers of which all or a part fits, one after the other, in the order they fit in."""

    leaving: list[WaitingTransfer] = field(default_factory=list)
    arriving: list[Arrival] = field(default_factory=list)
    left_to_others: int = 0
    """How many wait that are less than is carried here."""


def choose(
    ledger: EndLedger, bucket: Bucket, now: int, least_steps: int, most: int, *, is_held_back: bool
) -> GoingOn:
    """At most `most` of each queue, those that leave first: that makes room for what arrives.

    A transfer counts with all its steps, however few still wait: the rest of a great one is no
    dust. `is_held_back` is for an end at which arrivals wait by a guardian's word.
    """
    chosen = GoingOn()
    for waiting in ledger.leaving.values():
        if waiting.whole_steps < least_steps:
            chosen.left_to_others += 1
        elif len(chosen.leaving) < most:
            taken = _take_part(bucket, Way.OUT, waiting.amount.value, now)
            if taken is not None:
                bucket = taken
                chosen.leaving.append(waiting)
    for arrival in () if is_held_back else due_arrivals(ledger):
        if arrival.executed + arrival.waiting < least_steps:
            chosen.left_to_others += 1
        elif len(chosen.arriving) < most:
            taken = _take_part(bucket, Way.IN, arrival.waiting, now)
            if taken is not None:
                bucket = taken
                chosen.arriving.append(arrival)
    return chosen


def due_arrivals(ledger: EndLedger) -> list[Arrival]:
    """Arrivals that wait for nothing but room, or the end of a delay."""
    return [each for each in ledger.held.values() if each.epoch not in ledger.revoked]


def _take_part(bucket: Bucket, way: Way, steps: int, now: int) -> Bucket | None:
    """The bucket after a part of what waits went on; None where none does."""
    part = bucket.part(way, steps, now)
    return bucket.take(way, part, now) if part else None
