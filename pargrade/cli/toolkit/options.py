"""Options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_RPC = "http://127.0.0.1:8545"

RpcUrl = Annotated[
    str,
    typer.Option(
        "--rpc-url",
        metavar="URL",
        help="JSON-RPC endpoint: http(s)://, or ipc:///PATH of a socket.",
    ),
]

DeploymentFile = Annotated[
    Path | None,
    typer.Option(
        "--deployment",
        metavar="FILE",
        help="Deployment file.",
        show_default="deployments/CHAINID.json",
        dir_okay=False,
    ),
]

KeyText = Annotated[
    str,
    typer.Option(
        "--key",
        envvar="PARGRADE_KEY",
        metavar="HEX",
        help="Private key to sign with; better in the environment than on the command line.",
        show_default=False,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Simulate only: say what would happen, send nothing.")
]

Recipient = Annotated[
    str | None,
    typer.Option("--to", metavar="ADDRESS", help="Who receives it.", show_default="the caller"),
]
