"""Which rounds of a statement are of which index, where several answer for its window in turn.

One index needs no more than its address and hold in `series`. Behind a front a window may lie in
several phases: then `series.phases` says from when on each index answers, for how long a value of
it holds, and how many of the rounds are its own, which stand in this order.
"""

from itertools import pairwise
from typing import Any, Final

from pargrade.clock import DAY_S
from pargrade.deployment.statement_values import StatementValues
from pargrade.futures.statement import Fix, Span, Stretch

_SCHEMA: Final = "pargrade-statement-1"
_SCHEMA_OF_PHASES: Final = "pargrade-statement-2"

SCHEMAS: Final = frozenset({_SCHEMA, _SCHEMA_OF_PHASES})


def schema_of(values: StatementValues) -> str:
    """The first wherever it can say all, so that whoever reads it goes on reading it."""
    return _SCHEMA if len(values.indices) == 1 else _SCHEMA_OF_PHASES


def phases_of(values: StatementValues) -> dict[str, Any]:
    """What `series` of a body says beside the last index, as JSON values."""
    if len(values.indices) == 1:
        return {}
    phases = [
        {
            "spot_index": each.address,
            "from": each.span.start,
            "hold_s": each.hold,
            "rounds": len(each.rounds),
        }
        for each in values.indices
    ]
    return {"phases": phases}


def stretches_in(body: dict[str, Any]) -> list[Stretch]:
    """What each index answers for; rounds stand in the order of these.

    Raises ValueError, KeyError, TypeError for a body of which that cannot be said.
    """
    series, schema = body["series"], body["schema"]
    fixes = [Fix(int(each["slot"]), int(each["value8"])) for each in body["rounds"]]
    if series["start"] % DAY_S or series["expiry"] % DAY_S or series["start"] >= series["expiry"]:
        raise ValueError("the window is not between midnights")
    if series["expiry"] - series["start"] > 100 * DAY_S:
        raise ValueError("the window is longer than any there can be")
    if schema == _SCHEMA:
        whole = {"from": series["start"], "hold_s": series["hold_s"], "rounds": len(fixes)}
        phases = [whole]
    else:
        phases = series["phases"]
    edges = [*(each["from"] for each in phases), series["expiry"]]
    if edges[0] != series["start"] or any(a >= b or a % DAY_S for a, b in pairwise(edges)):
        raise ValueError("the phases are not the window")
    found, taken = [], 0
    for each, (start, end) in zip(phases, pairwise(edges), strict=True):
        part = fixes[taken : taken + each["rounds"]]
        if len(part) != each["rounds"] or any(a.slot >= b.slot for a, b in pairwise(part)):
            raise ValueError("the rounds do not rise")
        found.append(Stretch(Span(start, end), each["hold_s"], part))
        taken += len(part)
    if taken != len(fixes):
        raise ValueError("some rounds are of no phase")
    return found
