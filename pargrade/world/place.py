"""Where a world is: its folder, its chain's address, its deployment file; and whose it is now."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pargrade.world.errors import AlreadyUp, BadWorld

DEFAULT_FOLDER: Final = Path("world")

RELAY_PORT: Final = 8575
"""At which commands look for a relay."""

_RECORD: Final = "world.json"
_LOCK: Final = "lock"


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of a world is. All paths are absolute."""

    folder: Path
    rpc_url: str
    deployment: Path
    speed: int = 1
    """Seconds of the chain in a second, as it was started last."""
    first_port: int = 7701
    """Of the first member's API, before there are any; 0 takes free ones."""
    relay_port: int = RELAY_PORT
    """Of the relay's API."""
    stream_port: int = RELAY_PORT + 1
    """Of the relay's WebSocket."""

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The world of a folder; None where there was none yet. Raises BadWorld."""
        path = folder / _RECORD
        try:
            raw = json.loads(path.read_text())
            return cls(
                folder=folder.resolve(),
                rpc_url=str(raw["rpc_url"]),
                deployment=Path(raw["deployment"]),
                speed=int(raw["speed"]),
                # A world of before there was a relay has none of these.
                relay_port=int(raw.get("relay_port", RELAY_PORT)),
                stream_port=int(raw.get("stream_port", RELAY_PORT + 1)),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as failure:
            raise BadWorld(path, f"{type(failure).__name__}: {failure}") from None

    def write(self) -> None:
        """Writes the record; readers see the old one or the new one."""
        raw = {
            "rpc_url": self.rpc_url,
            "deployment": str(self.deployment),
            "speed": self.speed,
            "relay_port": self.relay_port,
            "stream_port": self.stream_port,
        }
        fresh = self.folder / f"{_RECORD}.new"
        fresh.write_text(json.dumps(raw, indent=2) + "\n")
        fresh.replace(self.folder / _RECORD)

    @property
    def port(self) -> int:
        """Of the chain."""
        return int(self.rpc_url.rpartition(":")[2])

    @property
    def relay_url(self) -> str:
        """The relay's API."""
        return f"http://127.0.0.1:{self.relay_port}"

    @property
    def chain_file(self) -> Path:
        """Where the chain is kept while the world is down."""
        return self.folder / "chain.json"


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """The world is this process's inside, however it ends. Raises AlreadyUp."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUp(folder) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def owner_of(folder: Path) -> int | None:
    """The process that runs the world of a folder; None when nobody does, or it only begins."""
    try:
        with (folder / _LOCK).open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stated = lock.read().strip()
                return int(stated) if stated else None
    except FileNotFoundError:
        pass
    return None
