"""The log on disk: one process at a time, and an entry counts once its line is synced."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from bridge.hedge.log.entry import BrokenLog, Kind, LogEntry, read_entries
from pargrade.errors import PargradeError

LOG_NAME: Final = "audit.ndjson"
_MOST_BYTES: Final = 1 << 30


class LogInUse(PargradeError):
    """Another process carries out a plan with the same log."""

    hint = "Wait until it has ended, and apply again: nothing is bought twice."

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use")


class HedgeLog:
    """Entries of one hedger, the oldest first."""

    def __init__(self, path: Path, entries: list[LogEntry], file: IO[bytes] | None = None) -> None:
        self.path = path
        self.entries = entries
        self._file = file

    @classmethod
    def read(cls, path: Path) -> "HedgeLog":
        """The log of a file, empty where there is none; nothing is written. Raises BrokenLog."""
        lines = _whole_lines(path.read_bytes()) if path.exists() else []
        return cls(path, list(read_entries(lines)))

    @classmethod
    @contextmanager
    def writing(cls, path: Path) -> Iterator["HedgeLog"]:
        """The log, this process' alone while the context is open. Raises LogInUse, BrokenLog.

        A last line without its end is what a crash left. Nothing was sent because of it: it goes.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LogInUse(path) from None
            file.seek(0)
            raw = file.read(_MOST_BYTES + 1)
            if len(raw) > _MOST_BYTES:
                raise BrokenLog(0, "more than 1 GiB")
            entries = list(read_entries(_whole_lines(raw)))
            file.truncate(raw.rfind(b"\n") + 1)
            yield cls(path, entries, file)

    @property
    def head(self) -> LogEntry | None:
        """The newest entry."""
        return self.entries[-1] if self.entries else None

    def append(self, instant: int, kind: Kind, body: dict[str, Any]) -> LogEntry:
        """Writes an entry; it is on disk when this returns."""
        assert self._file is not None, "opened for reading"
        entry = LogEntry.after(self.head, instant, kind, body)
        self._file.write(entry.to_line().encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self.entries.append(entry)
        return entry


def _whole_lines(raw: bytes) -> list[str]:
    """Lines with their end, decoded; other bytes than UTF-8 become a line that is refused."""
    whole = raw[: raw.rfind(b"\n") + 1]
    return [line.decode("utf-8", errors="replace") for line in whole.split(b"\n")[:-1]]
