"""What a member remembers: after years, after a re-org, with peers that are slow."""

from contextlib import closing, contextmanager

import pytest

from oracle.member.archiving import SETTLED_S
from oracle.member.config import MemberConfig
from oracle.member.member import CommitteeNode
from oracle.protocol_store.input_store import KEPT_S, InputStore
from oracle.protocol_store.set_archive import SetArchive
from oracle.valuation.index_valuation import IndexValuation
from pargrade.clock import DAY_S, midnight_of
from tests.support.agreed_past import agreed_set, agreement_on, landing_on
from tests.support.members import BEGIN, SharedLedger, stored_committee, write_configs
from tests.support.nodes import until

STORED = stored_committee(4)
FIRST = BEGIN
DAYS = KEPT_S // DAY_S + 2


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@pytest.fixture
def ledger():
    return SharedLedger(STORED)


@pytest.fixture
def config(tmp_path):
    return MemberConfig.read_file(write_configs(tmp_path, 4)[0])


@contextmanager
def opened(config, ledger):
    """A member that is asked for single things and does nothing by itself, but recall."""
    member = CommitteeNode.open(config, ledger)
    member.recall.start()
    try:
        yield member
    finally:
        member.recall.close()
        member.journal.close()
        member.store.close()
        member.claim.close()


def keep(config, sets, agreed=()):
    with closing(InputStore(config.data)) as store:
        store.keep_committee(STORED)
        for each in sets:
            store.keep(each)
        for each in agreed:
            store.keep_agreement(1, agreement_on(STORED, each))


def memory_of(member, ledger, midnight):
    """The day's memory, and why there is none."""
    recall = member.recall
    recall.want(ledger.read(), midnight)
    until(lambda: recall.take(midnight) or recall.problem, "a memory", 60)
    return recall.take(midnight), recall.problem


@pytest.mark.full
def test_member__restarted_after_more_days_than_are_archived__remembers_the_first_one_as_before(
    config, ledger
):
    sets = [agreed_set(STORED, FIRST + day * DAY_S) for day in range(DAYS)]
    stray = agreed_set(STORED, FIRST - 3_600)
    keep(config, [stray, *sets], agreed=[sets[0], sets[-1]])
    midnight = midnight_of(sets[-1].slot) + DAY_S
    ledger.landings = [landing_on(STORED, sets[0])]
    ledger.now = midnight_of(FIRST) + DAY_S + SETTLED_S
    with opened(config, ledger) as member:
        assert member.archiving.seal_due(ledger.read()) == ""
        assert SetArchive(config.data).input_set(sets[0].root, sets[0].slot) == sets[0]
        ledger.landings = [landing_on(STORED, each) for each in sets]
        ledger.now = midnight + SETTLED_S
        before, _ = memory_of(member, ledger, midnight)
        assert member.archiving.seal_due(ledger.read()) == ""
    # The archive has let the first day go, and the store what no memory rests on.
    assert SetArchive(config.data).input_set(sets[0].root, sets[0].slot) is None
    with opened(config, ledger) as member:
        assert member.store.input_set(stray.root, stray.slot) is None
        assert member.store.agreement(FIRST) is None
        after, why = memory_of(member, ledger, midnight)
        assert (after is not None, why) == (True, "")
    assert after.recent == before.recent
    assert len(after.recent) > 0
    slot = midnight + 3_600
    assert IndexValuation(after).value({}, slot) == IndexValuation(before).value({}, slot)
