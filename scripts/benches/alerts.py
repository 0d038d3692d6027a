"""How long alerts take from a real fault to firing in a real Prometheus.

alert_s   the slowest of all, seconds; scraped and evaluated every second, with the rules that ship
          except for their interval. --deep adds keys, clocks, chains, machines and quotes.

python scripts/benches/alerts.py [--deep] [--json]
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.alert_faults import (
    CLOCK,
    cut_quotes,
    quick_faults,
    run_as_if_its_clock_can_be_set,
    slow_faults,
    source_faults,
    watched,
)

MOST_S: Final = 60.0
PATIENCE_S: Final = 300.0


def alerts_row(*, deep: bool) -> Row:
    """The slowest alert, and all others beside it."""
    took: dict[str, float] = {}
    with TemporaryDirectory() as folder, watched(Path(folder)) as net:
        took |= net.raise_all(quick_faults(net), PATIENCE_S)
    if deep:
        took |= _slow() | _sources()
    return Row("alert_s", max(took.values()), MOST_S, "s", peers=took)


def _slow() -> dict[str, float]:
    with TemporaryDirectory() as folder:
        os.environ[CLOCK] = str(Path(folder) / "clock")
        with watched(Path(folder), start=run_as_if_its_clock_can_be_set) as net:
            return net.raise_all(slow_faults(net), PATIENCE_S)


def _sources() -> dict[str, float]:
    with TemporaryDirectory() as folder, watched(Path(folder), cut_quotes) as net:
        stale, absent = source_faults(net)
        return net.raise_all([stale], PATIENCE_S) | net.raise_all([absent], PATIENCE_S)


if __name__ == "__main__":
    # Guarded: the nodes are forked from a server that imports this module.
    words = sys.argv[1:]
    sys.exit(report([alerts_row(deep="--deep" in words)], as_json="--json" in words))
