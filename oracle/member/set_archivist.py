"""The archive of a running member's input sets, in a process of its own.

A member may have been forked, and Polars does not survive a fork. The process may be killed at any
moment (oracle.protocol_store.sealing).
"""

import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from oracle.protocol.report.input_set import InputSet
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.day_sets import SlotRoot, archive_of, is_archived
from oracle.transport.set_message import pack_set, read_set
from pargrade.errors import PargradeError

_EPOCH: Final = 4
"""Bytes before a set that is handed over."""
_FIND_S: Final = 60
_SEAL_S: Final = 3_600
"""A day of a round a minute with new lists of four liars in each takes some minutes."""
_KEPT: Final = 4
"""Sets that were found last: who asks for one asks for its sections next."""

_COMMAND: Final = (sys.executable, "-m", "oracle.member.set_archivist")


class ArchiveBusy(PargradeError):
    """The archive is being searched for somebody else: each search takes a process."""

    hint = "Ask again in some seconds, or ask another member."

    def __init__(self) -> None:
        super().__init__("the archive is being searched for another set")


class SetArchivist:
    """Finds and seals input sets in one member's archive. Safe to share between threads."""

    def __init__(self, folder: Path, committee_of: Callable[[int], StoredCommittee]) -> None:
        """`folder` is the member's data folder."""
        self._folder = folder
        self._committee_of = committee_of
        self._looking = threading.Lock()
        """Held by the one search that runs."""
        self._keeping = threading.Lock()
        self._found: OrderedDict[tuple[bytes, int], InputSet] = OrderedDict()
        self._sealing: subprocess.Popen[bytes] | None = None

    def input_set(self, root: bytes, slot: int) -> InputSet | None:
        """The set of a slot with a root, or None. Waits for a search that is under way.

        Raises DatabaseDown, UnknownCommittee.
        """
        with self._looking:
            return self._search(root, slot)

    def input_set_at_once(self, root: bytes, slot: int) -> InputSet | None:
        """The same for whoever asks from outside: no thread waits for what others ask for.

        Raises ArchiveBusy while a search is under way, and like `input_set`.
        """
        known = self._kept(root, slot)
        if known is not None or not is_archived(archive_of(self._folder), root, slot):
            return known
        if not self._looking.acquire(blocking=False):
            raise ArchiveBusy
        try:
            return self._search(root, slot)
        finally:
            self._looking.release()

    def section(self, name: bytes) -> bytes | None:
        """The bytes of a section of a set that was found last, or None."""
        with self._keeping:
            bodies = (found.sections.get(name) for found in self._found.values())
            return next((body for body in bodies if body is not None), None)

    def _kept(self, root: bytes, slot: int) -> InputSet | None:
        with self._keeping:
            return self._found.get((root, slot))

    def _search(self, root: bytes, slot: int) -> InputSet | None:
        known = self._kept(root, slot)
        if known is not None or not is_archived(archive_of(self._folder), root, slot):
            # Nobody outside can have processes started for what is not here.
            return known
        found = self._look(root, slot)
        if found is not None:
            with self._keeping:
                self._found[root, slot] = found
                while len(self._found) > _KEPT:
                    self._found.popitem(last=False)
        return found

    def seal(
        self, midnight: int, rounds: Sequence[SlotRoot], held: Collection[int], now: int
    ) -> str:
        """Move the sets of a day's rounds to the archive and wait. Returns why it failed, or "".

        `held` are slots whose sets stay in the store, too. Days that are too old at `now`, unix
        seconds, leave the archive.
        """
        wanted = {
            "midnight": midnight,
            "rounds": [[slot, root.hex()] for slot, root in rounds],
            "held": sorted(held),
            "now": now,
        }
        words = [*_COMMAND, "seal", str(self._folder)]
        pipe = subprocess.PIPE
        try:
            with subprocess.Popen(words, stdin=pipe, stderr=pipe) as process:  # noqa: S603
                self._sealing = process
                try:
                    _, complaint = process.communicate(json.dumps(wanted).encode(), _SEAL_S)
                except subprocess.TimeoutExpired as late:
                    process.kill()
                    return str(late)
        except OSError as failure:
            return str(failure)
        finally:
            self._sealing = None
        if process.returncode == 0:
            return ""
        lines = complaint.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {process.returncode}"

    def close(self) -> None:
        """Kill what is running; the next time continues from there."""
        process = self._sealing
        if process is not None:
            process.kill()

    def _look(self, root: bytes, slot: int) -> InputSet | None:
        words = [*_COMMAND, "find", str(self._folder), root.hex(), str(slot)]
        try:
            process = subprocess.run(  # noqa: S603
                words, stdout=subprocess.PIPE, timeout=_FIND_S, check=True
            )
            epoch = int.from_bytes(process.stdout[:_EPOCH])
            return read_set(process.stdout[_EPOCH:], self._committee_of(epoch).committee)
        except (OSError, subprocess.SubprocessError, UnreadableMessage):
            return None


def main(act: str, folder: Path, *words: str) -> int:
    """Run `find` or `seal` on a member's data folder and return the exit code."""
    from oracle.protocol_store.set_archive import SetArchive

    archive = SetArchive(folder)
    if act == "find":
        root, slot = words
        found = archive.input_set(bytes.fromhex(root), int(slot))
        if found is not None:
            sys.stdout.buffer.write(found.epoch.to_bytes(_EPOCH) + pack_set(found))
        return 0 if found is not None else 1

    from oracle.protocol_store.input_store import InputStore
    from oracle.protocol_store.sealing import discard_old, seal_day

    wanted = json.load(sys.stdin)
    rounds = [(slot, bytes.fromhex(root)) for slot, root in wanted["rounds"]]
    try:
        with closing(InputStore(folder)) as store:
            seal_day(store, archive, wanted["midnight"], rounds, wanted["held"])
        discard_old(archive, wanted["now"])
    except (PargradeError, OSError) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
