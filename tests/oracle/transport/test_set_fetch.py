"""An input set from peers: whole, whoever hangs, lies or has a part of it only."""

import time
from collections import Counter

from oracle.protocol.report.input_set import InputSet
from oracle.transport.set_message import SECTIONS_PATH, SETS_PATH, pack_set_head
from oracle.transport.set_peers import SetPeers
from tests.support.input_set_peer import FOUND, fetch, fetch_from, gives
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


class Clock:
    """Time that passes while a peer answers, and at no other moment."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def slows(self, seconds):
        def change(path, body):
            if SECTIONS_PATH in path:
                self.now += seconds
            return body

        return change


def test_peer__whose_answers_dribble__takes_one_share_of_time_of_ten_sets():
    clock, slow, quick = Clock(), Counter(), Counter()
    with (
        peer(gives(slow, clock.slows(40))) as slow_url,
        peer(gives(quick, lambda _, body: body)) as quick_url,
    ):
        peers = SetPeers([slow_url, quick_url], 60, clock)
        assert [fetch_from(peers) for _ in range(10)] == [FOUND] * 10
    assert slow == {SETS_PATH: 1, SECTIONS_PATH: 2}
    assert quick == {SETS_PATH: 10, SECTIONS_PATH: 10 * len(NAMES) - 2}


def test_peer__whose_answers_dribble__is_not_asked_again_while_any_other_has_a_set():
    clock, slow, even, odd = Clock(), Counter(), Counter(), Counter()
    fetched = []

    def every_second(place):
        return lambda _, body: body if len(fetched) % 2 == place else None

    with (
        peer(gives(slow, clock.slows(40))) as slow_url,
        peer(gives(even, every_second(0))) as even_url,
        peer(gives(odd, every_second(1))) as odd_url,
    ):
        peers = SetPeers([slow_url, even_url, odd_url], 60, clock)
        while len(fetched) < 6:
            fetched.append(fetch_from(peers))
    assert fetched == [FOUND] * 6
    assert slow == {SETS_PATH: 1, SECTIONS_PATH: 2}
    assert even[SETS_PATH] + odd[SETS_PATH] > 6


def test_peer__that_alone_has_the_sets__gives_all_of_them_in_more_than_one_share_of_time():
    clock, slow, empty = Clock(), Counter(), Counter()
    with (
        peer(gives(slow, clock.slows(8))) as slow_url,
        peer(gives(empty, lambda _, body: None)) as empty_url,
    ):
        peers = SetPeers([slow_url, empty_url], 60, clock)
        assert [fetch_from(peers) for _ in range(10)] == [FOUND] * 10
    assert clock.now > 180


def test_peer__that_sends_another_list_under_a_name__is_passed_over():
    asked = Counter()
    liar = gives(asked, lambda path, body: body + b"x" if SECTIONS_PATH in path else body)
    with peer(liar) as liar_url, peer(gives(asked, lambda _, body: body)) as honest_url:
        assert fetch(liar_url) is None
        assert fetch(liar_url, honest_url) == FOUND
