"""How the command line says which files are read, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bridge.hedge.intake.files import How, read_files
from bridge.hedge.readers.forms import Form
from bridge.hedge.readers.times import parse_time
from bridge.hedge.readers.usage import Refused, Workload
from pargrade.cli.toolkit.options import EngineName
from pargrade.errors import PargradeError
from pargrade.process.engine import Engine

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Metrics, answers of Prometheus, LiteLLM, OpenCost, FOCUS (CSV or Parquet) or tables.",
        exists=True,
        dir_okay=False,
    ),
]
PolicyFile = Annotated[
    Path,
    typer.Option("--policy", metavar="FILE", exists=True, dir_okay=False, help="What is allowed."),
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


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What the files do not say themselves, and where they are read."""

    form: FormName = None
    starts: Starts = None
    scraped: Scraped = None
    engine: EngineName = "local"

    def read(self, files: list[Path]) -> Workload:
        """The files. Raises BadTime, TooManyTimes, UnreadableFile, BadEngine, EngineDown."""
        times = tuple(time_of(text) for text in self.scraped or ())
        if len(times) > len(files):
            raise TooManyTimes(len(times), len(files))
        how = How(self.form, None if self.starts is None else time_of(self.starts), times)
        return read_files(files, how, Engine.parse(self.engine))


def time_of(text: str) -> int:
    """Nanoseconds of a time on the command line. Raises BadTime."""
    try:
        return parse_time(text)
    except Refused as refused:
        raise BadTime(refused) from None
