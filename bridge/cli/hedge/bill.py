"""`pargrade hedge bill`: hedges as FOCUS rows, for a team's bill."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.hedge.desk_options import DEFAULT_PLANS, PlanFolder
from bridge.hedge.log.file import LOG_NAME, HedgeLog
from bridge.hedge.results.fill import HedgeResult, results_of
from bridge.hedge.results.fills_reader import read_ends, read_fills
from bridge.hedge.results.focus_rows import exact_text, focus_rows, to_csv
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.deployment.session import open_session
from pargrade.units import format_amount


def bill(
    plans: PlanFolder = DEFAULT_PLANS,
    focus: Annotated[
        Path | None,
        typer.Option("--focus", metavar="FILE", dir_okay=False, help="FOCUS rows, as CSV."),
    ] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what the log's orders bought, and what settled months came to, from the chain.

    With --focus also as FOCUS 1.2 rows: purchases when they are made, the effect when the month has
    settled. Gains are below zero, as credits are.
    """
    log = HedgeLog.read(plans / LOG_NAME)
    session = open_session(rpc_url, deployment)
    fills = read_fills(log.entries, session)
    results = results_of(fills, read_ends((fill.series for fill in fills), session))
    rows = focus_rows(fills, results)
    if focus is not None:
        focus.write_text(to_csv(rows), encoding="utf-8")
    columns = ("team", "series", "SCU", "paid, USD", "settled at", "worth, USD", "cost, USD")
    people = [
        (
            each.team,
            each.end.series,
            format_amount(each.lots, 2),
            exact_text(each.paid_usd),
            format_amount(each.end.settlement8, 8),
            exact_text(each.worth_usd),
            exact_text(each.cost_usd),
        )
        for each in results
    ]
    report(
        {
            "rows": rows,
            "results": [_machine(each) for each in results],
            "file": None if focus is None else str(focus),
        },
        f"{len(fills)} fills, {len(results)} months settled.",
        *([Table(columns, people, numbers=frozenset(columns[2:]))] if people else []),
        *([] if focus is None else [f"Written: {focus}"]),
        as_json=as_json,
    )


def _machine(each: HedgeResult) -> dict[str, Any]:
    return {
        "team": each.team,
        "account": each.account,
        "series": each.end.series,
        "start": each.end.start,
        "expiry": each.end.expiry,
        "lots": each.lots,
        "settlement8": str(each.end.settlement8),
        "paid_usd": exact_text(each.paid_usd),
        "worth_usd": exact_text(each.worth_usd),
        "cost_usd": exact_text(each.cost_usd),
    }
