#!/usr/bin/env python3
"""Rebuild the quote sample that ships, from the full quote history.

    PARGRADE_HISTORY=<folder> python scripts/make_sample.py

Takes the rows that came through the aggregator in March and April 2026, leaves out venues whose
terms forbid it, keeps the columns the oracle reads, and writes a gzip file without a time stamp.
"""

import csv
import gzip
import io
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from oracle.sources.recorded import COLUMNS
from oracle.sources.venue import Terms, Venues, load_venues
from pargrade.data.files import SAMPLE

HISTORY_FILE = "gpu_rental_quotes.csv.gz"
FLAG = "via_getdeploying_aggregator"
FIRST, PAST = "2026-03-01", "2026-05-01"


def belongs(row: Mapping[str, str], venues: Venues) -> bool:
    """Whether a row of the history is part of the sample."""
    return (
        FLAG in row["flags"].split("|")
        and FIRST <= row["observed_at"] < PAST
        and venues[row["provider"]].terms is not Terms.RESTRICTED
    )


def sample_text(history: Iterable[Mapping[str, str]], venues: Venues) -> str:
    """The sample as CSV, in the order of the history."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for row in history if belongs(row, venues))
    return text.getvalue()


def build(folder: Path) -> str:
    """The sample as CSV from a folder with the full history."""
    with gzip.open(folder / HISTORY_FILE, "rt", encoding="utf-8", newline="") as history:
        return sample_text(csv.DictReader(history), load_venues())


def main() -> int:
    """Write the sample and say what went into it."""
    folder = os.environ.get("PARGRADE_HISTORY")
    if not folder:
        print("Set PARGRADE_HISTORY to the folder with the full quote history.", file=sys.stderr)
        return 2
    text = build(Path(folder))
    SAMPLE.parent.mkdir(parents=True, exist_ok=True)
    SAMPLE.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
    print(f"{text.count(chr(10)) - 1} quotes, {SAMPLE.stat().st_size} bytes: {SAMPLE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
