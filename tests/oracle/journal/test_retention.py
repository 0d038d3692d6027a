"""What a journal lets go of, and that nothing can be signed where it was."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine
from oracle.journal.journal import Journal, SignedEntry
from oracle.journal.owner import JournalOwner
from oracle.journal.refusals import BelowFloor
from oracle.journal.retention import KEPT_S
from pargrade.chain.hashing import address_of
from pargrade.clock import DAY_S
from pargrade.devnet.anvil import devnet_keys
from pargrade.spot_index.observation import Observation, index_domain, index_set_of, sign

pytestmark = pytest.mark.full

KEY = devnet_keys()[5]
DOMAIN = index_domain(31337, address_of(b"\x07" * 20))
SEPARATOR = DOMAIN.separator()
FIRST = 1_772_582_400
OWNER = JournalOwner(KEY.address, 31337, DOMAIN.contract)
SLOTS = st.lists(st.integers(0, 900), min_size=1, max_size=12, unique=True).map(sorted)


@pytest.fixture(scope="module")
def determination(sample, method, panels):
    return determine(DailyChain(sample, method, panels["panel-1"]), FIRST)


def entry_of(slot: int, root: bytes, value: int = 1) -> SignedEntry:
    observation = Observation(index_set_of(["SCU / USD"]), 1, slot, 0, (value,), bytes(32), root)
    return SignedEntry(observation.digest(DOMAIN), sign(observation, DOMAIN, KEY))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=SLOTS)
def test_seal__entries_of_any_age__old_ones_go_and_their_slots_are_never_signed_again(
    days: list[int], determination, tmp_path_factory
) -> None:
    journal = Journal.create(tmp_path_factory.mktemp("node"), OWNER, floor=0)
    slots = [FIRST + day * DAY_S for day in days]
    for slot in slots:
        journal.record(SEPARATOR, entry_of(slot, determination.root), determination)
    mark, newest = journal.mark(), slots[-1]
    journal.seal(newest)
    kept = [slot for slot in slots if journal.signed(SEPARATOR, 1, slot) is not None]
    assert kept == [slot for slot in slots if slot >= newest - KEPT_S]
    assert journal.holds(mark), "what went is no sign of an older copy"
    assert journal.evidence_at(newest) is not None
    for slot in set(slots) - set(kept):
        with pytest.raises(BelowFloor):
            journal.record(SEPARATOR, entry_of(slot, determination.root, 2), determination)
    again = entry_of(newest + DAY_S, determination.root)
    assert journal.record(SEPARATOR, again, determination) == again
    assert journal.mark().entries == mark.entries + 1
    journal.close()
