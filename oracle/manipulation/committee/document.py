"""Markdown tables of the study of a committee, for docs/MANIPULATION.md."""

from collections.abc import Mapping, Sequence
from typing import Any

from oracle.backtest.document import render_table

_PPM_PER_PERCENT = 10**4


def render_tables(found: Mapping[str, Any]) -> dict[str, str]:
    """Markdown of the generated blocks about committees, by the name of the block."""
    return {
        "witnesses": _witnesses(found["witnesses"]),
        "leaders": _leaders(found["leaders"]),
    }


def _witnesses(attacks: Sequence[Mapping[str, Any]]) -> str:
    methods = list(attacks[0]["moved_ppm"])
    return render_table(
        ("members", "f", "liars", *(f"most moved, {name}" for name in methods)),
        [
            (
                each["nodes"],
                each["tolerated"],
                each["liars"],
                *(_moved(each, name) for name in methods),
            )
            for each in attacks
        ],
    )


def _moved(each: Mapping[str, Any], method: str) -> str:
    ppm = each["moved_ppm"][method]
    if each["valued"][method] == 0:
        return "–"
    if ppm is None:
        return "value or none"
    return f"{ppm / _PPM_PER_PERCENT:+.2f} %".replace("-", "−") if ppm else "0"


def _leaders(rows: Sequence[Mapping[str, Any]]) -> str:
    return render_table(
        ("two of seven", "rounds", "median, s", "longest, s", "broken"),
        [
            (
                each["strategy"],
                each["rounds"],
                f"{each['median_ms'] / 1_000:.0f}",
                f"{each['longest_ms'] / 1_000:.0f}",
                each["broken"],
            )
            for each in rows
        ],
    )
