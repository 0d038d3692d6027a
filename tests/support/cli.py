"""The command line, run in this process: the same `main`, its exit code and its two streams."""

import json
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any
from unittest.mock import patch

from pargrade.cli import main


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one error line, checked to be one: `error: …`, then `hint: …`, and nothing else."""
        lines = self.err.splitlines()
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.out == ""
        assert len(lines) == 2, self.err
        assert lines[0].startswith("error: ")
        assert lines[1].startswith("hint: ")
        return lines[0].removeprefix("error: ")

    @property
    def hint(self) -> str:
        assert self.error
        return self.err.splitlines()[1].removeprefix("hint: ")


class Terminal(StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        return True


def run(*words: str, out: StringIO | None = None) -> Ran:
    """Runs `pargrade` with these words; `out` takes the place of a pipe."""
    out, err = out or StringIO(), StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    code: Any = 0
    try:
        with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["", *words]):
            main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        signal.signal(signal.SIGTERM, handler)
    return Ran(code, out.getvalue(), err.getvalue())
