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

import gc
import gzip
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final

import numpy as np

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before Polars is imported

from index_before import history_before
from index_factors import factor_rows
from index_pandas import PandasIndex, frame_of
from index_window import window_rows
from index_window_pandas import PandasWindowIndex
from rows import Row, report

from oracle.index.daily_chain import DailyChain
from oracle.index.family import everyone, load_candidate
from oracle.index.fixing import Anchor, Fixing, value_at
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import METHOD as SHIPPED
from oracle.index.method import PAR_INDEX, load_method
from oracle.index.panel import Panel
from oracle.index.screen import screen
from oracle.index.window.chain import WindowChain
from oracle.quotes.classes import Firmness
from oracle.quotes.columns import Coded, Columns
from oracle.quotes.history import History
from oracle.sources.history_file import Scan
from oracle.sources.recorded import instant, instant_text, load_recording
from oracle.sources.venue import Cadence, Terms, Venue, Venues, load_venues
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE

HOUR_S: Final = 3_600
MILLION: Final = 1_000_000
FLOAT_TOLERANCE: Final = 1e-5
"""Of a fit in floating point, which solves each step exactly where ours solves to 22 bits."""
COPIES: Final = 20
REGIONS: Final = 4
COPIES_OF_SAMPLE: Final = 6
SAMPLE_DAYS: Final = 61
METHOD: Final = load_method()


class Unlisted(dict[str, Venue]):
    """The venue table with a neocloud for every provider it does not list."""

    def __missing__(self, slug: str) -> Venue:
        return Venue(
            slug, slug, "recorded", "", Cadence.DAILY, Firmness.NEOCLOUD, Terms.OPEN, "", False
        )


def history_file() -> Path:
    """The full history where there is one, else the sample."""
    folder = os.environ.get("PARGRADE_HISTORY")
    return Path(folder) / "gpu_rental_quotes.csv.gz" if folder else SAMPLE


def read() -> Columns:
    """The columns of the history."""
    return Scan(history_file(), Venues(Unlisted(load_venues().by_slug))).read()


def panel_of(columns: Columns) -> Panel:
    """Every provider."""
    return Panel("everyone", columns.provider.words, 60)


def one_core() -> None:
    """Stay on one core, where the system can be asked to."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time that a job takes, and its answer."""
    gc.collect()
    gc.disable()
    try:
        began = process_time()
        result = job()
        return process_time() - began, result
    finally:
        gc.enable()


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


def year_of_sample() -> Iterator[str]:
    """The sample's lines, and five times more, each time two months later."""
    header, *lines = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()
    yield header
    for copy in range(COPIES_OF_SAMPLE):
        for line in lines:
            seen, comma, rest = line.partition(",")
            yield instant_text(instant(seen) + copy * SAMPLE_DAYS * DAY_S) + comma + rest


def reading(path: Path) -> tuple[float, float, int]:
    """Seconds of ours and of before for one recording, and its quotes."""
    venues = Venues(Unlisted(load_venues().by_slug))
    ours, before, quotes = [], [], 0
    for _ in range(7):
        took, history = timed(lambda: History.of(load_recording(path, venues).columns))
        ours.append(took)
        took, other = timed(lambda: history_before(path, venues))
        before.append(took)
        quotes = len(history.columns)
        if history.quotes != other.quotes:
            raise SystemExit(f"{path.name} is another history than before")
    return median(ours), median(before), quotes


def recording_row() -> Row:
    """The row of reading a recording."""
    path = history_file()
    own, own_before, _ = reading(SAMPLE)
    with TemporaryDirectory() as folder:
        if path == SAMPLE:
            path = Path(folder) / "year.csv.gz"
            path.write_bytes(gzip.compress("\n".join([*year_of_sample(), ""]).encode()))
        ours, before, quotes = reading(path)
    return Row(
        "recording_vs_before",
        before / ours,
        4,
        "times",
        "higher",
        {"before, s": before, "ours, s": ours, "quotes": quotes, "sample": own_before / own},
    )


def repeated(columns: Columns, rows: int, after: int, until: int) -> Columns:
    """Rows of a history again and again, as other providers' and spread over another time."""
    number = np.arange(rows)
    noise = number * 2_654_435_761 % 2**32
    part = columns.take(number % len(columns))
    return Columns(
        **{
            name: getattr(part, name)
            for name in Columns.__dataclass_fields__
            if name not in {"observed_at", "provider", "region", "price8", "ordered"}
        },
        observed_at=after + 1 + noise % (until - after),
        provider=_renamed(part.provider, noise // 7 % COPIES, COPIES),
        region=_renamed(part.region, noise // 11 % REGIONS, REGIONS),
        price8=part.price8 * (9_900 + noise % 201) // 10_000,
    )


def _renamed(column: Coded, copy: np.ndarray, copies: int) -> Coded:
    words = tuple(f"{word}-{number}" for word in column.words for number in range(copies))
    return Coded((column.codes * copies + copy).astype(np.int32), words)


class Tick:
    """A million quotes, and the chain's last anchor."""

    def __init__(self) -> None:
        real = read()
        self.as_of = int(real.observed_at.max()) // DAY_S * DAY_S + DAY_S // 2
        open_ = real.terms.each(lambda terms: terms is not Terms.RESTRICTED)
        real = real.take(np.flatnonzero(open_))
        self.quotes = repeated(real, MILLION, self.as_of - METHOD.lookback_s, self.as_of)
        self.panel = panel_of(self.quotes)
        before = self.quotes.take(np.arange(0, MILLION, 10))
        self.anchor = DailyChain(History.of(before), METHOD, self.panel).anchor(self.as_of)

    def value(self) -> tuple[IndexValue | NoValue, Fixing]:
        """The tick that is measured."""
        fixing = Fixing.of(screen(self.quotes, METHOD, self.panel, self.as_of), METHOD)
        return value_at(self.anchor, fixing, METHOD), fixing

    def require_whole(self) -> None:
        """That the tick has a value, and that every quote has its verdict."""
        value, fixing = self.value()
        anchor: Anchor | None = self.anchor
        if anchor is None or not isinstance(value, IndexValue):
            raise SystemExit(f"the tick has no value: {value}")
        if fixing.screened.counts.total() != MILLION:
            raise SystemExit("quotes are missing from the verdicts")


def tick_s() -> tuple[float, int]:
    """Seconds of a tick, and its lines."""
    tick = Tick()
    tick.require_whole()
    took, found = zip(*(timed(tick.value) for _ in range(7)), strict=True)
    return median(took), len(found[0][1].prices)


def memory_ratio() -> None:
    """Prints input and peak of a tick against its input."""
    tick = Tick()
    tick.require_whole()
    tracemalloc.start()
    tick.value()
    _, peak = tracemalloc.get_traced_memory()
    print((tick.quotes.nbytes + peak) / tick.quotes.nbytes)


def _child(*words: str) -> str:
    return subprocess.run(
        [sys.executable, str(Path(__file__)), *words], check=True, capture_output=True, text=True
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
