"""The argument that commands about a world share."""

from pathlib import Path
from typing import Annotated

import typer

WorldFolder = Annotated[
    Path,
    typer.Argument(metavar="[DIR]", help="Folder of the world.", file_okay=False),
]
