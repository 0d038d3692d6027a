"""Weaknesses that broke a simpler protocol, planted again: the simulator finds them."""

from collections import Counter

import pytest

from oracle.protocol.batch import shelf
from oracle.protocol.batch.extent import MOST_BODY
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.committee.committee import Committee
from oracle.protocol.machine import phases
from oracle.protocol.report import attested
from oracle.protocol.report.line_price import Basis, LineValue
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.simulation.scenario import BEGIN, Scenario
from oracle.simulation.world import run_scenario
from pargrade.chain.hashing import keccak

pytestmark = pytest.mark.full

SEVEN = Bounds(7, 2, 3)
SEEDS = range(3)


def scenarios(strategy, *, liars=(0, 1), end=BEGIN + 1_000, **changes):
    """Runs in which all liars do the same, in a calm network."""
    for seed in SEEDS:
        pairs = tuple((position, strategy) for position in liars)
        yield Scenario(seed=seed, bounds=SEVEN, liars=pairs, end=end, **changes)


def broken(runs):
    """What was broken in the first of some runs in which anything was."""
    return next(filter(None, (run_scenario(scenario).broken for scenario in runs)), [])


def fix_leader(monkeypatch):
    def leader(self, slot, last_slot):
        return int.from_bytes(keccak(last_slot.to_bytes(5))) % self.bounds.nodes

    monkeypatch.setattr(Committee, "leader", leader)


def skip_prepare(monkeypatch):
    """A REPORT on the first PREPARE seen: one phase, s = f+1."""
    monkeypatch.setattr(Bounds, "prepares", property(lambda self: 1))


def rank_by_newest(monkeypatch):
    """The newest stamp of any attester decides between list prices."""

    def line_value(found, bounds):
        stamps = {}
        for each in found:
            stamps.setdefault((each.price8, each.stated), []).append(each.fetched_at)
        listed = {offer: max(s) for offer, s in stamps.items() if len(s) >= bounds.attesters}
        if listed:
            newest = max(listed, key=listed.__getitem__)
            return LineValue(*newest, listed[newest], Basis.LIST)
        return kept(found, bounds)

    kept = attested.line_value
    monkeypatch.setattr(attested, "line_value", line_value)


def let_leader_choose(monkeypatch):
    """Any 2f+1 batches will do."""
    monkeypatch.setattr(phases, "find_omission", lambda inputs, claims, bounds: None)


def refuse_early(monkeypatch):
    """A proposal is refused for a batch that f+1 nodes claim, as few as liars and one more."""

    def find_omission(inputs, claims, bounds):
        proposed = {each.position for each in inputs}
        claimed = claims.with_at_least(bounds.attesters)
        return next((root.position for root in claimed if root.position not in proposed), None)

    monkeypatch.setattr(phases, "find_omission", find_omission)


def believe_liars(monkeypatch):
    """As many attesters as there are liars make a price."""

    def line_value(found, bounds):
        counts = Counter((each.price8, each.stated) for each in found)
        listed = [offer for offer, count in counts.items() if count >= bounds.liars]
        return LineValue(*max(listed), 0, Basis.LIST) if listed else kept(found, bounds)

    kept = attested.line_value
    monkeypatch.setattr(attested, "line_value", line_value)


def count_by_message(monkeypatch):
    """A batch is measured by each message that brings some of it, not by what is here of it."""

    def put(self, position, manifest, sections):
        brought = tuple(sections)
        if sum(map(len, brought)) > MOST_BODY:
            raise UnreadableMessage("batch", "too large")
        return kept(self, position, manifest, brought)

    kept = shelf.Shelf.put
    monkeypatch.setattr(shelf.Shelf, "put", put)
    monkeypatch.setattr(shelf, "find_excess", lambda manifest, sections: "")


PLANTED = {
    "fixed leader": (fix_leader, "silent", {}, "nothing landed"),
    "no PREPARE": (skip_prepare, "splits as leader", {}, "two digests of REPORT"),
    "newest stamp": (
        rank_by_newest,
        "old price, new stamp",
        {"slow_fetchers": frozenset({2, 3})},
        "is still the price of before",
    ),
    "refusal at f+1 HAVEs": (refuse_early, "known to one alone", {}, "nothing landed"),
    "f attesters": (believe_liars, "lies high", {}, "was seen by no honest node"),
    "batch counted by message": (
        count_by_message,
        "batch in pieces",
        {"end": BEGIN + 260},
        "nothing landed",
    ),
    "chosen quorum": (let_leader_choose, "chosen quorum", {}, "is not in"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_bug_of_a_simpler_protocol__planted__is_found(name, monkeypatch):
    plant, strategy, changes, words = PLANTED[name]
    assert broken(scenarios(strategy, **changes)) == []
    plant(monkeypatch)
    assert any(words in text for text in broken(scenarios(strategy, **changes)))
