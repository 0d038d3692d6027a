"""Options and arguments that several commands of the oracle share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

PanelName = Annotated[
    str,
    typer.Option("--panel", metavar="NAME", help="Panel to read with.", show_default="everyone"),
]

AllProviders = Annotated[
    bool,
    typer.Option(
        "--all-providers", help="Read with every independent provider; so it is without --panel."
    ),
]

MethodVersion = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="VERSION",
        help="Version that `pargrade index methods` lists, or a method file; to look at only.",
        show_default="in use",
    ),
]

AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="INSTANT",
        help="Such as 2026-04-01T12:00:00Z, or 2026-04-01.",
        show_default="the newest",
    ),
]

OnChain = Annotated[
    bool, typer.Option("--on-chain", help="What the chain says, not the recorded quotes.")
]

NodeFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="Configuration of the node.")]

NodeFiles = Annotated[
    list[Path],
    typer.Argument(metavar="CONFIG…", help="Nodes to run, each in a process of its own."),
]

NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write them to.")]

FirstPort = Annotated[
    int, typer.Option(min=0, max=65_000, help="Port of the first node; 0 takes free ones.")
]

BackupFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The backup, one SQLite file.", dir_okay=False)
]

ReplaceJournal = Annotated[bool, typer.Option("--replace", help="Move what is there aside.")]

NodeFolder = Annotated[
    Path,
    typer.Option(
        "--nodes",
        metavar="DIR",
        help="Configurations of the nodes.",
        exists=True,
        file_okay=False,
    ),
]

RoundName = Annotated[
    str,
    typer.Argument(
        metavar="ROUND", help="Unix time of its slot, `newest`, or hash of its transaction."
    ),
]

ReplayFrom = Annotated[
    datetime | None,
    typer.Option(
        "--replay-from",
        formats=["%Y-%m-%d"],
        metavar="DAY",
        help="Recorded UTC day that stands for today; observations say REPLAYED.",
    ),
]

Wait = Annotated[
    float,
    typer.Option(min=0, metavar="SECONDS", help="How long to wait for files not there yet."),
]
"""Deployment file or configurations, which others are still making."""

NextFile = Annotated[
    Path | None,
    typer.Option(
        "--next",
        metavar="FILE",
        help="Deployment file with the next index.",
        show_default="that of the deployment, .next.json",
        dir_okay=False,
    ),
]


def next_path(deployment: Path) -> Path:
    """Where the next index of a deployment is filed: CHAINID.next.json beside CHAINID.json."""
    return deployment.with_suffix(".next.json")
