"""`pargrade index history`: every round the chain has, to look at or to download."""

import time
from pathlib import Path
from typing import Annotated

import typer

from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    RpcUrl,
    first_day_option,
    last_day_option,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.errors import PargradeError

app = new_app()

_SHOWN = 20
"""Rows for people; a file has all of them."""


class UnknownForm(PargradeError):
    """A file to write whose ending names no form."""

    hint = "End its name in .csv or .parquet."

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is neither CSV nor Parquet by its name")


@app.command(epilog="Example: pargrade index history --from 2026-03-01 --out history.parquet")
def history(
    since: Annotated[str, first_day_option("the first round")] = "",
    until: Annotated[str, last_day_option("the newest round")] = "",
    index: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this index; may be repeated.", show_default="all"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write it.", dir_okay=False),
    ] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """List every round of the index as the chain recorded it, with revision and mark.

    Nothing is restated: a value stays as it was recorded. The revision counts what was proven
    later about the round, and the mark says what: `contested` where a reporter is proven to have
    signed two contents for the slot. --out takes a name that ends in .csv or .parquet.
    """
    from oracle.consensus.round_history import csv_text, parquet_bytes, read_history
    from pargrade.deployment.session import open_session

    if out is not None and out.suffix not in (".csv", ".parquet"):
        raise UnknownForm(out)
    session = open_session(rpc_url, deployment)
    begin = parse.instant(since) if since else 0
    end = parse.instant(until) if until else int(time.time()) + 2**40
    rows = read_history(session, session.chain.head(), begin, end, index or ())
    if out is not None:
        packed = csv_text(rows).encode() if out.suffix == ".csv" else parquet_bytes(rows)
        out.write_bytes(packed)
    newest = rows[-_SHOWN:]
    report(
        {"rounds": [row.to_json() for row in rows], "file": None if out is None else str(out)},
        Table(
            ("index", "slot", "USD", "signers", "epoch", "block", "revision", "mark"),
            [
                (
                    row.index,
                    row.to_json()["time"],
                    row.to_json()["usd_per_scu"],
                    row.signers,
                    row.epoch,
                    row.block,
                    row.revision,
                    row.mark.value,
                )
                for row in newest
            ],
            numbers=frozenset({"USD", "signers", "epoch", "block", "revision"}),
        ),
        f"{len(rows)} rounds"
        + (f", the newest {len(newest)} shown" if len(newest) < len(rows) else "")
        + (f"; all of them in {out}" if out is not None else ""),
        as_json=as_json,
    )
