"""A small file that several processes rewrite: one at a time, and never seen half written."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pargrade.errors import PargradeError

_PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 0.02


class FileBusy(PargradeError):
    """A file that another process does not let go of."""

    hint = "Wait until the other command has ended, then run this one again."

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is being written by another process")


@contextmanager
def hold_file(path: Path, patience_s: float = _PATIENCE_S) -> Iterator[None]:
    """Nobody else holds the file inside; whoever asks waits, at most `patience_s` seconds.

    What is locked is the file that is at `path` by then: its holder may have replaced the one that
    was there before. Raises FileBusy, and OSError where it is missing or cannot be opened.
    """
    deadline = time.monotonic() + patience_s
    while True:
        descriptor = os.open(path, os.O_RDWR)
        try:
            if _lock(descriptor) and _is_at(descriptor, path):
                yield
                return
        finally:
            os.close(descriptor)
        if time.monotonic() > deadline:
            raise FileBusy(path)
        time.sleep(_PAUSE_S)


def replace_file(path: Path, text: str) -> None:
    """Writes a whole file: readers see the old one or the new one, also after a power cut.

    Raises OSError.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
