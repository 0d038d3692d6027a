"""A program we start and that never outlives us, however we end."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final, Self

# The shell ends the program when our end of the pipe closes, which the kernel does however we die.
_KEEPER: Final = """
exec 3<&0
"$@" </dev/null 3<&- & program=$!
{ read -r _; kill "$program"; } <&3 2>/dev/null & watch=$!
exec 3<&-
wait "$program"; status=$?
kill "$watch" 2>/dev/null
exit "$status"
"""


def held(name: str, arguments: Sequence[str]) -> list[str]:
    """The command that runs `arguments` until they end, or until its standard input is closed."""
    return ["/bin/sh", "-c", _KEEPER, name, *arguments]


class Child:
    """A running program. Its end is asked for with SIGTERM, and forced when it takes too long."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        log: IO[Any],
        environment: Mapping[str, str] | None = None,
        patience: float = 5.0,
    ) -> None:
        """Starts `arguments`; what it prints goes to `log`. `patience` is in seconds."""
        self.name = name
        self._patience = patience
        self._process = subprocess.Popen(  # noqa: S603  # the caller's own program
            held(name, arguments),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=None if environment is None else {**os.environ, **environment},
            start_new_session=True,
        )

    @property
    def alive(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends the program and waits for its end. May be called twice."""
        self.ask()
        try:
            self._process.wait(timeout=self._patience)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait()

    def ask(self) -> None:
        """Asks the program to end, without waiting: several can end at the same time."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
