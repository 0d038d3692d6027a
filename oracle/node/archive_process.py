"""The archive of a running node and its files of quotes, in a process of their own.

A node may have been forked, and Polars does not survive a fork: its threads are gone and its locks
are still held. With a separate process, archiving a day delays no response, and no node needs the
memory of Polars. The process may be killed at any moment (see oracle.evidence.archive).
"""

import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

from oracle.evidence.evidence import BadEvidence, Evidence
from pargrade.errors import PargradeError

_PATIENCE_S: Final = 60


class NotPacked(PargradeError):
    """Parquet could not be made of rows."""

    hint = "Ask again, or for CSV; the node's log says what failed."

    def __init__(self) -> None:
        super().__init__("the rounds could not be made into Parquet now")


class Archivist:
    """Finds and seals evidence in one node's archive. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looking = threading.Lock()
        self._sealing: subprocess.Popen[bytes] | None = None
        self._cooling: subprocess.Popen[bytes] | None = None

    def find(self, root: bytes, part: str) -> Evidence | None:
        """The evidence with a root in a part, or None. Only one search runs at a time."""
        with self._looking:
            try:
                found = subprocess.run(  # noqa: S603
                    [*_COMMAND, "find", str(self._folder), part, root.hex()],
                    stdout=subprocess.PIPE,
                    timeout=_PATIENCE_S,
                    check=True,
                )
                return Evidence.unpack(found.stdout)
            except (OSError, subprocess.SubprocessError, BadEvidence):
                return None

    def pack_history(self, rows: bytes) -> bytes:
        """Parquet of rounds as JSON rows. Raises NotPacked."""
        with self._looking:
            try:
                packed = subprocess.run(  # noqa: S603
                    [*_COMMAND, "pack", str(self._folder)],
                    input=rows,
                    stdout=subprocess.PIPE,
                    timeout=_PATIENCE_S,
                    check=True,
                )
            except (OSError, subprocess.SubprocessError) as failure:
                raise NotPacked from failure
            return packed.stdout

    def seal(self, before: int) -> None:
        """Start sealing all evidence before `before`, in unix seconds, unless that is running."""
        if self._sealing is None or self._sealing.poll() is not None:
            words = [*_COMMAND, "seal", str(self._folder), str(before)]
            self._sealing = subprocess.Popen(words, stdin=subprocess.DEVNULL)  # noqa: S603

    def cool(self, now: int) -> None:
        """Start moving fetched quotes of months that are over at `now` to files, unless that is
        running; unix seconds.
        """
        if self._cooling is None or self._cooling.poll() is not None:
            words = [*_COMMAND, "cool", str(self._folder), str(now)]
            self._cooling = subprocess.Popen(words, stdin=subprocess.DEVNULL)  # noqa: S603

    def close(self) -> None:
        """Kill what is running; the next time continues from there."""
        for process in (self._sealing, self._cooling):
            if process is not None:
                process.kill()
                process.wait()


_COMMAND: Final = (sys.executable, "-m", "oracle.node.archive_process")


def main(act: str, folder: Path, *words: str) -> int:
    """Run `find`, `seal`, `cool` or `pack` on a node's data folder and return the exit code."""
    if act == "find":
        from oracle.evidence.archive import Archive
        from oracle.evidence.part import FOLDER

        part, root = words
        found = Archive(folder / FOLDER).find(bytes.fromhex(root), part)
        if found is not None:
            sys.stdout.buffer.write(found.pack())
        return 0 if found is not None else 1

    if act == "pack":
        from oracle.consensus.round_history import parquet_of_rows
        from pargrade.canonical import read_json

        sys.stdout.buffer.write(parquet_of_rows(read_json(sys.stdin.buffer.read())))
        return 0
    if act == "cool":
        return _cool(folder, int(words[0]))

    from oracle.journal.journal import Journal
    from pargrade.journal.refusals import JournalFailed

    try:
        with closing(Journal(folder)) as journal:
            journal.seal(int(words[0]))
    except JournalFailed as failure:
        print(f"not archived: {failure}", file=sys.stderr)
        return 1
    return 0


def _cool(folder: Path, now: int) -> int:
    from oracle.fetch.quote_store import QuoteStore
    from pargrade.database import DatabaseDown

    try:
        with closing(QuoteStore(folder)) as store:
            store.cool(now)
    except (DatabaseDown, OSError) as failure:
        print(f"quotes stay in the hot file: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
