"""`pargrade relay log`."""

from itertools import count
from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import progress, report

_EXCHANGE_S: Final = 60.0
"""For a thousand entries: each has at most the fills of one order, or a whole call's."""
_PROGRESS: Final = 10
"""Answers of a thousand entries between two lines about them."""


def log(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write it.", dir_okay=False)
    ],
    relay: RelayUrl = DEFAULT_RELAY,
    as_json: AsJson = False,
) -> None:
    """Copy a relay's log into a file, for `pargrade relay audit`; a file that is there goes on.

    The hash of each entry is held against the one before it as it comes. A relay whose log does not
    continue the file is refused, and the file stays as it is.
    """
    from bridge.orders.client.client import RelayClient
    from bridge.orders.client.log_copy import copy_log

    answers = count(1)

    def note(entries: int) -> None:
        if next(answers) % _PROGRESS == 0:
            progress(f"{entries:,} entries copied")

    with RelayClient(relay, _EXCHANGE_S) as client:
        copied = copy_log(file, client, note)
    report(
        {
            "file": str(file),
            "entries": copied.entries,
            "new": copied.new,
            "head": "0x" + copied.head.hex(),
        },
        f"{file}: {copied.entries:,} entries, {copied.new:,} of them new.",
        f"Head 0x{copied.head.hex()}",
        as_json=as_json,
    )
