"""What may happen to the journal of a version-1 node: journal_fates.py, for its observations."""

import random
from contextlib import suppress
from pathlib import Path
from typing import Final

from oracle.consensus.slot import slot_at
from oracle.index.determination import Determination
from oracle.journal.backup import OBSERVATIONS
from oracle.journal.journal import Journal, SignedEntry, create_journal
from oracle.journal.refusals import BelowFloor
from oracle.journal.watermark import Watermark
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.spot_index.observation import Observation, index_domain, sign
from tests.support.journal_fates import KEY, OWNER, Fates, live_as

DOMAIN: Final = index_domain(OWNER.chain_id, OWNER.spot_index)


class ObservationFates(Fates):
    """Of a node of version 1, which signs one observation a slot."""

    form = OBSERVATIONS

    def __init__(self, folder: Path, chance: random.Random, determination: Determination) -> None:
        super().__init__(folder, chance)
        self.determination = determination

    def create(self, floor: int) -> None:
        create_journal(self.data, OWNER, floor)

    def open(self, folder: Path) -> Journal:
        return Journal(folder)

    def measure_floor(self, *, is_complete: bool) -> int:
        """What `oracle.journal.watermark.measure` finds."""
        progress = slot_at(self.head, DEFAULT_TIMING)
        return Watermark(self.recorded, progress, 0, (), is_complete=is_complete).floor

    def sign(self) -> None:
        if self.journal is None:
            self.start()
        entry = self._entry()
        slot = entry.signed.observation.slot
        with suppress(BelowFloor):
            kept = self.journal.signed_or_open(DOMAIN.separator(), 1, slot)
            if kept is None:
                kept = self.journal.record(DOMAIN.separator(), entry, self.determination)
            self.contents[slot].add(kept.digest)

    def commit(self) -> None:
        self.journal.record(DOMAIN.separator(), self._entry(), self.determination)

    def _entry(self) -> SignedEntry:
        newest = slot_at(self.head, DEFAULT_TIMING)
        slot = newest - 60 * self.chance.choice((0, 0, 0, 1, 2, 5, 15))
        value = self.chance.randrange(1, 1 << 40)
        root = self.determination.root
        content = Observation(bytes(32), 1, slot, 0, (value,), bytes(32), root)
        return SignedEntry(content.digest(DOMAIN), sign(content, DOMAIN, KEY))


def live(folder: Path, determination: Determination, seed: int) -> int:
    """One case of a version-1 node in a folder of its own. Returns how many slots have two
    contents.
    """
    return live_as(
        folder, seed, lambda place, chance: ObservationFates(place, chance, determination)
    )
