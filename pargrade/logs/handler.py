"""Sets up the log of a process: to one stream, in one form, with repeats counted."""

import copy
import logging
import re
import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

from structlog.contextvars import get_contextvars

from pargrade.logs.form import make_formatter
from pargrade.logs.log_format import LogFormat
from pargrade.logs.repeats import RepeatCounter, Repeated

COUNTED: Final = {"counted": True}
"""As `extra` of a line below WARNING: it is counted, too, when it repeats."""

_MOST_OF_A_REPEAT: Final = 200
"""Characters of a line that are shown again with its count."""

_MOST_COMPARED: Final = 500
"""Characters by which a line is known again."""

_NUMBER: Final = re.compile(r"(?<![\w.:/])(?<!\w-)\d+(?:\.\d+)?(?![\w.:]*\w)")
"""A number by itself: in no address, name or hash."""


class CountingHandler(logging.StreamHandler[TextIO]):
    """Writes new lines, and counts warnings and errors that repeat.

    Lines that differ in numbers only are the same line. What a record has as `extra` decides, too:
    its `kind` takes the place of its text, and its `details` are shown and not compared.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._counter = RepeatCounter[logging.LogRecord]()

    def emit(self, record: logging.LogRecord) -> None:
        """Write or count a record, and write the counts that are due."""
        now = self._clock()
        vars(record)["context"] = get_contextvars()
        if not _is_counted(record) or self._admit(record, now):
            super().emit(record)
        for repeated in self._counter.take_due(now):
            super().emit(_describe(repeated))

    def close(self) -> None:
        """Write what is counted and not written yet. `logging` does this when a process ends."""
        for repeated in self._counter.take_all(self._clock()):
            super().emit(_describe(repeated))
        super().close()

    def _admit(self, record: logging.LogRecord, now: float) -> bool:
        kind = (record.name, record.levelno, record.msg)
        text = vars(record).get("kind") or _NUMBER.sub("#", record.getMessage()[:_MOST_COMPARED])
        return self._counter.admit(kind, text, record, now)


def set_up_logs(
    node: str,
    form: LogFormat = LogFormat.TEXT,
    level: int = logging.INFO,
    *,
    replaces: bool = True,
) -> None:
    """Log to stderr under the name `node`; stdout is for results.

    An earlier set-up is replaced, or else it stays.
    """
    handler = CountingHandler(sys.stderr)
    handler.setFormatter(make_formatter(form, node))
    logging.basicConfig(level=level, handlers=[handler], force=replaces)


def _is_counted(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or bool(vars(record).get("counted"))


def _describe(repeated: Repeated[logging.LogRecord]) -> logging.LogRecord:
    record = copy.copy(repeated.line)
    text = record.getMessage()
    shown = text if len(text) <= _MOST_OF_A_REPEAT else text[: _MOST_OF_A_REPEAT - 1] + "…"
    times = "once" if repeated.times == 1 else f"{repeated.times} times"
    record.msg, record.args = f"{shown} (repeated {times} in {repeated.seconds:.0f} s)", ()
    record.exc_info = record.exc_text = None
    vars(record).pop("details", None)
    return record
