"""The one command, `pargrade`: a thin shell over the packages beside it."""

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from pargrade.cli.toolkit.app import RootGroup, installed_commands, new_app
from pargrade.cli.toolkit.console import prepare_streams
from pargrade.cli.toolkit.output import complain
from pargrade.errors import PargradeError
from pargrade.extras import explain_absence

app = new_app(cls=RootGroup, no_args_is_help=True, add_completion=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pargrade {version('pargrade')}")
        raise typer.Exit


@app.callback()
def pargrade(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Compute tokens wrapped into one standard unit, its index, and futures settled on it."""


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 refused, 2 misused, 130 and 143 interrupted."""
    prepare_streams()
    # As an exception, a termination unwinds through every `with` that holds a process or a file.
    signal.signal(signal.SIGTERM, _terminated)
    try:
        app(prog_name="pargrade")
    except PargradeError as error:
        complain(str(error), error.hint)
    except ModuleNotFoundError as error:
        absence = explain_absence(error, _extra_of_command())
        if absence is None:
            raise
        complain(str(absence), absence.hint)
    except OSError as error:
        hint = "Look at the path and its rights, and at the free space of its disk."
        complain(f"{error.strerror or error}: {error.filename or 'no file'}", hint)
    sys.exit(1)


def _extra_of_command() -> str:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    command = installed_commands().get(words[0]) if words else None
    return command.extra if command else ""


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)
