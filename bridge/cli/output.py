"""What `pargrade bridge` prints: documents for machines and rows for people."""

from typing import Any

from bridge.keeper.actions import short
from bridge.keeper.keeper import Pass
from bridge.outbox.transaction_log import Outcome
from bridge.service.status import SeriesStatus
from pargrade.text import moment
from pargrade.units import Price


def ends(done: Pass) -> tuple[Outcome, ...]:
    """How everything a pass sent ended, what it took up from an earlier run first."""
    return (*done.recovered, *done.outcomes)


def pass_document(done: Pass) -> dict[str, Any]:
    """A pass for machines."""
    return {
        "block": done.head.number,
        "time": done.head.timestamp,
        "followed": done.cursor.number,
        "outcomes": [
            {
                "act": end.act,
                "verdict": end.verdict.value,
                "tx_hash": None if end.tx_hash is None else "0x" + end.tx_hash.hex(),
                "block": end.block,
                "gas": end.gas_used,
            }
            for end in ends(done)
        ],
        "series": [
            {
                "series": str(each.series),
                "phase": each.view.phase.name,
                "price": str(each.view.price),
                "due": each.standing.due.value,
                "why": each.standing.why,
                "rung": None if each.standing.rung is None else each.standing.rung.name,
                "next_at": each.standing.next_at,
                "skipped": [
                    {"position": str(s.position), "holder": s.holder, "why": s.why}
                    for s in each.skipped
                ],
            }
            for each in done.series
        ],
    }


def status_document(each: SeriesStatus) -> dict[str, Any]:
    """A series for machines."""
    step = each.standing
    return {
        "series": str(each.series),
        "name": each.name,
        "phase": each.phase.name,
        "lots": str(each.lots),
        "price": str(each.price),
        "due": step.due.value,
        "why": step.why,
        "rung": None if step.rung is None else step.rung.name,
        "next_at": step.next_at,
        "holders": each.holders,
    }


def status_row(each: SeriesStatus) -> tuple[object, ...]:
    """A series for people."""
    step = each.standing
    return (
        each.name or short(each.series),
        each.phase.name,
        each.lots,
        Price(each.price).text() if each.price else "",
        step.due.value,
        step.why,
        "" if step.next_at is None else moment(step.next_at),
        each.holders,
    )
