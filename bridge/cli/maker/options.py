"""Options of the maker's commands."""

from typing import Annotated

import typer

MakerRelay = Annotated[
    str | None,
    typer.Option(
        "--relay", metavar="URL", help="The relay's API.", show_default="http://127.0.0.1:8575"
    ),
]
SeriesList = Annotated[
    str | None,
    typer.Option(
        "--series", metavar="NAMES", help="Series, with commas.", show_default="all that trade"
    ),
]
