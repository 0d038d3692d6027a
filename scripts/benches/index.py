"""Speed and memory of the spot index: `scripts/bench index [--json]`.

backtest_vs_pandas      How many times faster the hourly index of a whole history is than the same
                        method in pandas (index_pandas.py), which must give the same values at every
                        hour or the run fails. Both start from decoded rows. The history is that in
                        the folder PARGRADE_HISTORY; without it, the sample that ships. The panel
                        is every provider of the file. Providers the venue table does not list are
                        taken for neoclouds here, to have more to do; that is no judgement of them.
                        Ours is the median of three runs; pandas, which takes minutes, runs once.
window_vs_pandas        The same for method 3 (index_window_pandas.py) over the listed venues: the
                        same state at every hour and a value within a hundred thousandth, as its fit
                        is in floating point. With the full history alone.
tick_1m_quotes_s        One tick over 1,000,000 quotes: screen, unit prices, link and value, from
                        columns in no order; median of seven. The rows are those of the history,
                        repeated: copies have other providers and regions, times are spread over the
                        look-back and prices over two per cent, by a fixed multiplier.
peak_memory_ratio       Input and the most that tick allocates beside it, against the input, in a
                        process of its own. tracemalloc counts every array and object, to the byte.

recording_vs_before     How many times faster a recording becomes a history than when it went by way
                        of rows, columns, quotes and columns again (index_before.py), which must
                        give the same history or the run fails. The recording is the history;
                        without it, the sample six times over, each time two months later: a year of
                        it. Medians of seven, in turn. `sample` is the ratio for the sample alone.

factor_coverage         The part of windows of 60 days whose fits are inside the band of the table
                        of their quarter, which saw none of their days. With the history alone.

With the full history the rows of index_window.py follow: the bars of the method with a window.
`--window` runs these alone, `--factors` the row of factors, `--twin` window_vs_pandas.

Everything runs on one core; seconds are processor time, so that other work on the machine does not
count. As in timeit, the garbage collector rests while anything is timed, ours and pandas alike.
"""

import os
import subprocess
import sys
from statistics import median
from typing import Any, Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before Polars is imported

from index_factors import factor_rows
from index_history import history_file, one_core, panel_of, read, timed
from index_pandas import PandasIndex, frame_of
from index_recording import recording_row
from index_tick import METHOD, memory_ratio, tick_s
from index_window import window_rows
from index_window_pandas import PandasWindowIndex
from rows import Row, report

from oracle.index.daily_chain import DailyChain
from oracle.index.family import everyone, load_candidate
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import METHOD as SHIPPED
from oracle.index.method import PAR_INDEX
from oracle.index.window.chain import WindowChain
from oracle.quotes.history import History
from oracle.sources.history_file import Scan
from oracle.sources.venue import load_venues

HOUR_S: Final = 3_600
FLOAT_TOLERANCE: Final = 1e-5
"""Of a fit in floating point, which solves each step exactly where ours solves to 22 bits."""


def backtest() -> tuple[float, float, int]:
    """Seconds of ours and of pandas, and how many hours both agree on."""
    columns = read()
    panel = panel_of(columns)
    first, last = int(columns.observed_at.min()), int(columns.observed_at.max())
    hours = range(-(-first // HOUR_S) * HOUR_S, last + HOUR_S, HOUR_S)

    def ours() -> list[dict[str, Any]]:
        chain = DailyChain(History.of(columns), METHOD, panel)
        return [chain.value(hour).to_json() for hour in hours]

    frame = frame_of(columns.quotes())

    def theirs() -> list[dict[str, Any]]:
        index = PandasIndex(frame, METHOD, panel)
        return [index.value(hour) for hour in hours]

    took, found = zip(*(timed(ours) for _ in range(3)), strict=True)
    pandas, others = timed(theirs)
    for hour, value, other in zip(hours, found[0], others, strict=True):
        if other != value:
            raise SystemExit(f"at {hour} pandas finds {other}, we {value}")
    return median(took), pandas, len(hours)


def window_row() -> Row:
    """Method 3 and its twin in pandas over the listed venues of the history."""
    venues = load_venues()
    columns = Scan(history_file(), venues).read()
    method = load_candidate(SHIPPED.with_name("method-3.json"))[PAR_INDEX]
    panel = everyone(venues)
    first, last = int(columns.observed_at.min()), int(columns.observed_at.max())
    hours = range(-(-first // HOUR_S) * HOUR_S, last + HOUR_S, HOUR_S)

    def ours() -> list[IndexValue | NoValue]:
        chain = WindowChain(History.of(columns), method, panel)
        return [chain.value(hour) for hour in hours]

    frame = frame_of(columns.quotes())

    def theirs() -> list[dict[str, Any]]:
        index = PandasWindowIndex(frame, method, panel)
        return [index.value(hour) for hour in hours]

    took, found = zip(*(timed(ours) for _ in range(3)), strict=True)
    pandas, others = timed(theirs)
    for hour, value, other in zip(hours, found[0], others, strict=True):
        usd = value.value8 / 10**8 if isinstance(value, IndexValue) else None
        near = usd is None or abs(other.get("value", 0) / usd - 1) < FLOAT_TOLERANCE
        if other["state"] != value.state or not near or ("value" in other) != (usd is not None):
            raise SystemExit(f"at {hour} pandas finds {other}, we {value}")
    peers = {"pandas, s": pandas, "ours, s": median(took), "hours": len(hours)}
    return Row("window_vs_pandas", pandas / median(took), 20, "times", "higher", peers)


def _child(*words: str) -> str:
    return subprocess.run(
        [sys.executable, "-P", __file__, *words], check=True, capture_output=True, text=True
    ).stdout


def main(words: list[str]) -> int:
    """Exit code 1 when a limit is missed."""
    one_core()
    match words:
        case ["--memory"]:
            memory_ratio()
            return 0
        case ["--factors", *rest]:
            return report(factor_rows(), as_json="--json" in rest)
        case ["--twin", *rest]:
            return report([window_row()], as_json="--json" in rest)
        case ["--window", *rest]:
            return report(window_rows(), as_json="--json" in rest)
    print(f"history: {history_file().name}; pandas takes its time", file=sys.stderr)
    tick, lines = tick_s()
    ratio = float(_child("--memory"))
    ours, theirs, hours = backtest()
    rows = [
        Row(
            "backtest_vs_pandas",
            theirs / ours,
            20,
            "times",
            "higher",
            {"pandas, s": theirs, "ours, s": ours, "hours": hours},
        ),
        Row("tick_1m_quotes_s", tick, 0.25, "s", peers={"lines": lines}),
        Row("peak_memory_ratio", ratio, 3, "times the input"),
        *([window_row()] if "PARGRADE_HISTORY" in os.environ else []),
        recording_row(),
        *factor_rows(),
        *window_rows(),
    ]
    return report(rows, as_json="--json" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
