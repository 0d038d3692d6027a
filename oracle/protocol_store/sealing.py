"""Moves a finished day's input sets from a node's store into its archive."""

import shutil
from collections.abc import Collection, Sequence
from functools import partial

from oracle.protocol.report.input_set import InputSet, require_whole
from oracle.protocol_store.day_sets import DaySets, SlotRoot
from oracle.protocol_store.input_store import KEPT_S, InputStore
from oracle.protocol_store.kept_sets import KeptSets
from oracle.protocol_store.set_archive import SetArchive
from pargrade.clock import DAY_S, day_name
from pargrade.errors import PargradeError
from pargrade.process.failpoint import reached


class NotSealed(PargradeError):
    """A day stays in the store."""

    hint = "It is tried again later, with what peers have. Nothing was lost."

    def __init__(self, midnight: int, reason: str) -> None:
        self.midnight = midnight
        super().__init__(f"the input sets of {day_name(midnight)} are not archived: {reason}")


def seal_day(
    store: InputStore,
    archive: SetArchive,
    midnight: int,
    rounds: Sequence[SlotRoot],
    held: Collection[int] = (),
) -> str:
    """Archive the sets of a day's rounds, given as slot and input root by slot, then let them go.

    The sets of the slots `held` stay in the store, too. Killed anywhere, it leaves every set to be
    found: the part is whole and was read back before the store lets go. Returns the part's name,
    empty for a day without rounds. Raises NotSealed where a set is missing or the archive cannot be
    written, DatabaseDown, UnknownCommittee, and UnreadableMessage for a set that was tampered with.
    """
    if not rounds:
        store.release(midnight, midnight + DAY_S, held)
        return ""
    kept = KeptSets(store, archive)
    set_of = partial(_whole_set, kept, store, midnight)
    try:
        name = archive.seal(DaySets(midnight, tuple(rounds), set_of, store.committee))
    except OSError as failure:
        raise NotSealed(midnight, failure.strerror or str(failure)) from None
    reached("sets-archived")
    for slot, root in rounds:
        found = archive.input_set(root, slot)
        # An earlier run may have let some go: of those the archive is all there is.
        if found is None or found != kept.input_set(root, slot):
            raise NotSealed(midnight, f"{name} does not give slot {slot} back")
    store.release(midnight, midnight + DAY_S, held)
    reached("sets-released")
    return name


def discard_old(archive: SetArchive, now: int) -> list[str]:
    """Removes the days of KEPT_S before an instant, unix seconds. Returns their names.

    Raises OSError.
    """
    last = f"day={day_name(now - KEPT_S)}"
    gone = [each for each in sorted(archive.folder.glob("day=*")) if each.name < last]
    for folder in gone:
        shutil.rmtree(folder)
    return [folder.name for folder in gone]


def _whole_set(kept: KeptSets, store: InputStore, midnight: int, each: SlotRoot) -> InputSet:
    """From the archive where an earlier run was killed while the store let go."""
    slot, root = each
    found = kept.input_set(root, slot)
    if found is None:
        raise NotSealed(midnight, f"the set of slot {slot} is not here whole")
    stored = store.committee(found.epoch)
    require_whole(found, stored.committee, stored.verifier)
    return found
