"""Hedging against its limits.

focus_gigabyte_s      seconds to read 1 GB of FOCUS rows, and the peak memory of the process
exposure_series_s     100,000 counters of a month, from Prometheus's answer to SCU
plan_cold_s           a plan from two years of hours in a new process; plan_warm_s without its
                      start and imports; plan_rss_mb its peak memory
interval_coverage     share of 40 monthly sums inside their 80 % interval, out of sample, of
                      generated needs that drift and jump: no workload trace that may be shipped
                      is longer than two weeks

python scripts/benches/hedge.py [--json]
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
from rows import Row, report

from bridge.hedge.exposure.exposure import UsageChoice, expose
from bridge.hedge.exposure.months import day_number, day_text, month_days
from bridge.hedge.exposure.rates import benchmark_rate, hardware_rate
from bridge.hedge.forecast.forecast import forecast_months
from bridge.hedge.forecast.history import NeedHistory
from bridge.hedge.intake.files import How, paused_collection, read_files
from bridge.hedge.plan.from_exposure import plan_exposure
from bridge.hedge.plan.policy import MarketSnapshot, Policy
from bridge.hedge.readers.prometheus import read_answers
from bridge.hedge.readers.usage import Measure
from pargrade.clock import DAY_S

GIGABYTE: Final = 10**9
SERIES: Final = 100_000
FIRST: Final = day_number("2024-01-01")
WEEKDAYS: Final = np.array([1, 1.05, 1.08, 1.04, 1, 0.6, 0.55])
MIDNIGHT: Final = 1_772_582_400


def need(seed: int, days: int) -> np.ndarray:
    """A daily need that drifts, jumps now and then, and has weekdays and noise."""
    chance = np.random.default_rng(seed)
    steps = chance.normal(0.0008, 0.012, days)
    jumps = (chance.random(days) < 0.01) * chance.normal(0.05, 0.1, days)
    level = np.exp(np.cumsum(steps + jumps) + chance.normal(0, 0.1, days))
    return 100 * WEEKDAYS[np.arange(days) % 7] * level


def coverage() -> tuple[float, int]:
    """Share of monthly sums inside their 80 % interval, and how many there are."""
    inside = []
    for seed in range(4):
        values = need(seed, 1_100)
        for origin in range(730, 1_030, 30):
            found = forecast_months(NeedHistory(FIRST, values[:origin]), 2)[1]
            days = month_days(found.month)
            actual = values[days.start - FIRST : days.stop - FIRST].sum()
            inside.append(found.intervals[0].low <= actual <= found.intervals[0].high)
    return float(np.mean(inside)), len(inside)


def write_focus(path: Path) -> None:
    """1 GB of rows of 44 columns, hourly, with NULL words and quoted tags."""
    named = ("BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,"
             "ConsumedQuantity,ConsumedUnit,EffectiveCost,ServiceName,SubAccountName,"
             "ChargeDescription,ResourceId,Tags")  # fmt: skip
    filler = [f"x_Column{number}" for number in range(31)]
    padding = '"NULL","some text of a usual length"' + ',"0.00000000000"' * 29
    written = hour = 0
    with path.open("w") as file:
        written += file.write(",".join([named, *filler]) + "\n")
        while written < GIGABYTE:
            day = day_text(FIRST + hour // 24 % 90)
            start, end = f"{day} {hour % 24:02d}:00:00", f"{day} {hour % 24:02d}:59:59"
            rows = [
                f'"0.{n:04d}","USD","Usage","{start}","{end}","1.0","Hours","0.{n:04d}",'
                f'"Compute","team-{n % 40}","BoxUsage:p5.48xlarge","i-{hour}-{n}",'
                f'"{{""team"": ""t{n % 40}""}}",{padding}\n'
                for n in range(400)
            ]
            written += file.write("".join(rows))
            hour += 1


def read_focus(path: Path) -> None:
    """Prints seconds and peak megabytes of reading a file."""
    began = time.perf_counter()
    reading = read_files([path], How())
    took = time.perf_counter() - began
    if reading.refused or not reading.usages:
        raise SystemExit("the rows were not read")
    print(json.dumps([took, peak_mb()]))


def series_s() -> float:
    """Seconds from an answer about 100,000 counters to SCU by month."""
    rows = [
        {
            "metric": {
                "__name__": "vllm:generation_tokens_total",
                "model_name": f"m{number % 50}",
                "instance": f"i{number}",
            },
            "values": [[MIDNIGHT + DAY_S * day, str(1_000 * day * (number % 7 + 1))]
                       for day in range(31)],
        }
        for number in range(SERIES)
    ]  # fmt: skip
    document = {"status": "success", "data": {"resultType": "matrix", "result": rows}}
    text = json.dumps(document)
    del rows, document
    rate = benchmark_rate("", trusted=True)
    began = time.perf_counter()
    with paused_collection():
        reading = read_answers([text])
        found = expose(reading, UsageChoice((Measure.COMPLETION_TOKENS,), lambda _: rate))
    took = time.perf_counter() - began
    if not found.months():
        raise SystemExit("the series gave no usage")
    return took


def write_hours(path: Path) -> None:
    """Two years of hourly GPU-hours."""
    lines = ["time,end,team,gpu_hours,remark\n"]
    for position, amount in enumerate(need(1, 730)):
        day, after = day_text(FIRST + position), day_text(FIRST + position + 1)
        for hour in range(24):
            end = f"{day} {hour + 1:02d}:00" if hour < 23 else after
            lines.append(f"{day} {hour:02d}:00,{end},chat,{amount / 24:.4f},\n")
    path.write_text("".join(lines))


def plan(path: Path) -> float:
    """Seconds of a plan from a file of hours."""
    policy = Policy.model_validate(
        {"team": "chat", "styles": ["NET"], "series": ["X"], "share": "0.8",
         "max_lots_a_month": 10**9, "max_lots": 10**9, "max_cash_usd": 10**9, "max_price_usd": 9}
    )  # fmt: skip
    offer = {"name": "X", "month": "2026-02", "style": "NET", "price_usd": "2.33"}
    market = MarketSnapshot.model_validate(
        {"observed_at": "2025-12-31", "index_usd": "2.31", "offers": [offer]}
    )
    rate = hardware_rate("H100-SXM-80")
    began = time.perf_counter()
    reading = read_files([path], How())
    exposure = expose(reading, UsageChoice((Measure.GPU_HOURS,), lambda _: rate))
    found = plan_exposure(exposure, policy, market)
    took = time.perf_counter() - began
    if not any(line.buy_lots for line in found.plan.months):
        raise SystemExit("the plan buys nothing")
    return took


def peak_mb() -> float:
    """Peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(*words: str) -> str:
    """What this script prints in a process of its own."""
    command = [sys.executable, "-P", __file__, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def rows_of(folder: Path) -> list[Row]:
    """Every figure, measured."""
    hours, big = folder / "hours.csv", folder / "focus.csv"
    write_hours(hours)
    began = time.perf_counter()
    warm, rss = json.loads(child("--plan", str(hours)))
    cold = time.perf_counter() - began
    write_focus(big)
    focus, memory = json.loads(child("--focus", str(big)))
    share, sums = coverage()
    return [
        Row("plan_cold_s", cold, 3, "s"),
        Row("plan_warm_s", warm, 1, "s"),
        Row("plan_rss_mb", rss, 350, "MB"),
        Row("focus_gigabyte_s", focus, 20, "s"),
        Row("focus_gigabyte_mb", memory, 1_000, "MB"),
        Row("exposure_series_s", float(child("--series")), 60, "s"),
        Row("interval_coverage_least", share, 0.70, "of sums", "higher", {"sums": sums}),
        Row("interval_coverage_most", share, 0.90, "of sums"),
    ]


def main(words: list[str]) -> int:
    """Exit code 1 when a limit is missed."""
    match words:
        case ["--plan", path]:
            print(json.dumps([plan(Path(path)), peak_mb()]))
            return 0
        case ["--focus", path]:
            read_focus(Path(path))
            return 0
        case ["--series"]:
            print(series_s())
            return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_of(Path(folder))
    return report(rows, as_json="--json" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
