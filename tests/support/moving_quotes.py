"""A recording that nodes read while its prices change."""

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from tests.support.nodes import GENESIS

STEP: Final = 1.01
"""Four times the deviation that makes a round."""

SEEN_AFTER_S: Final = 400
"""The panels take a quote as of 60 to 300 seconds before the slot."""


class MovingQuotes:
    """A recording that all nodes read, and that can be moved as a whole."""

    def __init__(self, path: Path, begin: int = GENESIS) -> None:
        """Recorded is what was seen before `begin`, unix seconds."""
        self.path = path
        with gzip.open(SAMPLE, "rt", encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        self._price = [head.index(name) for name in ("price_usd_per_gpu_hour", "price_min")]
        day_before, before = (
            datetime.fromtimestamp(moment, UTC).isoformat() for moment in (begin - DAY_S, begin)
        )
        past = [row for row in rows if row[0] < before]
        self._last = [row for row in past if row[0] >= day_before]
        self._level = 1.0
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *past])

    def move(self, now: int) -> None:
        """Every price of the last 24 hours again, a step higher or back; `now` in chain seconds."""
        self._level = STEP if self._level == 1.0 else 1.0
        stamp = datetime.fromtimestamp(now - SEEN_AFTER_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = [[stamp, *row[1:]] for row in self._last]
        for row in rows:
            for place in self._price:
                row[place] = f"{float(row[place]) * self._level:.6f}"
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
