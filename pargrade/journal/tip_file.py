"""What a journal held when it was last written, kept outside of the journal's folder.

A journal cannot show by itself that it is the newest copy of itself. So the machine remembers, by
the journal's id and until it restarts, how many entries there were and which was the last. A
journal that lacks them is an older copy. The same file is the lock that lets one process sign.
"""

import fcntl
import json
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

FOLDER_VARIABLE: Final = "PARGRADE_RUNTIME_DIR"
"""Environment variable that moves the folder of tips."""

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_LONGEST: Final = 4_096


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a journal had come."""

    entries: int
    """Signed observations in it."""
    last: str
    """Digest of the one that was recorded last, hexadecimal; empty when there is none."""
    floor: int
    """Its floor, unix seconds."""


class TipLocked(Exception):
    """Another process has the tip."""

    def __init__(self, pid: str) -> None:
        self.pid = pid
        super().__init__(pid)


class TipFile:
    """The tip file of one journal, locked while this object is open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def lock(cls, journal_id: str) -> Self | None:
        """The tip of a journal, None where this machine has no folder for it.

        Raises TipLocked while another process has it.
        """
        try:
            name = f"{journal_id}.tip"
            descriptor = os.open(_folder() / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stated = _read(descriptor)
            os.close(descriptor)
            raise TipLocked(str(stated.get("pid", "unknown"))) from None
        return cls(descriptor)

    def read(self) -> Mark | None:
        """The mark written since this machine started; None when there is none."""
        stated = _read(self._descriptor)
        boot = _boot_id()
        if not boot or stated.get("boot") != boot:
            return None
        try:
            return Mark(int(str(stated["entries"])), str(stated["last"]), int(str(stated["floor"])))
        except (KeyError, TypeError, ValueError):
            return None

    def write(self, mark: Mark) -> None:
        """Replaces the mark. It survives this process, not a restart of the machine.

        A mark that cannot be written is removed: none is safe, and an old one is not.
        """
        text = json.dumps({"boot": _boot_id(), "pid": os.getpid(), **asdict(mark)})
        try:
            os.pwrite(self._descriptor, text.encode().ljust(_LONGEST), 0)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Lets another process have it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _folder() -> Path:
    """The folder of this user's tips, made when missing. Raises OSError."""
    named = os.environ.get(FOLDER_VARIABLE) or os.environ.get("XDG_RUNTIME_DIR")
    above = Path(named) if named else Path(tempfile.gettempdir())
    folder = above / ("pargrade" if named else f"pargrade-{os.getuid()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def _read(descriptor: int) -> dict[str, object]:
    try:
        stated = json.loads(os.pread(descriptor, _LONGEST, 0))
    except (OSError, ValueError):
        return {}
    return stated if isinstance(stated, dict) else {}


@cache
def _boot_id() -> str:
    """A text that is another one after every start of the machine; empty where there is none."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
