"""What `pargrade bridge` prints: documents for machines and rows for people."""

from typing import Any

from bridge.keeper.actions import short
from bridge.keeper.keeper import Pass, Skipped, Tended
from bridge.outbox.records import Outcome
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
        "outcomes": [_outcome_document(end) for end in ends(done)],
        "series": [_tended_document(tended) for tended in done.series],
    }


def status_document(series: SeriesStatus) -> dict[str, Any]:
    """A series for machines."""
    return {
        "series": str(series.series),
        "name": series.name,
        "phase": series.phase.name,
        "lots": str(series.lots),
        "price": str(series.price),
        **series.next_action.to_json(),
        "holders": series.holders,
    }


def status_row(series: SeriesStatus) -> tuple[object, ...]:
    """A series for people."""
    due = series.next_action
    return (
        series.name or short(series.series),
        series.phase.name,
        series.lots,
        Price(series.price).text() if series.price else "",
        due.action.value,
        due.reason,
        "" if due.next_at is None else moment(due.next_at),
        series.holders,
    )


def _outcome_document(end: Outcome) -> dict[str, Any]:
    return {
        "act": end.act,
        "verdict": end.verdict.value,
        "tx_hash": None if end.tx_hash is None else "0x" + end.tx_hash.hex(),
        "block": end.block,
        "gas": end.gas_used,
    }


def _tended_document(tended: Tended) -> dict[str, Any]:
    return {
        "series": str(tended.series),
        "phase": tended.view.phase.name,
        "price": str(tended.view.price),
        **tended.next_action.to_json(),
        "skipped": [_skipped_document(skipped) for skipped in tended.skipped],
    }


def _skipped_document(skipped: Skipped) -> dict[str, Any]:
    return {"position": str(skipped.position), "holder": skipped.holder, "why": skipped.why}
