"""What may happen to journals of one key: copied, put back, moved, lost, killed, rebooted.

Real journals in real folders. Every signature that left a journal is remembered; two contents for
a slot are an equivocation. Two copies that run at once on two machines are left out: only an
external signer prevents their contradiction.
"""

import os
import random
import shutil
from collections import defaultdict
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from oracle.consensus.slot import slot_at
from oracle.index.determination import Determination
from oracle.journal.backup import back_up, restore
from oracle.journal.journal import FILE, Journal, SignedEntry, create_journal
from oracle.journal.owner import JournalOwner
from oracle.journal.refusals import BelowFloor, NoJournal
from oracle.journal.watermark import Watermark
from pargrade.backup import BadBackup, beside
from pargrade.chain.hashing import address_of
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.devnet.anvil import devnet_keys
from pargrade.journal.claim import Claim
from pargrade.journal.refusals import JournalInUse
from pargrade.journal.tip_file import FOLDER_VARIABLE
from pargrade.spot_index.observation import Observation, index_domain, sign

KEY: Final = devnet_keys()[5]
OWNER: Final = JournalOwner(KEY.address, 31337, address_of(b"\x07" * 20))
DOMAIN: Final = index_domain(OWNER.chain_id, OWNER.spot_index)
START: Final = 1_772_582_400
STEPS: Final = 25


class Fates:
    """One case: a key, its journals on two machines, and a chain whose time goes on."""

    def __init__(self, folder: Path, determination: Determination, chance: random.Random) -> None:
        self.folder = folder
        self.determination = determination
        self.chance = chance
        self.head = START + chance.randrange(60)
        self.recorded = 0
        self.contents: dict[int, set[bytes]] = defaultdict(set)
        self.data = folder / "machine-0" / "data"
        self.copies: list[Path] = []
        self.journal: Journal | None = None
        self.claim: Claim | None = None

    def run(self) -> int:
        """Lives through a number of steps. Returns how many slots have two contents."""
        with self._machine():
            create_journal(self.data, OWNER, 0)
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

    def sign(self) -> None:
        """Signs an open slot with whatever the quotes say now."""
        if self.journal is None:
            self.start()
        assert self.journal is not None
        entry = self._entry()
        slot = entry.signed.observation.slot
        with suppress(BelowFloor):
            kept = self.journal.signed_or_open(DOMAIN.separator(), 1, slot)
            if kept is None:
                kept = self.journal.record(DOMAIN.separator(), entry, self.determination)
            self.contents[slot].add(kept.digest)

    def start(self) -> None:
        """Starts a node on the journal that is there; without one, makes it on purpose."""
        try:
            self.journal = Journal(self.data)
        except NoJournal:
            create_journal(self.data, OWNER, slot_at(self.head, DEFAULT_TIMING))
            self.journal = Journal(self.data)
        self.claim = Claim.take(self.journal, OWNER)
        self._require_no_second()
        # What `oracle.journal.watermark.measure` finds where no peer answers.
        complete = self.claim.is_complete
        progress = slot_at(self.head, DEFAULT_TIMING)
        mark = Watermark(self.recorded, progress, 0, (), is_complete=complete)
        self.claim.begin(mark.floor)

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
                self.journal.record(DOMAIN.separator(), self._entry(), self.determination)
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
        if (self.data / FILE).exists():
            if self.chance.random() < 0.5:
                self.stop()
            self._keep(lambda path: shutil.copy(self.data / FILE, path))

    def back_up(self) -> None:
        """Makes a backup, whether the node runs or not."""
        if (self.data / FILE).exists():
            self._keep(lambda path: back_up(self.data, path))

    def put_back(self) -> None:
        """Puts an older copy back by hand, over the file or in its place."""
        if self.copies:
            self.stop()
            self.data.mkdir(parents=True, exist_ok=True)
            for left in beside(self.data / FILE):
                left.unlink(missing_ok=True)
            if self.chance.random() < 0.5:
                (self.data / FILE).unlink(missing_ok=True)
            shutil.copy(self.chance.choice(self.copies), self.data / FILE)

    def restore(self) -> None:
        """Restores an older copy with the command's function."""
        if self.copies:
            self.stop()
            with suppress(BadBackup):
                restore(self.chance.choice(self.copies), self.data, OWNER, replace=True)

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

    def _entry(self) -> SignedEntry:
        newest = slot_at(self.head, DEFAULT_TIMING)
        slot = newest - 60 * self.chance.choice((0, 0, 0, 1, 2, 5, 15))
        value = self.chance.randrange(1, 1 << 40)
        root = self.determination.root
        content = Observation(bytes(32), 1, slot, 0, (value,), bytes(32), root)
        return SignedEntry(content.digest(DOMAIN), sign(content, DOMAIN, KEY))

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
            second = Journal(clone)
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


def live(folder: Path, determination: Determination, seed: int) -> int:
    """One case in a folder of its own. Returns how many slots have two contents."""
    place = folder / f"case-{seed}"
    place.mkdir()
    try:
        return Fates(place, determination, random.Random(seed)).run()
    finally:
        shutil.rmtree(place)
