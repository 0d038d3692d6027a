"""`pargrade ops`: what an operator's machine needs besides the services themselves."""

from pathlib import Path
from typing import Annotated

import typer

from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson, DryRun
from pargrade.cli.toolkit.output import Table, report
from pargrade.data.files import ALERTS, OPS
from pargrade.errors import PargradeError

app = new_app(help="Alert rules, systemd units and the like, as files.", no_args_is_help=True)


class FileExists(PargradeError):
    """A file that would be overwritten."""

    hint = "Name another folder, or remove the file."

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists")


@app.command(epilog="Example: pargrade ops alerts > alerts.yml")
def alerts(as_json: AsJson = False) -> None:
    """Print the alert rules for Prometheus. Their runbook is docs/RUNBOOK.md."""
    import yaml

    text = ALERTS.read_text(encoding="utf-8")
    groups = yaml.safe_load(text)["groups"]
    rules = [
        {
            "alert": rule["alert"],
            "expr": rule["expr"],
            "severity": rule["labels"]["severity"],
            "runbook": rule["annotations"]["runbook"],
        }
        for group in groups
        for rule in group["rules"]
    ]
    report(rules, text.rstrip("\n"), as_json=as_json)


@app.command(epilog="Example: pargrade ops files /etc/pargrade/ops --dry-run")
def files(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write them to.", file_okay=False)
    ],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write all of them: alert rules, a Prometheus configuration, units, a container file.

    Nothing is overwritten. Users, paths and ports in them are examples to be edited.
    """
    sources = sorted(path for path in OPS.iterdir() if path.is_file())
    targets = [folder / source.name for source in sources]
    for target in targets:
        if target.exists():
            raise FileExists(target)
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        for source, target in zip(sources, targets, strict=True):
            target.write_bytes(source.read_bytes())
    report(
        {"dry_run": dry_run, "files": [str(target) for target in targets]},
        Table(("file",), [(str(target),) for target in targets]),
        as_json=as_json,
    )
