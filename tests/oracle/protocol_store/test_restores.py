"""Whatever happens to a member's journal: never two of one kind for a slot."""

import pytest

from pargrade.journal.claim import Claim
from tests.support.promise_fates import live_as_member

pytestmark = pytest.mark.full


def test_promises__under_random_fates__are_never_given_twice(tmp_path):
    assert sum(live_as_member(tmp_path, seed) for seed in range(30)) == 0


@pytest.mark.deep
def test_promises__under_a_thousand_random_fates__are_never_given_twice(tmp_path):
    assert sum(live_as_member(tmp_path, seed) for seed in range(1_000)) == 0


def test_promises__where_every_journal_is_believed__are_given_twice_under_some_fate(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(Claim, "_is_complete", lambda _: True)
    assert any(live_as_member(tmp_path, seed) for seed in range(30))
