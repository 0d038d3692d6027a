"""The methodology says what the method file and the sample say."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from oracle.index.daily_chain import DailyChain
from oracle.index.method import METHOD
from oracle.index.payment_token import TokenReason
from oracle.index.screen import Reason
from oracle.index.shadow_record import ShadowRecord, record_path
from oracle.sources.recorded import instant
from pargrade.canonical import read_json

TEXT = (Path(__file__).parents[3] / "docs" / "METHODOLOGY.md").read_text(encoding="utf-8")
DOCUMENT = json.loads(METHOD.read_text(encoding="utf-8"))
CANDIDATE = METHOD.with_name("method-2.json")


def table(*header):
    """The rows of the one table with this header, each a list of cells."""
    lines = TEXT.splitlines()
    (place,) = (i for i, line in enumerate(lines) if line == f"| {' | '.join(header)} |")
    found = []
    for line in lines[place + 2 :]:
        if not line.startswith("|"):
            return found
        found.append([cell.strip("` ") for cell in line.strip("|").split("|")])
    return found


def rows(first_cell):
    """The cells of the table rows whose first cell matches."""
    lines = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("|")]
    return {
        cells[0].strip("` "): cells[1:] for cells in lines if re.fullmatch(first_cell, cells[0])
    }


def constants():
    """Every constant of the method file but hardware and indices, as the methodology writes it."""
    for key, value in DOCUMENT.items():
        if key in {"version", "hardware", "indices"}:
            continue
        for name, part in value.items() if isinstance(value, dict) else [("", value)]:
            listed = part if isinstance(part, list) else [part]
            texts = [f"{int(p):,}" if re.fullmatch("[0-9]+", str(p)) else p for p in listed]
            yield f"{key}.{name}".rstrip("."), ", ".join(texts)


def test_methodology__tables_of_constants__are_the_method_file():
    stated = {key: cells[0] for key, cells in rows(r"`[a-z_0-9.]+`").items()}
    expected = dict(constants())
    assert {key: stated.get(key) for key in expected} == expected
    # No constant is described that no longer exists.
    beside = {key for key in stated if key.startswith("window.")}  # those of a candidate
    assert {key for key in stated if "_" in key} - beside <= expected.keys()


def test_methodology__table_of_hardware__is_the_method_file():
    expected = []
    for row in DOCUMENT["hardware"]:
        spelled = ", ".join(variant or "not stated" for variant in row["spelled"])
        bands = [
            "–".join(f"{int(edge) / 1e8:.2f}" for edge in row["band8"][tier])
            if tier in row["band8"]
            else "none"
            for tier in ("on_demand", "spot")
        ]
        expected.append([row["name"], spelled, *bands])
    header = ("hardware", "form factors read as it", "on-demand band", "spot band")
    assert table(*header) == expected


def test_methodology__table_of_indices__is_the_method_file():
    expected = [
        [
            row["index"],
            row["tier"],
            row["unit"],
            ", ".join(f"{name} {ppm / 1000000.0:.2f}" for name, ppm in row["weight_ppm"].items()),
        ]
        for row in DOCUMENT["indices"]
    ]
    assert table("index", "tier", "per", "reads, with weight") == expected


def test_methodology__table_of_candidates__lists_what_the_method_file_has():
    candidates = table("candidate", "live", "thin", "absent", "listed")
    assert [row[0] for row in candidates if row[4] == "yes"] == [
        row["index"] for row in DOCUMENT["indices"]
    ]
    for name, live, thin, absent, listed in candidates:
        days = int(live) + int(thin) + int(absent)
        assert (listed == "yes") == ((int(live) + int(thin)) * 10 >= days), name
        assert days == 86


def test_methodology__table_of_the_shadow_run__is_the_record_of_the_candidate():
    record = ShadowRecord.from_json(read_json(record_path(CANDIDATE).read_bytes()))
    expected = [
        [
            each.index,
            str(each.both),
            f"{each.median_ppm / 1e4:.2f} %",
            f"{each.largest_ppm / 1e4:.2f} %",
            "differs too much"
            if each.objections(record.limits)
            else "within limits"
            if each.judged(record.limits)
            else "not judged",
        ]
        for each in record.indices
    ]
    assert table("index", "both", "median", "largest", "verdict") == expected


def test_methodology__reasons_for_bars__are_in_the_order_of_the_screen():
    start = TEXT.index("A bar is refused, in this order")
    assert re.findall(r"\(([A-Z_]{5,})\)", TEXT[start : TEXT.index("| `payment.tokens`")]) == list(
        TokenReason
    )


def test_methodology__table_of_reasons__is_in_the_order_of_the_screen():
    assert list(rows(r"`[A-Z_]{5,}`"))[-len(Reason) :] == list(Reason)


@pytest.mark.parametrize("name", [f"panel-{number}" for number in range(1, 6)])
def test_methodology__values_of_the_panels__are_what_the_sample_gives(sample, method, panels, name):
    chain = DailyChain(sample, method, panels[name])
    days = ("2026-03-02", "2026-04-01", "2026-05-01")
    values = [chain.value(instant(f"{day}T00:00:00Z")).value8 for day in days]
    hours = range(instant("2026-03-02T00:00:00Z"), instant("2026-05-01T00:00:00Z") + 1, 3_600)
    hourly = [chain.value(place).value8 for place in hours]
    largest = max(abs(b / a - 1) for a, b in pairwise(hourly))
    expected = [f"{value / 1e8:.4f}" for value in values] + [f"{largest:.2%}".replace("%", " %")]
    assert rows("panel-[0-9]")[name] == expected
