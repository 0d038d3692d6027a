"""`pargrade hedge fetch`: what a Prometheus server knows of inference, into files to read."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.hedge.exposure_options import BadOption
from bridge.cli.hedge.options import time_of
from bridge.cli.hedge.read import tables_of
from bridge.hedge.readers.prometheus import read_answers
from pargrade.cli.toolkit.options import AsJson, DryRun
from pargrade.cli.toolkit.output import report


def fetch(
    url: Annotated[str, typer.Argument(metavar="URL", help="Of the server, without /api.")],
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="First sample.")],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Last sample.")],
    step: Annotated[
        int, typer.Option("--resolution", min=1, metavar="SECONDS", help="Between samples.")
    ] = 3_600,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", file_okay=False, help="Folder to write all of it to."),
    ] = Path("prometheus"),
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Ask a Prometheus server for tokens, requests and GPU activity over a range.

    The answers are kept as they came, for `pargrade hedge read DIR/*.json`.
    """
    from bridge.hedge.intake.prometheus_http import fetch_range

    span = (time_of(since), time_of(until))
    if span[0] >= span[1]:
        raise BadOption("--since is not before --until", "Take an earlier --since.")
    answers = list(fetch_range(url, span, step))
    reading = read_answers(answers)
    paths = [] if dry_run else _write(answers, out)
    report(
        {"files": [str(path) for path in paths], "usages": len(reading.usages),
         "refused": len(reading.refused), "notes": list(reading.notes)},
        *tables_of(reading),
        *(f"Written: {path}" for path in paths),
        as_json=as_json,
    )  # fmt: skip


def _write(answers: list[str], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"range-{number:04d}.json" for number in range(1, len(answers) + 1)]
    for path, text in zip(paths, answers, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths
