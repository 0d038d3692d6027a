"""What a member remembers: after years, after a re-org, with peers that are slow."""

from contextlib import closing, contextmanager

import pytest

from oracle.member.archiving import SETTLED_S
from oracle.member.config import MemberConfig
from oracle.member.member import CommitteeNode
from oracle.member.past import Past
from oracle.member.set_finder import SetFinder
from oracle.protocol_store.input_store import KEPT_S, InputStore
from oracle.protocol_store.set_archive import SetArchive
from oracle.quotes.history import History
from oracle.valuation.index_valuation import IndexValuation
from pargrade.clock import DAY_S, midnight_of
from tests.support.agreed_past import agreed_set, agreement_on, landing_on, some_lists
from tests.support.members import BEGIN, SharedLedger, serving, stored_committee, write_configs
from tests.support.nodes import until

STORED = stored_committee(4)
FIRST = BEGIN
DAYS = range(0, KEPT_S // DAY_S + 3, 3)
"""Some without a round, which have no midnight: 402 days in all."""


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@pytest.fixture
def ledger():
    return SharedLedger(STORED)


@pytest.fixture
def config(tmp_path):
    return MemberConfig.read_file(write_configs(tmp_path, 4, opening={"recording": ""})[0])


@contextmanager
def opened(config, ledger):
    """A member that is asked for single things and does nothing by itself."""
    member = CommitteeNode.open(config, ledger)
    try:
        yield member
    finally:
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


def past_of(member, ledger):
    """What the member remembers by, without peers and without what it has remembered before."""
    finder = SetFinder(ledger, member.store, member.archivist, (), 1.0)
    return Past(member.method, History.of(()), ledger, finder)


@pytest.fixture
def day(config, ledger):
    """A midnight that two rounds were before, of which the later one has shorter lists."""
    sets = [
        agreed_set(STORED, FIRST),
        agreed_set(STORED, FIRST + 3_600, some_lists(3)),
    ]
    keep(config, sets)
    ledger.landings = [landing_on(STORED, each) for each in sets]
    midnight = midnight_of(FIRST) + DAY_S
    ledger.now = midnight + 60
    return midnight


def test_member__when_a_re_org_after_midnight_takes_the_last_round_back__values_by_the_one_before(
    config, ledger, day
):
    last = ledger.landings[-1]
    with serving(config, ledger) as member:
        until(lambda: member.values.of(day), "a memory", 60)
        before = member.values.of(day).memory
        assert {quote.observed_at for quote in before.recent} == {last.report.slot - 5}
        # Blocks that only follow change nothing.
        ledger.now += 1
        later = agreed_set(STORED, day + 60)
        ledger.landings.append(landing_on(STORED, later))
        until(lambda: member.watch.kept().last_slot == day + 60, "a look", 60)
        assert member.values.of(day).memory is before
        ledger.landings.remove(last)
        ledger.now += 1

        def is_anew():
            found = member.values.of(day)
            return found is not None and found.memory is not before

        until(is_anew, "another memory", 60)
        after = member.values.of(day).memory
        assert {quote.observed_at for quote in after.recent} == {FIRST - 5}
        assert len(after.recent) > len(before.recent)
        until(lambda: member.driver.seat, "a seat", 60)
        assert member.driver.defects == 0


def test_past__of_a_chain_that_only_grows__is_asked_for_and_never_made_again(config, ledger, day):
    with opened(config, ledger) as member:
        past = past_of(member, ledger)
        made = past.remember(ledger.read(), day)
        for slot in (day + 60, day + 120):
            ledger.now = slot
            ledger.landings.append(landing_on(STORED, agreed_set(STORED, slot)))
            renewed = past.renew(made, ledger.read())
            assert renewed.memory is made.memory
            assert renewed.block == ledger.read().head
            made = renewed
        # A round of after the midnight decides nothing of it.
        del ledger.landings[-1]
        ledger.now += 1
        assert past.renew(made, ledger.read()).memory is made.memory
        del ledger.landings[1]
        ledger.now += 1
        assert past.renew(made, ledger.read()) is None


@pytest.mark.full
def test_member__restarted_after_more_days_than_are_archived__remembers_the_first_one_as_before(
    config, ledger
):
    sets = [agreed_set(STORED, FIRST + day * DAY_S) for day in DAYS]
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
        before = past_of(member, ledger).remember(ledger.read(), midnight).memory
        assert member.archiving.seal_due(ledger.read()) == ""
    # The archive has let the first day go, and the store what no memory rests on.
    assert SetArchive(config.data).input_set(sets[0].root, sets[0].slot) is None
    with opened(config, ledger) as member:
        assert member.store.input_set(stray.root, stray.slot) is None
        assert member.store.agreement(FIRST) is None
        after = past_of(member, ledger).remember(ledger.read(), midnight).memory
    assert after.recent == before.recent
    assert len(after.recent) > 0
    slot = midnight + 3_600
    assert IndexValuation(after).value({}, slot) == IndexValuation(before).value({}, slot)
