"""A copy of the recorded quotes as one member's broken source would deliver them."""

import csv
import gzip
import io
from decimal import Decimal
from pathlib import Path
from typing import Final

FACTOR: Final = Decimal("1.5")
"""As if the source had begun to quote in another currency without saying so."""

_PRICES: Final = ("price_usd_per_gpu_hour", "price_min")


def corrupt(sample: Path, copy: Path) -> None:
    """Writes `copy`: the same rows, every price times FACTOR."""
    rows = csv.DictReader(io.StringIO(gzip.decompress(sample.read_bytes()).decode()))
    with gzip.open(copy, "wt", newline="") as file:
        writer = csv.DictWriter(file, rows.fieldnames or ())
        writer.writeheader()
        for row in rows:
            writer.writerow(row | {name: str(Decimal(row[name]) * FACTOR) for name in _PRICES})
