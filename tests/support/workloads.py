"""Workload files for the readers of hedging: small ones that ship, and real ones if any."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bridge.hedge.exposure.months import day_number, day_text
from bridge.hedge.intake.files import How, read_files
from bridge.hedge.readers.times import parse_time
from bridge.hedge.readers.usage import Usage, Workload

WORKLOADS = Path(__file__).parent / "fixtures" / "workloads"
STARTS = parse_time("2026-03-01")
SCRAPED = parse_time("2026-03-06")


POLICY = """
team: chat
styles: [NET]
series: [APR]
share: "0.5"
last_lead: 1
max_lots_a_month: 1000000
max_lots: 1000000
max_cash_usd: "1000000"
max_price_usd: 3
"""
MARKET = """
observed_at: 2026-03-31T12:00Z
index_usd: "2.31"
offers: [{name: APR, month: 2026-04, style: NET, price_usd: "2.33", held_lots: %d}]
"""


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


def write_team(folder: Path) -> None:
    """A year of days of one team, a policy and a market: days.csv, hedge.yaml and market.yaml."""
    first = day_number("2025-03-01")
    rows = [f"{day_text(first + day)},chat,H100-SXM-80,100,\n" for day in range(396)]
    header = "day,team,hardware,gpu_hours,remark\n"
    (folder / "days.csv").write_text(header + "".join(rows))
    (folder / "hedge.yaml").write_text(POLICY)
    (folder / "market.yaml").write_text(MARKET % 0)
