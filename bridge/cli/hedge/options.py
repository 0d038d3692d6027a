"""Options that several hedge commands share."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.hedge.intake.files import How
from bridge.hedge.readers.forms import Form
from bridge.hedge.readers.times import parse_time
from bridge.hedge.readers.usage import Refused
from pargrade.errors import PargradeError

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Metrics, answers of Prometheus, LiteLLM, OpenCost, FOCUS (CSV or Parquet) or tables.",
        exists=True,
        dir_okay=False,
    ),
]
FormName = Annotated[
    Form | None,
    typer.Option("--form", help="What the files are.", show_default="by what is in them"),
]
Starts = Annotated[
    str | None,
    typer.Option("--starts", metavar="TIME", help="The moment a relative time of zero stands for."),
]
Scraped = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="TIME", help="When a scrape was made; once a file, in order."),
]


class BadTime(PargradeError):
    """A time on the command line that is none."""

    hint = "Write it as 2026-04-01T00:00Z; without a zone it is UTC."

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.evidence} is not a time: {refused.reason.value}")


class TooManyTimes(PargradeError):
    """More --at times than files."""

    hint = "Give one --at for each scrape, in the order of the files."

    def __init__(self, times: int, files: int) -> None:
        super().__init__(f"{times} times for {files} files")


def how_of(
    form: Form | None, starts: str | None, scraped: list[str] | None, files: list[Path]
) -> How:
    """What the command line says of the files. Raises BadTime, TooManyTimes."""
    times = tuple(time_of(text) for text in scraped or ())
    if len(times) > len(files):
        raise TooManyTimes(len(times), len(files))
    return How(form, None if starts is None else time_of(starts), times)


def time_of(text: str) -> int:
    """Nanoseconds of a time on the command line. Raises BadTime."""
    try:
        return parse_time(text)
    except Refused as refused:
        raise BadTime(refused) from None
