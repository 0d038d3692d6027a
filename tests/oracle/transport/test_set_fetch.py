"""An input set from peers: whole, whoever hangs, lies or has a part of it only."""

import time
from collections import Counter

from oracle.protocol.report.input_set import InputSet
from oracle.transport.set_message import SECTIONS_PATH, SETS_PATH, pack_set_head
from tests.support.input_set_peer import FOUND, fetch, gives
from tests.support.peer import hangs, peer

NAMES = sorted(FOUND.sections)


def test_set__of_an_honest_peer__is_whole_and_each_list_was_asked_for_once():
    asked = Counter()
    with peer(gives(asked, lambda _, body: body)) as url:
        assert fetch(url) == FOUND
    assert asked == {SETS_PATH: 1, SECTIONS_PATH: len(NAMES)}


def test_set__that_no_peer_has_whole__is_put_together_from_what_they_have():
    assert len(NAMES) > 1

    def without(missing):
        return lambda path, body: None if path.endswith(missing.hex()) else body

    first, second = Counter(), Counter()
    with (
        peer(gives(first, without(NAMES[-1]))) as first_url,
        peer(gives(second, without(NAMES[0]))) as second_url,
    ):
        assert fetch(first_url) is None
        first.clear()
        assert fetch(first_url, second_url) == FOUND
    assert first[SECTIONS_PATH] == len(NAMES)
    assert second[SECTIONS_PATH] == 1


def test_peer__with_other_lists_than_those_of_the_root__is_asked_for_no_section():
    asked = Counter()
    other = pack_set_head(InputSet(FOUND.epoch, FOUND.proposal, FOUND.batches[:-1], {}))
    with peer(gives(asked, lambda path, body: other if SETS_PATH in path else body)) as url:
        assert fetch(url) is None
    assert asked == {SETS_PATH: 1}


def test_peer__whose_lists_come_at_the_last_moment__has_its_share_of_time_and_no_more():
    def late(path, body):
        if SECTIONS_PATH in path:
            time.sleep(0.4)
        return body

    slow, quick = Counter(), Counter()
    with (
        peer(gives(slow, late)) as slow_url,
        peer(gives(quick, lambda _, body: body)) as quick_url,
        peer(hangs(30)) as silent,
    ):
        assert fetch(silent, slow_url, quick_url, answer_s=5.0, peer_s=0.1) == FOUND
    assert slow[SECTIONS_PATH] == 1
    assert quick[SECTIONS_PATH] == len(NAMES) - 1


def test_peer__that_sends_another_list_under_a_name__is_passed_over():
    asked = Counter()
    liar = gives(asked, lambda path, body: body + b"x" if SECTIONS_PATH in path else body)
    with peer(liar) as liar_url, peer(gives(asked, lambda _, body: body)) as honest_url:
        assert fetch(liar_url) is None
        assert fetch(liar_url, honest_url) == FOUND
