"""`pargrade relay audit`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, progress, report

_PROGRESS: Final = 100_000
_COPY: Final = "Copy the rest with `pargrade relay log`."
CUT_OFF: Final = 3
"""Nothing is proven, and not all could be judged."""


def audit(
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG",
            help="What `relay log` wrote, or the relay's database: a file or a URL.",
        ),
    ],
    receipts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Receipts, one a line.", show_default=False),
    ] = None,
    fills: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What `relay fills` wrote, one a line.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay a relay's log and prove what it did against its rules. Exit code 1 if it did.

    Exit code 3 where it proves nothing, but receipts or fills are later than its end.

    Every entry has to follow from those before it, every match from the book, every receipt from
    the log. Found are a trade-through, a reorder, a drop, a forged time, a forked log, and fills
    that nobody matched. Entries that state what the chain had are counted, not judged.
    """
    from bridge.orders.audit.audit import ChainFill, audit_log
    from bridge.orders.event.entry import Entry
    from bridge.orders.event.receipt import OrderReceipt
    from bridge.orders.log.files import read_log, read_records

    def entries() -> Iterator[Entry]:
        for number, entry in enumerate(read_log(log), 1):
            if number % _PROGRESS == 0:
                progress(f"{number:,} entries replayed")
            yield entry

    found = audit_log(
        entries(),
        read_records(receipts, OrderReceipt.from_json) if receipts else (),
        read_records(fills, ChainFill.from_json) if fills else (),
    )
    counts = {"receipts": found.later_receipts, "fills": found.later_fills}
    later = " and ".join(f"{n:,} {name} come after it" for name, n in counts.items() if n)
    rows = [(each.fraud.value, each.sequence, each.detail) for each in found.findings]
    report(
        found.to_json(),
        *([Table(("fraud", "entry", "what"), rows, numbers=frozenset({"entry"}))] if rows else []),
        f"{found.entries:,} entries, {found.orders:,} orders, {found.fills:,} fills and "
        f"{found.receipts:,} receipts: {len(rows) or 'no'} frauds.",
        *(
            [f"The log is cut off: {later}. Copy the rest with `pargrade relay log`."]
            if later
            else []
        ),
        f"Head 0x{found.head.hex()}",
        as_json=as_json,
    )
    if rows:
        raise typer.Exit(1)
    if later:
        raise typer.Exit(CUT_OFF)
