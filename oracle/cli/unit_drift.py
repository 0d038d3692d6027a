"""`pargrade unit drift`: whether factors still fit the prices and the work that they stand for."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from oracle.sources.factor_prices import read_rows
from pargrade.canonical import read_json
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    RpcUrl,
    SampleFile,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.data.files import DATA, SAMPLE
from pargrade.deployment.grade_closing import GradeClosing, grade_closings
from pargrade.deployment.session import open_session
from pargrade.factor.derivation import four
from pargrade.factor.drift import (
    WINDOW_DAYS,
    FactorFit,
    WorkCheck,
    coverage,
    day_text,
    in_force,
    quarterly_tables,
    rolling_fits,
    work_checks,
)
from pargrade.factor.published import published_tables
from pargrade.factor.table import load_facts

OUTSIDE: Final = 3
"""Exit code: a newest fit is outside its band."""


def drift(
    sample: SampleFile = None,
    days: Annotated[
        int, typer.Option(min=7, max=366, metavar="N", help="Days of prices in a window.")
    ] = WINDOW_DAYS,
    quarterly: Annotated[
        bool,
        typer.Option(
            "--quarterly", help="Hold against a table of each quarter, not the published one."
        ),
    ] = False,
    pause: Annotated[
        bool,
        typer.Option(
            "--pause", help="Read a chain, and print the call that closes each grade to be closed."
        ),
    ] = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Hold every factor against the fits of rolling windows that its table has not seen.

    A fit outside the band means that the market moved or that the table is wrong: the guardian
    should close the grades of that hardware (`GradeRegistry.close` stops wrapping and new locks,
    never unwrapping), and a new table is due. With --pause the calls for the open grades of a chain
    are printed, for the guardian's wallet; nothing is sent. Beside it stands what the hardware did
    of measured work, as a part of par's. Exit code 0: every newest fit is inside; 3: one is
    outside. Windows with too few providers are left out: they are no evidence either way.
    """
    rows = read_rows(sample or SAMPLE)
    published = published_tables()[0]
    facts = load_facts(published.method)
    tables = quarterly_tables(rows, facts) if quarterly else in_force(published)
    fits = list(rolling_fits(rows, tables, facts, days=days))
    by_hardware: dict[str, list[FactorFit]] = defaultdict(list)
    for fit in fits:
        by_hardware[fit.hardware].append(fit)
    work = work_checks(read_json((DATA / "work.json").read_bytes()), facts.method)
    share = coverage(fits)
    outside = [found[-1].hardware for found in by_hardware.values() if not found[-1].is_inside]
    closings = _closings(rpc_url, deployment, outside) if pause and outside else []
    report(
        {
            "tables_from": [day_text(day) for day in sorted(tables)],
            "window_days": days,
            "windows": len(fits),
            "inside": sum(fit.is_inside for fit in fits),
            "newest": [found[-1].to_json() for found in by_hardware.values()],
            "work": [_work_json(each) for _, each in sorted(work.items())],
            "without_factor": dict(published.refused),
            "pause": outside,
            "calls": [each.to_json() for each in closings],
        },
        Table(
            ("hardware", "in force", "band", "newest fit", "to", "windows inside", "work"),
            [_row(found, work.get(found[-1].hardware)) for found in by_hardware.values()],
            numbers=frozenset({"in force", "newest fit"}),
        ),
        *(f"close its grades: {name} is outside its band" for name in outside),
        *(
            f"for the guardian, to close {each.symbol} ({each.model}): call {each.call.to} "
            f"with 0x{each.call.data.hex()}"
            for each in closings
        ),
        *(["no open grade of this chain is to be closed"] if pause and not closings else []),
        *(f"no factor: {name}: {why}" for name, why in published.refused.items()),
        f"{sum(fit.is_inside for fit in fits)} of {len(fits)} windows of {days} days are inside "
        f"({float(share):.1%})"
        if share is not None
        else f"no window of {days} days begins after the prices of a table end: name a longer "
        "recording with --sample, or --quarterly",
        as_json=as_json,
    )
    if outside:
        raise typer.Exit(OUTSIDE)


def _closings(rpc_url: str, deployment: Path | None, outside: Sequence[str]) -> list[GradeClosing]:
    session = open_session(rpc_url, deployment)
    return grade_closings(session, session.chain.head(), outside)


def _row(found: Sequence[FactorFit], work: WorkCheck | None) -> tuple[str, ...]:
    newest = found[-1]
    low, high = newest.band4
    inside = sum(fit.is_inside for fit in found)
    return (
        newest.hardware,
        four(newest.in_force4),
        f"{four(low)} to {four(high)}",
        four(newest.factor4),
        day_text(newest.last_day),
        f"{inside} of {len(found)}",
        "not measured" if work is None else _work_text(work, newest.in_force4),
    )


def _work_text(work: WorkCheck, factor4: int) -> str:
    verdict = "" if work.holds(factor4) else ", the factor is outside"
    return f"{float(work.low):.2f} to {float(work.high):.2f} of par in {work.kinds} kinds{verdict}"


def _work_json(work: WorkCheck) -> dict[str, Any]:
    return {
        "hardware": work.hardware,
        "low": f"{float(work.low):.4f}",
        "high": f"{float(work.high):.4f}",
        "kinds": work.kinds,
        "sources": list(work.sources),
    }
