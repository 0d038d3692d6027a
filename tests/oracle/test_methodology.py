"""The methodology says what the method file and the sample say."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from oracle.chain import Chain
from oracle.method import METHOD
from oracle.screen import Reason
from oracle.sources.recorded import instant

TEXT = (Path(__file__).parents[2] / "docs" / "METHODOLOGY.md").read_text(encoding="utf-8")
DOCUMENT = json.loads(METHOD.read_text(encoding="utf-8"))


def rows(first_cell):
    """The cells of the table rows whose first cell matches."""
    lines = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("|")]
    return {
        cells[0].strip("` "): cells[1:] for cells in lines if re.fullmatch(first_cell, cells[0])
    }


def constants():
    """Every constant of the method file but the hardware, as the methodology writes it."""
    for key, value in DOCUMENT.items():
        if key in {"version", "index", "hardware"}:
            continue
        for name, part in value.items() if isinstance(value, dict) else [("", value)]:
            listed = part if isinstance(part, list) else [part]
            texts = [f"{int(p):,}" if re.fullmatch("[0-9]+", str(p)) else p for p in listed]
            yield f"{key}.{name}".rstrip("."), ", ".join(texts)


def test_methodology__table_of_constants__is_the_method_file():
    stated = {key: cells[0] for key, cells in rows(r"`[a-z_0-9.]+`").items()}
    expected = dict(constants())
    assert {key: stated.get(key) for key in expected} == expected
    # No constant is described that no longer exists.
    assert {key for key in stated if "_" in key} <= expected.keys()


def test_methodology__table_of_hardware__is_the_method_file():
    stated = rows(r"[A-Z]+[0-9]+-SXM-[0-9]+")
    expected = {}
    for row in DOCUMENT["hardware"]:
        low, high = (f"{int(row[edge]) / 1e8:.2f}" for edge in ("low8", "high8"))
        spelled = ", ".join(variant or "not stated" for variant in row["spelled"])
        expected[row["name"]] = [spelled, f"{row['weight_ppm'] / 1e6:.2f}", f"{low}–{high}"]
    assert stated == expected


def test_methodology__table_of_reasons__is_in_the_order_of_the_screen():
    assert list(rows(r"`[A-Z_]{5,}`"))[-len(Reason) :] == list(Reason)


@pytest.mark.parametrize("name", [f"panel-{number}" for number in range(1, 6)])
def test_methodology__values_of_the_panels__are_what_the_sample_gives(sample, method, panels, name):
    chain = Chain(sample, method, panels[name])
    days = ("2026-03-02", "2026-04-01", "2026-05-01")
    values = [chain.value(instant(f"{day}T00:00:00Z")).value8 for day in days]
    hours = range(instant("2026-03-02T00:00:00Z"), instant("2026-05-01T00:00:00Z") + 1, 3_600)
    hourly = [chain.value(at).value8 for at in hours]
    largest = max(abs(b / a - 1) for a, b in pairwise(hourly))
    expected = [f"{value / 1e8:.4f}" for value in values] + [f"{largest:.2%}".replace("%", " %")]
    assert rows("panel-[0-9]")[name] == expected
