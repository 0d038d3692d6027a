"""A version that would move an index founds another one: which method a committee may sign by."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.family import load_candidate
from oracle.index.method import METHOD, PAR_INDEX
from oracle.index.shadow_record import NotShadowed, ShadowObjects, require_shadowed
from oracle.member.check import check_member
from oracle.member.config import MemberConfig
from oracle.member.daemon import open_ledger
from oracle.member.method_choice import (
    choose_method,
    find_method,
    is_founding,
    is_only_method,
)
from oracle.node.reporter import WrongMethod
from pargrade.canonical import read_json
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.check.result import Severity
from pargrade.devnet.anvil import devnet_keys
from pargrade.spot_index.observation import REPLAYED
from tests.support.committee import committee

FIRST = load_candidate(METHOD)[PAR_INDEX]
LATER = load_candidate(METHOD.with_name("method-3.json"))[PAR_INDEX]
"""Its shadow record objects: beside the first it moves the index."""
HASHES = st.sampled_from([FIRST.method_hash, LATER.method_hash])


def never():
    raise AssertionError("nobody needs to ask the chain")


def test_choice__version_that_objections_stand_against__is_for_replays_and_indices_it_founds():
    assert choose_method(LATER.method_hash, PAR_INDEX, REPLAYED, never) == LATER
    assert choose_method(LATER.method_hash, PAR_INDEX, 0, lambda: True) == LATER
    with pytest.raises(ShadowObjects, match="median"):
        choose_method(LATER.method_hash, PAR_INDEX, 0, lambda: False)
    assert find_method(LATER.method_hash, PAR_INDEX) == LATER


def test_choice__first_version__asks_nobody_and_one_that_does_not_ship_is_refused():
    assert choose_method(FIRST.method_hash, PAR_INDEX, 0, never) == FIRST
    with pytest.raises(WrongMethod):
        choose_method(b"\7" * 32, PAR_INDEX, 0, lambda: True)


def test_choice__version_without_a_whole_record__founds_nothing(tmp_path):
    for name in ("method-1.json", "method-3.json"):
        (tmp_path / name).write_bytes(METHOD.with_name(name).read_bytes())
    later = tmp_path / "method-3.json"
    record = json.loads(METHOD.with_name("method-3.shadow.json").read_text())
    for damaged in (None, {**record, "until": record["until"] + 1}):
        if damaged is not None:
            (tmp_path / "method-3.shadow.json").write_text(json.dumps(damaged))
        with pytest.raises(NotShadowed) as refused:
            require_shadowed(read_json(later.read_bytes()), later)
        assert not isinstance(refused.value, ShadowObjects)


@given(st.lists(HASHES, min_size=1, max_size=6), st.sets(st.integers(1, 6)))
def test_only_method__of_epochs__is_so_if_all_are_known_and_had_it(hashes, unknown):
    epoch = len(hashes)
    known = [(n, each) for n, each in enumerate(hashes, 1) if n not in unknown]
    found = is_only_method(hashes[-1], epoch, known)
    assert found == (len(known) == epoch and len(set(hashes)) == 1)


@pytest.mark.full
def test_member__of_a_live_index_that_later_had_another_method__is_refused(tmp_path):
    """On a chain: founded by the later version, then of the first, then of the later again."""
    with committee(tmp_path, 4, method_hash=LATER.method_hash, replayed=False) as four:
        config = MemberConfig.read_file(four.paths[0])
        assert _finding(config) == (Severity.OK, True)
        seats = four.index.reporter_config(block=Tag.LATEST)
        admin = Wallet(four.chain, devnet_keys()[0])
        for method, state in ((FIRST, Severity.OK), (LATER, Severity.WRONG)):
            admin.send(four.index.set_reporters(seats.quorum, method.method_hash, seats.reporters))
            assert _finding(config) == (state, False)


def _finding(config):
    """What `member check` finds of the method, and whether a node sees that the index began so."""
    found = {each.subject.split(" ")[0]: each.state for each in check_member(config)}
    ledger = open_ledger(config)
    try:
        return found["method"], is_founding(ledger, ledger.read())
    finally:
        ledger.close()
