"""Workload files for the readers of hedging: small ones that ship, and real ones if any."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bridge.hedge.intake.files import How, read_files
from bridge.hedge.readers.times import parse_time
from bridge.hedge.readers.usage import Usage, Workload

WORKLOADS = Path(__file__).parent / "fixtures" / "workloads"
STARTS = parse_time("2026-03-01")
SCRAPED = parse_time("2026-03-06")


def every_workload() -> list[Path]:
    """The files that ship, and those beside the full history where PARGRADE_HISTORY names it."""
    folder = os.environ.get("PARGRADE_HISTORY")
    real = sorted((Path(folder) / "workloads").glob("*.*")) if folder else []
    return sorted(WORKLOADS.iterdir()) + [path for path in real if path.suffix != ".md"]


def read(*paths: Path, scraped: tuple[int, ...] = ()) -> Workload:
    return read_files(paths, How(starts_ns=STARTS, at_ns=scraped))


def totals(usages: Iterable[Usage]) -> Counter[tuple[object, ...]]:
    """Amounts by measure, unit, team, model and hardware."""
    found: Counter[tuple[object, ...]] = Counter()
    for usage in usages:
        found[usage.measure.value, usage.unit, *usage.subject[:3]] += usage.amount  # type: ignore[assignment]
    return Counter({key: amount for key, amount in found.items() if amount})
