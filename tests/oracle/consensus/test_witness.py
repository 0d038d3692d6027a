"""What was seen is kept, bounded, and compared with what others have seen."""

import json
import time
from dataclasses import replace

import pytest

from oracle.consensus import sighting_store
from oracle.consensus.exchange import Exchange
from oracle.consensus.sighting_store import SightingStore
from oracle.consensus.validation import identify
from pargrade.canonical import canonical_json
from pargrade.clock import DAY_S
from tests.oracle.consensus.test_validation import DOMAIN, EXPECTED, GOOD, KEYS, SLOT, stated
from tests.support.peer import ENDLESS, peer, says

SEPARATOR = DOMAIN.separator()
OTHER = replace(GOOD, values=(1,))


def sighting(observation=GOOD, key=KEYS[2]):
    expected = replace(EXPECTED, slot=observation.slot)
    return identify("", stated(observation, key), expected)


@pytest.fixture
def store(tmp_path):
    opened = SightingStore(tmp_path, SEPARATOR)
    yield opened
    opened.close()


def reopened(tmp_path):
    again = SightingStore(tmp_path, SEPARATOR)
    again.close()
    return again


@pytest.mark.parametrize(
    "change",
    [{"values": (1,)}, {"flags": 1}, {"method_hash": bytes(32)}, {"evidence_root": bytes(32)},
     {"values": (231_000_000, 1)}, {"values": (0,)}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_store__two_contents_of_one_slot__are_a_contradiction_whatever_differs(store, change):
    other = sighting(replace(GOOD, **change))
    assert store.see([sighting(), other]) == [sighting(), other]
    assert store.contradictions() == [(sighting(), other)]


def test_store__the_same_again_or_of_another_slot_or_reporter__is_none(store):
    later = replace(OTHER, slot=SLOT + 60)
    store.see([sighting(), sighting(later), sighting(OTHER, KEYS[3])])
    assert store.see([sighting()]) == []
    assert store.contradictions() == []


def test_store__opened_again__knows_what_it_saw_and_what_is_settled(tmp_path, store):
    other = sighting(OTHER)
    store.see([sighting(), other])
    assert reopened(tmp_path).contradictions() == []
    store.write()
    (found,) = reopened(tmp_path).contradictions()
    assert set(found) == {sighting(), other}
    store.settle(found)
    assert store.contradictions() == []
    assert reopened(tmp_path).contradictions() == []
    elsewhere = SightingStore(tmp_path, bytes(32))
    assert elsewhere.seen_at(SLOT) == []
    elsewhere.close()


def test_store__many_contents_of_one_slot__keeps_two(store):
    store.see([sighting(replace(GOOD, values=(value,))) for value in range(1, 50)])
    store.write()
    assert len(store.seen_at(SLOT)) == 2


def test_store__several_slots_of_a_day__has_one_proof_of_it(store):
    for slot in (SLOT + 60, SLOT, SLOT - DAY_S):
        store.see([sighting(replace(GOOD, slot=slot)), sighting(replace(OTHER, slot=slot))])
    assert [found.a.key.slot for found in store.contradictions()] == [SLOT - DAY_S, SLOT]


def test_store__a_day_later__keeps_proofs_and_lets_go_of_the_rest(tmp_path, store):
    store.see([sighting(), sighting(OTHER), sighting(GOOD, KEYS[3])])
    store.write()
    store.see([sighting(replace(GOOD, slot=SLOT + DAY_S + 60))])
    store.write()
    assert {seen.reporter for seen in reopened(tmp_path).seen_at(SLOT)} == {KEYS[2].address}


def test_store__full__lets_go_of_the_oldest_that_proves_nothing(store, monkeypatch):
    monkeypatch.setattr(sighting_store, "_MOST_SLOTS", 3)
    store.see([sighting(), sighting(OTHER)])
    for minute in range(1, 6):
        store.see([sighting(replace(GOOD, slot=SLOT + 60 * minute))])
    assert len(store.contradictions()) == 1
    assert store.seen_at(SLOT + 60) == []
    assert len(store.seen_at(SLOT + 300)) == 1


def exchanged(*answers, seconds=20, seen=()):
    """What is new to one who has `seen` in the responses of peers that answer in these ways."""
    exchange = Exchange(answers, 2, 5.0)
    exchange.note(SLOT, 100.0)
    found = []
    exchange.start(lambda _: EXPECTED, 104.9)
    assert exchange._waiting == []
    exchange.start(lambda _: EXPECTED, 105.0)
    deadline = time.monotonic() + seconds
    while exchange._waiting and time.monotonic() < deadline:
        found += exchange.collect(lambda slot: [each for each in seen if each.key.slot == slot])
        time.sleep(0.01)
    assert exchange._waiting == []
    exchange.close()
    return found


def says_by_path(own, seen):
    """A peer with its own observation, and others' in what it shares."""

    def response(request):
        is_own = request.path.startswith("/observation")
        body = own if is_own else {"slot": SLOT, "observations": seen}
        says(canonical_json(body))(request)

    return response


def test_exchange__another_node_saw_other_content__the_two_prove_it(store):
    store.see([sighting()])
    with peer(says_by_path(stated(key=KEYS[1]), [stated(OTHER, KEYS[2])])) as url:
        store.see(exchanged(url))
    assert store.contradictions() == [(sighting(), sighting(OTHER))]


STRANGE = [b"", b"[]", b"{}", b'{"observations": 7}', b'{"observations": [7, null, {}]}',
           b'{"observations": [' + b"[" * 5_000, b'{"observations": {"0": 1}}']  # fmt: skip


@pytest.mark.parametrize("body", STRANGE)
def test_exchange__a_peer_shares_something_else__costs_only_what_it_saw(body):
    with peer(says(body)) as bad, peer(says_by_path(stated(), [])) as good:
        assert exchanged(bad, good) == [sighting()]


@pytest.mark.parametrize("name", ["one byte a second", "100 Continue for ever"])
def test_exchange__a_peer_that_never_ends__delays_nobody_for_long(name):
    with peer(ENDLESS[name]) as bad, peer(says_by_path(stated(), [])) as good:
        assert exchanged(bad, good) == [sighting()]


def test_exchange__what_is_seen_or_sent_twice__is_read_once():
    with (
        peer(says_by_path(stated(key=KEYS[1]), [stated()])) as url,
        peer(says_by_path(stated(OTHER), [stated(key=KEYS[1])])) as another,
    ):
        assert exchanged(url, another, seen=[sighting(GOOD, KEYS[1])]) == [
            sighting(),
            sighting(OTHER),
        ]


def test_exchange__a_peer_shares_more_than_there_can_be__is_read_to_its_limit():
    many = [stated(replace(GOOD, values=(value,)), KEYS[2]) for value in range(1, 100)]
    with peer(says_by_path(stated(key=KEYS[1]), many)) as url:
        assert len(exchanged(url)) == 64


def test_exchange__forged_signatures__are_nothing_seen():
    forged = json.loads(json.dumps(stated()))
    forged["observation"]["values"] = ["5"]
    with peer(says_by_path(forged, [forged])) as url:
        assert exchanged(url) == []
