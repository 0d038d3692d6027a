"""`pargrade relay audit`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, progress, report

_PROGRESS = 100_000


def audit(
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG", help="What GET /log gave, or the relay's database: a file or a URL."
        ),
    ],
    receipts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Receipts, one a line.", show_default=False),
    ] = None,
    fills: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Fills of the chain, order and lots a line.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay a relay's log and prove what it did against its rules. Exit code 1 if it did.

    Every entry has to follow from those before it, every match from the book, every receipt from
    the log. Found are a trade-through, a reorder, a drop, a forged time, a forked log, and fills
    that nobody matched. Entries that state what the chain had are counted, not judged.
    """
    from bridge.orders.audit.audit import ChainFill, audit_log
    from bridge.orders.event.entry import Entry
    from bridge.orders.event.receipt import OrderReceipt
    from bridge.orders.log.files import read_lines, read_log

    def entries() -> Iterator[Entry]:
        for number, entry in enumerate(read_log(log), 1):
            if number % _PROGRESS == 0:
                progress(f"{number:,} entries replayed")
            yield entry

    found = audit_log(
        entries(),
        read_lines(receipts, OrderReceipt.from_json) if receipts else (),
        read_lines(fills, ChainFill.from_json) if fills else (),
    )
    rows = [(each.fraud.value, each.sequence, each.detail) for each in found.findings]
    report(
        found.to_json(),
        *([Table(("fraud", "entry", "what"), rows, numbers=frozenset({"entry"}))] if rows else []),
        f"{found.entries:,} entries, {found.orders:,} orders, {found.fills:,} fills and "
        f"{found.receipts:,} receipts: {len(rows) or 'no'} frauds.",
        f"Head 0x{found.head.hex()}",
        as_json=as_json,
    )
    if rows:
        raise typer.Exit(1)
