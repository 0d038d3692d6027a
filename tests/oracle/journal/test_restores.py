"""Whatever is copied, put back, moved or lost: never two contents for a slot."""

import pytest

from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine
from pargrade.journal.claim import Claim
from pargrade.journal.tip_file import TipFile
from tests.support.journal_fates import START
from tests.support.observation_fates import live

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def determination(sample, method, panels):
    return determine(DailyChain(sample, method, panels["panel-1"]), START)


def test_journal__random_fates__never_two_contents_for_a_slot(tmp_path, determination):
    assert sum(live(tmp_path, determination, seed) for seed in range(50)) == 0


@pytest.mark.deep
def test_journal__a_thousand_random_fates__never_two_contents_for_a_slot(tmp_path, determination):
    assert sum(live(tmp_path, determination, seed) for seed in range(1_000)) == 0


def believes_every_journal(monkeypatch):
    monkeypatch.setattr(Claim, "_is_complete", lambda _: True)


def never_writes_the_tip(monkeypatch):
    write = TipFile.write

    def once(self, mark):
        if mark.entries == 0:
            write(self, mark)

    monkeypatch.setattr(TipFile, "write", once)


@pytest.mark.parametrize("bug", [believes_every_journal, never_writes_the_tip])
def test_journal__with_a_guard_taken_away__the_fates_find_two_contents(
    tmp_path, determination, monkeypatch, bug
):
    bug(monkeypatch)
    assert any(live(tmp_path, determination, seed) for seed in range(50))
