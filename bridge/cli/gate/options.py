"""Arguments and options that several commands of the gate share."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.gate.route.end import RouteSide

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

HealthPort = Annotated[
    int | None,
    typer.Option(
        "--http-port",
        min=0,
        max=65_535,
        help="Port of /health and /metrics; 0 for a free one.",
        show_default="not served",
    ),
]

PassInterval = Annotated[
    float | None,
    typer.Option("--interval", min=0.1, help="Seconds between passes.", show_default="2"),
]
