"""`pargrade relay fills`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from pargrade.bindings.futures_exchange import Filled, FuturesExchange
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, RpcUrl
from pargrade.cli.toolkit.output import progress, report
from pargrade.errors import PargradeError

_BLOCKS: Final = 10_000
"""Gone through at a time."""


class UnwritableFills(PargradeError):
    """A file that fills cannot be written to."""

    hint = "Name a file in a folder that exists, on a disk that has room."

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")


def fills(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write them.", dir_okay=False)
    ],
    first_block: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="From which block on.", show_default="the exchange's first"
        ),
    ] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Write what the chain filled of makers' orders, for `pargrade relay audit --fills`.

    One line for each Filled event of the exchange up to the newest block, whoever submitted it:
    {"order": "0x…", "lots": "12", "block": 7}.
    """
    from pargrade.deployment.session import open_session

    session = open_session(rpc_url, deployment)
    exchange = FuturesExchange(session.chain, session.deployment.address("FuturesExchange"))
    start = session.deployment.contracts["FuturesExchange"].block
    first = start if first_block is None else first_block
    last = session.chain.head().number
    count, lots = 0, 0
    # Beside it first: an audit must not take half of the fills for all of them.
    partial = file.with_name(file.name + ".part")
    try:
        with partial.open("w") as out:
            for block, filled in _read(exchange, first, last):
                line = {
                    "order": "0x" + filled.order.hex(),
                    "lots": str(filled.lots),
                    "block": block,
                }
                out.write(json.dumps(line) + "\n")
                count, lots = count + 1, lots + filled.lots
        partial.replace(file)
    except OSError as failure:
        raise UnwritableFills(file, failure.strerror or "a failed write") from None
    report(
        {"file": str(file), "first": first, "last": last, "fills": count, "lots": str(lots)},
        f"{file}: {count:,} fills of {lots:,} lots in blocks {first:,} to {last:,}.",
        as_json=as_json,
    )


def _read(exchange: FuturesExchange, first: int, last: int) -> Iterator[tuple[int, Filled]]:
    for start in range(first, last + 1, _BLOCKS):
        end = min(start + _BLOCKS - 1, last)
        for log, filled in exchange.history(Filled, first=start, last=end):
            yield log.block_number, filled
        if end < last:
            progress(f"block {end:,} of {last:,}")
