"""`pargrade hedge backtest`: what hedging a provider's list would have done."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.hedge.backtest.backtest import LeadResult, ProviderResult
from bridge.hedge.backtest.backtest import backtest as run_backtest
from bridge.hedge.backtest.price_lists import read_price_lists
from bridge.hedge.readers.csv_rows import decode_text
from pargrade.cli.toolkit.options import AsJson, PlotFile
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.plot import (
    DEEP,
    OTHER,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def backtest(
    lists: Annotated[
        Path,
        typer.Argument(
            metavar="LISTS",
            help="Price lists as CSV: month, provider, price_usd.",
            exists=True,
            dir_okay=False,
        ),
    ],
    plot: PlotFile = None,
    as_json: AsJson = False,
) -> None:
    """Hedge each provider's list month after month, by what was known then.

    Each provider is hedged with the index of the others alone. Removed is the share of the variance
    of what its customer paid; below zero the hedge added some. Drift is what locking at the index
    cost more than waiting.
    """
    found = run_backtest(read_price_lists(decode_text(lists.read_bytes())))
    if plot is not None:
        save_figure(plot_backtest(found), plot)
    columns = ("provider", "months", "moves", "lead", "cases", "removed", "by ratio 1", "drift")
    rows = [_row(each, result) for each in found for result in each.results if result.cases]
    report(
        {"providers": [_machine(each) for each in found]},
        Table(columns, rows, numbers=frozenset(columns[1:])) if rows else "Too few months.",
        "Out of sample; no provider is in its own index. Past prices promise nothing.",
        as_json=as_json,
    )


def _row(each: ProviderResult, result: LeadResult) -> tuple[Any, ...]:
    shares = (result.planned, result.by_one, result.drift)
    shown = ["-" if share is None else f"{share:.0%}" for share in shares]
    return (each.provider, each.months, each.moves, result.lead, result.cases, *shown)


def _machine(each: ProviderResult) -> dict[str, Any]:
    return {
        "provider": each.provider,
        "months": each.months,
        "moves": each.moves,
        "leads": [
            {
                "lead": result.lead,
                "cases": result.cases,
                "hedged": result.hedged,
                "removed": result.planned,
                "removed_by_one": result.by_one,
                "drift": result.drift,
            }
            for result in each.results
        ],
    }


def plot_backtest(found: list[ProviderResult]) -> "Figure":
    """Bars of what was removed, by lead, and the drift below them."""
    figure = new_figure(8, 5)
    pooled = [result for result in found[-1].results if result.planned is not None]
    if not pooled:
        axes: Any = figure.subplots()
        state_absence(axes, "no list moved, or there are too few months")
        return figure
    upper, lower = figure.subplots(2, 1, sharex=True)
    places = range(len(pooled))
    for offset, ink, label, values in (
        (-0.2, DEEP, "ratio of the plan", [result.planned or 0 for result in pooled]),
        (0.2, OTHER, "ratio 1", [result.by_one or 0 for result in pooled]),
    ):
        upper.bar(
            [place + offset for place in places],
            [value * 100 for value in values],
            width=0.38,
            color=ink.colour,
            hatch=ink.hatch,
            edgecolor="white",
            label=label,
        )
    upper.set_title("All lists together, out of sample", fontsize=10, loc="left")
    upper.set_ylabel("variance removed, %")
    upper.axhline(0, color="black", lw=0.8)
    drifts = [(result.drift or 0) * 100 for result in pooled]
    lower.bar(list(places), drifts, width=0.4, color=DEEP.colour)
    lower.axhline(0, color="black", lw=0.8)
    lower.set_ylabel("cost of locking, %")
    lower.set_xticks(list(places), [f"{result.lead}" for result in pooled])
    lower.set_xlabel("months ahead")
    place_legend(upper)
    return figure
