"""`pargrade index backtest`: the family of indices over a whole history."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from oracle.cli.index_inputs import NoQuotes, chosen_family, chosen_panel, show_refused
from oracle.cli.index_study import usd
from oracle.cli.options import AllProviders, MethodVersion, PanelName
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    AsJson,
    EngineName,
    SampleFile,
    first_day_option,
    last_day_option,
    out_folder_option,
)
from pargrade.cli.toolkit.output import Table, progress, report
from pargrade.clock import DAY_S, HOUR_S
from pargrade.errors import PargradeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.backtest.benchmark import BenchmarkMonth
    from oracle.backtest.run import Backtest

app = new_app()

HISTORY: Final = "PARGRADE_HISTORY"
"""Environment variable with the folder of the full history; the sample that ships without it."""

_QUOTES: Final = "gpu_rental_quotes.csv.gz"
_BENCHMARK: Final = "gpu_ratecard_benchmark_monthly.csv"


class EmptyPeriod(PargradeError):
    """A period in which there is no instant."""

    hint = "Take --from before --to, and a step that fits in between."

    def __init__(self, since: int, until: int) -> None:
        super().__init__(f"there is no instant from {since} to {until}")


@app.command(epilog="Example: pargrade index backtest --index 'H100 / USD' --out backtest")
def backtest(
    since: Annotated[str, first_day_option("first whole day")] = "",
    until: Annotated[str, last_day_option("the newest quote")] = "",
    step: Annotated[
        int,
        typer.Option(
            metavar="HOURS",
            help="Hours between values; a value holds for 65 minutes, so months settle at 1.",
            min=1,
        ),
    ] = 1,
    index: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this index; may be repeated.", show_default="all"),
    ] = None,
    out: Annotated[Path | None, out_folder_option("only print")] = None,
    out_of_core: Annotated[
        bool,
        typer.Option(
            "--out-of-core",
            help="Read the history week by week: the same values, and no comparison of quotes.",
        ),
    ] = False,
    engine: EngineName = "local",
    method: MethodVersion = "",
    sample: SampleFile = None,
    panel: PanelName = "",
    all_providers: AllProviders = False,
    as_json: AsJson = False,
) -> None:
    """Run the family over a history: values, states, settlements, volatility, hedges.

    With --engine dask the work is cut into pieces, parts of the days for a method with a window and
    whole indices for one without: the same values, and no comparison of quotes.

    The history is --sample, or else the full one in the folder that PARGRADE_HISTORY names, or else
    the sample that ships. Only --out writes: values as Parquet, figures and
    plots.
    """
    from oracle.backtest.document import states_of
    from oracle.backtest.figures import compute_figures
    from oracle.backtest.mapped import run_mapped
    from oracle.backtest.run import run_backtest, run_out_of_core
    from oracle.sources.history_file import Scan
    from oracle.sources.venue import load_venues
    from pargrade.extras import require_extra
    from pargrade.process.engine import Engine

    if out is not None:
        require_extra("plot")
    family = chosen_family(method)
    methods = tuple(family[name] for name in index) if index else family.methods
    source = Scan(sample or history_file(), load_venues())
    chosen = chosen_panel(panel, everyone=all_providers)
    instants = _instants(source.path, since, until, step, source.span())
    show_refused(source.path, source.refused)

    def say(name: str) -> None:
        progress(f"{name} …")

    mapped = Engine.parse(engine)
    if mapped.scheduler is not None:
        found = run_mapped(source, methods, chosen, instants, say, mapped.map)
    else:
        run = run_out_of_core if out_of_core else run_backtest
        found = run(source, methods, chosen, instants, say)
    stated = compute_figures(found, benchmark())
    states = states_of(stated["indices"])
    if out is not None:
        _write(out, found, stated)
    report(
        stated,
        f"{len(instants):,} instants, {stated['period']['first']} to {stated['period']['last']}, "
        f"version {stated['version']}, read by {stated['panel']}",
        Table(
            ("index", *states, "first", "last", "volatility", "still"),
            [_index_row(each, states) for each in stated["indices"]],
            title="Days by state, values in USD, daily changes",
            numbers=frozenset({*states, "first", "last", "volatility", "still"}),
        ),
        Table(
            ("index", "month", "S", "coverage", "rung", "business days", "their mean"),
            [_month_row(each) for each in stated["settlements"] if each["price8"]],
            title="Settlements",
            numbers=frozenset({"S", "coverage", "business days", "their mean"}),
        ),
        *(["In parts: no naive line, no yardstick, no screening, no hedges."]
          if out_of_core or mapped.scheduler is not None else []),
        *([f"Written: {out}"] if out else []),
        as_json=as_json,
    )  # fmt: skip


def history_file() -> Path:
    """The recording of the full history, or the sample that ships where there is none."""
    from pargrade.data.files import SAMPLE

    folder = os.environ.get(HISTORY)
    return Path(folder) / _QUOTES if folder else SAMPLE


def benchmark() -> "tuple[BenchmarkMonth, ...]":
    """The third-party benchmark beside the full history; nothing without it."""
    from oracle.backtest.benchmark import parse_benchmark

    folder = os.environ.get(HISTORY)
    path = Path(folder) / _BENCHMARK if folder else None
    if path is None or not path.is_file():
        return ()
    return parse_benchmark(path.read_text(encoding="utf-8"))


def _instants(path: Path, since: str, until: str, step: int, span: tuple[int, int] | None) -> range:
    if span is None:
        raise NoQuotes(path)
    first = parse.instant(since) if since else -(-span[0] // DAY_S) * DAY_S
    last = parse.instant(until) if until else span[1]
    instants = range(first, last + 1, step * HOUR_S)
    if not instants:
        raise EmptyPeriod(first, last)
    return instants


def _write(out: Path, found: "Backtest", stated: dict[str, Any]) -> None:
    import polars as pl

    from oracle.cli.plots.backtest import draw_backtest

    out.mkdir(parents=True, exist_ok=True)
    rows = [
        {"index": track.index, **point._asdict()}
        for track in found.tracks
        for point in track.points
    ]
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(out / "values.parquet")
    text = json.dumps(stated, indent=1)
    (out / "backtest.json").write_text(text + "\n", encoding="utf-8")
    draw_backtest(out, found, stated)


def _index_row(each: dict[str, Any], states: "Sequence[str]") -> tuple[object, ...]:
    volatility, still = each["volatility_daily"], each["still"]
    return (
        each["index"],
        *(each["days"].get(state, 0) for state in states),
        usd(each["first8"]),
        usd(each["last8"]),
        "-" if volatility is None else f"{volatility:.1%} a year",
        "-" if still is None else f"{still:.0%}",
    )


def _month_row(each: dict[str, Any]) -> tuple[object, ...]:
    return (
        each["index"],
        each["month"] if each["whole_month"] else f"{each['month']} in part",
        usd(each["price8"]),
        f"{each['coverage_bps'] / 100:.1f} %",
        each["rung"],
        each["business_days"],
        usd(each["business8"]),
    )
