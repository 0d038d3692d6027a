"""Arguments and options that several commands of the gate share."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.gate.route.end import Side

RouteArgument = Annotated[
    Path,
    typer.Argument(metavar="ROUTE", help="TOML file with both ends of the route.", dir_okay=False),
]

OneEnd = Annotated[
    Side | None,
    typer.Option(
        "--end", help="This end alone, where the ends have other keys.", show_default="both"
    ),
]
