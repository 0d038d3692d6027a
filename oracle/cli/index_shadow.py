"""`pargrade index shadow`: a new version of the method beside the one it would follow."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from oracle.cli.index_inputs import method_file, read_inputs
from oracle.cli.options import AllProviders, PanelName
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    AsJson,
    PlotFile,
    SampleFile,
    first_day_option,
    last_day_option,
)
from pargrade.cli.toolkit.output import Table, progress, report
from pargrade.text import moment

if TYPE_CHECKING:
    from oracle.index.shadow_record import Comparison, ShadowRecord

app = new_app()

_HOURS: Final = ("both", "old only", "new only", "neither", "other state")
_FIGURES: Final = (*_HOURS, "median", "largest")


@app.command(epilog="Example: pargrade index shadow 1 2 --from 2026-03-02 --to 2026-05-01")
def shadow(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Version before, or its file.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Version after it, or its file.")],
    since: Annotated[str, first_day_option()],
    until: Annotated[str, last_day_option()],
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the shadow record; it belongs beside NEW.", dir_okay=False
        ),
    ] = None,
    plot: PlotFile = None,
    sample: SampleFile = None,
    panel: PanelName = "",
    all_providers: AllProviders = False,
    as_json: AsJson = False,
) -> None:
    """Run two versions hourly over the same quotes and say where they differ.

    A version after the first follows on an index only when the record of such a run lies beside its
    file and objects to nothing; until then nodes refuse it there. One with objections may found an
    index of its own, on which nothing has settled. Only --record and --plot write.
    """
    from oracle.index.family import load_candidate
    from oracle.index.shadow import run_shadow

    inputs = read_inputs(sample, panel, everyone=all_providers)
    ran = run_shadow(
        load_candidate(method_file(old)),
        load_candidate(method_file(new)),
        inputs.quotes,
        inputs.panel,
        parse.instant(since),
        parse.instant(until),
        progress=lambda index: progress(f"{index} …"),
    )
    found = ran.record
    if record is not None:
        text = json.dumps(found.to_json(), indent=1, sort_keys=True)
        record.write_text(text + "\n", encoding="utf-8")
    if plot is not None:
        from oracle.cli.plots.shadow import draw_shadow

        draw_shadow(plot, ran)
    report(
        {**found.to_json(), "objections": list(found.objections)},
        f"Version {found.old.version} and {found.new.version}, hourly from "
        f"{moment(found.since)} to {moment(found.until)}, read by {found.panel['name']}",
        Table(
            ("index", *_FIGURES, "at", "verdict"),
            [_row(each, found) for each in found.indices],
            numbers=frozenset(_FIGURES),
        ),
        "It may not follow, only found an index of its own: " + "; ".join(found.objections)
        if found.objections
        else "The new version may follow.",
        *([f"Written: {record}"] if record else []),
        *([f"Drawn: {plot}"] if plot else []),
        as_json=as_json,
    )


def _row(each: "Comparison", record: "ShadowRecord") -> tuple[object, ...]:
    objections = each.objections(record.limits)
    judged = each.judged(record.limits)
    return (
        each.index,
        each.both,
        each.old_only,
        each.new_only,
        each.neither,
        each.state_differs,
        _per_cent(each.median_ppm) if each.both else "-",
        _per_cent(each.largest_ppm) if each.both else "-",
        moment(each.largest_at) if each.both else "-",
        "differs too much" if objections else "within limits" if judged else "not judged",
    )


def _per_cent(ppm: int) -> str:
    return f"{ppm / 10**4:.2f} %"
