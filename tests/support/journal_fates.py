"""What may happen to journals of one key: copied, put back, moved, lost, killed, rebooted.

Real journals in real folders, of either kind of node. Every signature that left a journal is
remembered; two contents for a slot are an equivocation. Two copies that run at once on two machines
are left out: only an external signer prevents their contradiction.
"""

import os
import random
import shutil
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Hashable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Final

from oracle.consensus.slot import slot_at
from oracle.journal.backup import JournalForm, back_up, restore
from oracle.journal.owner import JournalOwner
from oracle.journal.refusals import BelowFloor, NoJournal
from pargrade.backup import BadBackup, beside
from pargrade.chain.hashing import address_of
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.devnet.anvil import devnet_keys
from pargrade.journal.claim import Claim
from pargrade.journal.refusals import JournalInUse
from pargrade.journal.tip_file import FOLDER_VARIABLE

KEY: Final = devnet_keys()[5]
OWNER: Final = JournalOwner(KEY.address, 31337, address_of(b"\x07" * 20))
START: Final = 1_772_582_400
STEPS: Final = 25


class Fates(ABC):
    """One case: a key, its journals on two machines, and a chain whose time goes on."""

    form: ClassVar[JournalForm]
    """Of the journal; what it holds is the subclass's."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.head = START + chance.randrange(60)
        self.recorded = 0
        self.contents: dict[Hashable, set[bytes]] = defaultdict(set)
        """What left a journal, by what there is one of."""
        self.data = folder / "machine-0" / "data"
        self.copies: list[Path] = []
        self.journal: Any = None
        self.claim: Claim | None = None

    @abstractmethod
    def create(self, floor: int) -> None:
        """Makes a journal in the data folder on purpose."""

    @abstractmethod
    def open(self, folder: Path) -> Any:
        """The journal in a folder. Raises NoJournal."""

    @abstractmethod
    def measure_floor(self, *, is_complete: bool) -> int:
        """What the node raises the floor to at its start, where no peer answers."""

    @abstractmethod
    def sign(self) -> None:
        """Signs something for an open slot, whatever the quotes say now."""

    @abstractmethod
    def commit(self) -> None:
        """Commits something of which nobody hears."""

    def run(self) -> int:
        """Lives through a number of steps. Returns how many slots have two contents."""
        with self._machine():
            self.create(0)
        steps: tuple[Callable[[], None], ...] = (
            *(self.sign, self.sign, self.sign, self.advance, self.restart, self.copy),
            *(self.kill, self.back_up, self.put_back, self.restore, self.move, self.reboot),
            *(self.lose, self.record),
        )
        for _ in range(STEPS):
            with self._machine():
                self.chance.choice(steps)()
        self.stop()
        return sum(len(contents) > 1 for contents in self.contents.values())

    def start(self) -> None:
        """Starts a node on the journal that is there; without one, makes it on purpose."""
        try:
            self.journal = self.open(self.data)
        except NoJournal:
            self.create(self.measure_floor(is_complete=False))
            self.journal = self.open(self.data)
        self.claim = Claim.take(self.journal, OWNER)
        self._require_no_second()
        self.claim.begin(self.measure_floor(is_complete=self.claim.is_complete))

    def stop(self) -> None:
        """Ends the node, if one runs."""
        if self.journal is not None and self.claim is not None:
            self.journal.close()
            self.claim.close()
        self.journal = self.claim = None

    def kill(self) -> None:
        """Ends the node after a commit that it had no time to note in the tip file or to answer."""
        if self.journal is not None:
            self.journal.on_record = lambda _: None
            with suppress(BelowFloor):
                self.commit()
        self.stop()

    def restart(self) -> None:
        """Ends the node and starts it."""
        self.stop()
        self.start()

    def advance(self) -> None:
        """Chain time goes on."""
        self.head += self.chance.choice((1, 20, 60, 61, 300, 3_600))

    def record(self) -> None:
        """A round lands."""
        self.recorded = max(self.recorded, slot_at(self.head, DEFAULT_TIMING))

    def copy(self) -> None:
        """Copies the journal's file as it lies there, ended or not."""
        if (self.data / self.form.file).exists():
            if self.chance.random() < 0.5:
                self.stop()
            self._keep(lambda path: shutil.copy(self.data / self.form.file, path))

    def back_up(self) -> None:
        """Makes a backup, whether the node runs or not."""
        if (self.data / self.form.file).exists():
            self._keep(lambda path: back_up(self.data, path, self.form))

    def put_back(self) -> None:
        """Puts an older copy back by hand, over the file or in its place."""
        if self.copies:
            self.stop()
            self.data.mkdir(parents=True, exist_ok=True)
            for left in beside(self.data / self.form.file):
                left.unlink(missing_ok=True)
            if self.chance.random() < 0.5:
                (self.data / self.form.file).unlink(missing_ok=True)
            shutil.copy(self.chance.choice(self.copies), self.data / self.form.file)

    def restore(self) -> None:
        """Restores an older copy with the command's function."""
        if self.copies:
            self.stop()
            with suppress(BadBackup):
                copy = self.chance.choice(self.copies)
                restore(copy, self.data, OWNER, replace=True, form=self.form)

    def move(self) -> None:
        """Goes on with a clone of the data folder elsewhere, on this machine or the other one."""
        self.stop()
        machine = self.chance.choice(("machine-0", "machine-1"))
        target = self.folder / machine / f"data-{self.chance.randrange(3)}"
        if self.data.exists() and target != self.data and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(self.data, target)
        if target.exists():
            self.data = target

    def reboot(self) -> None:
        """The machine restarts: what it remembered is gone."""
        self.stop()
        shutil.rmtree(self._runtime, ignore_errors=True)

    def lose(self) -> None:
        """The data folder is lost."""
        if self.chance.random() < 0.3:
            self.stop()
            shutil.rmtree(self.data, ignore_errors=True)

    def _keep(self, write: Callable[[Path], object]) -> None:
        path = self.folder / f"copy-{len(self.copies)}"
        with suppress(BadBackup):
            write(path)
            self.copies.append(path)

    def _require_no_second(self) -> None:
        """A clone beside the running node, on the same machine, is refused."""
        clone = self.data.with_name("beside")
        shutil.rmtree(clone, ignore_errors=True)
        shutil.copytree(self.data, clone)
        try:
            second = self.open(clone)
            try:
                Claim.take(second, OWNER)
            except JournalInUse:
                return
            finally:
                second.close()
            raise AssertionError("a clone may sign beside the journal that is in use")
        finally:
            shutil.rmtree(clone)

    @property
    def _runtime(self) -> Path:
        machine = self.data.relative_to(self.folder).parts[0]
        return self.folder / f"{machine}.runtime"

    @contextmanager
    def _machine(self):  # type: ignore[no-untyped-def]
        before = os.environ.get(FOLDER_VARIABLE)
        os.environ[FOLDER_VARIABLE] = str(self._runtime)
        try:
            yield
        finally:
            if before is None:
                del os.environ[FOLDER_VARIABLE]
            else:
                os.environ[FOLDER_VARIABLE] = before


def live_as(folder: Path, seed: int, make: Callable[[Path, random.Random], Fates]) -> int:
    """One case of some kind of node."""
    place = folder / f"case-{seed}"
    place.mkdir()
    try:
        return make(place, random.Random(seed)).run()
    finally:
        shutil.rmtree(place)
