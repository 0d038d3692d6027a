"""Arguments and options that several commands of the gate share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bridge.gate.route.end import RouteSide
from pargrade.cli.toolkit.options import AsJson, DryRun, KeyText, MaxFee

RouteArgument = Annotated[
    Path,
    typer.Argument(metavar="ROUTE", help="TOML file with both ends of the route.", dir_okay=False),
]

OneEnd = Annotated[
    RouteSide | None,
    typer.Option(
        "--end", help="This end alone, where the ends have other keys.", show_default="both"
    ),
]

DataFolder = Annotated[
    Path,
    typer.Option("--data", metavar="DIR", help="Folder of this service's files.", file_okay=False),
]

SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="TOML file of how this service runs.",
        dir_okay=False,
        show_default="none",
    ),
]

ServiceData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of this service's files.",
        file_okay=False,
        show_default="as its settings say",
    ),
]

LedgerDatabase = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="sqlite:///FILE or postgresql://…",
        show_default="in its --data folder",
    ),
]

HttpPort = Annotated[
    int | None,
    typer.Option(
        "--http-port",
        min=0,
        max=65_535,
        help="Port of the API; 0 for a free one.",
        show_default="8590",
    ),
]

PassInterval = Annotated[
    float | None,
    typer.Option("--interval", min=0.1, help="Seconds between passes.", show_default="2"),
]


@dataclass(frozen=True, slots=True)
class SendingOptions:
    """Of commands that send: what they may cost, whose they are, and how they answer."""

    max_fee: MaxFee = None
    key: KeyText = ""
    dry_run: DryRun = False
    as_json: AsJson = False


@dataclass(frozen=True, slots=True)
class ChangingOptions:
    """Of commands that change a route, at one end or both."""

    end: OneEnd = None
    max_fee: MaxFee = None
    key: KeyText = ""
    dry_run: DryRun = False
    as_json: AsJson = False
