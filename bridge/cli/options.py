"""Options and arguments that several commands of the bridge share."""

from pathlib import Path
from typing import Annotated

import typer

from pargrade.cli.toolkit.options import DEFAULT_RPC, rpc_url_option

ConfigFile = Annotated[
    Path | None,
    typer.Argument(metavar="CONFIG", help="TOML file with the settings below.", dir_okay=False),
]
ChainUrl = Annotated[str | None, rpc_url_option(f"as CONFIG says, or {DEFAULT_RPC}")]
Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="sqlite:///FILE or postgresql://…",
        show_default="beside the deployment file",
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
