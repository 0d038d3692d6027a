"""Arguments and options that the futures commands share."""

from typing import Annotated

import typer

Series = Annotated[str, typer.Argument(help="Name of the series.")]
GradeName = Annotated[
    str | None,
    typer.Option(metavar="SYMBOL", help="Grade of the SHORT.", show_default="the only one"),
]
LotsText = Annotated[
    str | None, typer.Option(metavar="N", help="How many lots of 0.01 SCU.", show_default=False)
]
ContractsText = Annotated[
    str | None,
    typer.Option(metavar="N", help="Or how many contracts of 73,000 lots.", show_default=False),
]
LongParty = Annotated[
    str | None,
    typer.Option("--long", metavar="ADDRESS", help="Who is long.", show_default="the caller"),
]
ShortParty = Annotated[
    str | None,
    typer.Option("--short", metavar="ADDRESS", help="Who is short.", show_default="the caller"),
]
PositionTexts = Annotated[
    list[str] | None,
    typer.Option(
        metavar="long|short:SYMBOL", help="Which position; repeatable.", show_default="all held"
    ),
]
HolderTexts = Annotated[
    list[str] | None,
    typer.Option(
        "--for",
        metavar="ADDRESS,…",
        help="Redeem everything these holders have, to themselves.",
        show_default="the caller",
    ),
]
