"""Options and arguments that several commands share, so that they read the same everywhere.

One that differs from command to command only in what stands for it when it is left away is made by
a function, which takes that as `unless`.
"""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pargrade.extras import require_extra
from pargrade.logs.log_format import LogFormat

DEFAULT_RPC: Final = "http://127.0.0.1:8545"


def rpc_url_option(unless: str | bool = True) -> Any:
    """--rpc-url URL."""
    return typer.Option(
        "--rpc-url",
        metavar="URL",
        help="JSON-RPC endpoint: http(s)://, or ipc:///PATH of a socket; several with commas.",
        show_default=unless,
    )


def first_day_option(unless: str | bool = True) -> Any:
    """--from DAY."""
    return typer.Option("--from", metavar="DAY", help="First day.", show_default=unless)


def last_day_option(unless: str | bool = True) -> Any:
    """--to DAY."""
    return typer.Option(
        "--to", metavar="DAY", help="Its first midnight is the end.", show_default=unless
    )


def minimum_option(unit: str, unless: str | bool = True) -> Any:
    """--min AMOUNT, in `unit`."""
    return typer.Option(
        "--min", metavar=unit, help="Refuse to get less than this.", show_default=unless
    )


def sample_option(unless: str) -> Any:
    """--sample FILE, which exists."""
    return typer.Option(
        "--sample",
        metavar="FILE",
        help="Recorded quotes.",
        show_default=unless,
        exists=True,
        dir_okay=False,
    )


def out_folder_option(unless: str | bool = True) -> Any:
    """--out DIR, made where there is none."""
    return typer.Option(
        "--out",
        metavar="DIR",
        help="Folder to write all of it to.",
        show_default=unless,
        file_okay=False,
    )


def reporters_option(unless: str | bool = True) -> Any:
    """--reporters ADDRESS,…"""
    return typer.Option(
        "--reporters", metavar="ADDRESS,…", help="Who signs the index.", show_default=unless
    )


def quorum_option() -> Any:
    """--quorum N."""
    return typer.Option(
        "--quorum",
        metavar="N",
        help="Signatures a report needs; with version 1 an odd number of observations.",
        show_default="as many as have to prepare it",
    )


def seconds_option(name: str, what: str, unless: str | bool = True) -> Any:
    """An option of a time."""
    return typer.Option(f"--{name}", metavar="SECONDS", help=what, show_default=unless)


MethodHash = Annotated[
    str | None,
    typer.Option(
        "--method-hash",
        metavar="HASH",
        help="Method that all compute by.",
        show_default="the shipped method",
    ),
]

Salt = Annotated[
    str,
    typer.Option(
        "--salt",
        metavar="TEXT",
        help="Another text is another instance of the same contracts.",
        show_default="none",
    ),
]

HEARTBEAT: Final = "A round is due at least this often."
GRACE: Final = "How much longer a value holds."
MIN_INTERVAL: Final = "Least time between two slots."

RpcUrl = Annotated[str, rpc_url_option()]

EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="Work here (local), in processes (dask), or by a scheduler (dask=tcp://HOST:PORT).",
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
        metavar="KEY",
        help=(
            "What signs: keystore:FILE, env:NAME, file:FILE, signer:URL, unlocked:ADDRESS of the "
            "node, or the key in hex."
        ),
        show_default=False,
    ),
]

MaxFee = Annotated[
    str | None,
    typer.Option(
        "--max-fee",
        metavar="COINS",
        help="Most of the chain's coin that one transaction may cost.",
        show_default="no cap",
    ),
]

MaxFeePerDay = Annotated[
    str | None,
    typer.Option(
        "--max-fee-per-day",
        metavar="COINS",
        help="Most that all of them may cost in 24 hours, over restarts.",
        show_default="no cap",
    ),
]

Speed = Annotated[
    int,
    typer.Option(
        min=1,
        max=3_600,
        metavar="N",
        help="Seconds of the chain in a second; 60 is a day in 24 minutes.",
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Simulate only: say what would happen, send nothing.")
]

Verbose = Annotated[bool, typer.Option("--verbose", help="Log every step.")]

LogFormatOption = Annotated[
    LogFormat | None,
    typer.Option("--log-format", help="Form of log lines.", show_default="the settings', or text"),
]

Recipient = Annotated[
    str | None,
    typer.Option("--to", metavar="ADDRESS", help="Who receives it.", show_default="the caller"),
]

GradeSymbol = Annotated[
    str, typer.Argument(metavar="SYMBOL", help="Symbol of the grade, as `grade list` shows it.")
]

SampleFile = Annotated[Path | None, sample_option("those that ship")]


def _drawable(file: Path | None) -> Path | None:
    """Asked before the work, which would be lost."""
    if file is not None:
        require_extra("plot")
    return file


PlotFile = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        help="Also draw it, as PNG.",
        show_default=False,
        dir_okay=False,
        callback=_drawable,
    ),
]
