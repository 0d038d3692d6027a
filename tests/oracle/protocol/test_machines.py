"""Machines with real keys: a round from fetch to landing, and whatever bytes a stranger sends."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.protocol.batch.section import LinePrice, pack_section
from oracle.protocol.batch.table import Fetched
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.machine.machine import Machine, View
from oracle.protocol.machine.outputs import Ignored, Send, Transmit, TwoContents
from oracle.protocol.machine.promises import PromiseRecord, Promises
from oracle.protocol.transmission.landing import find_refusal
from oracle.protocol.wire.signatory import KeySignatory
from oracle.simulation.market import value_lines
from oracle.simulation.scenario import BEGIN, committee_of
from pargrade.chain.keys import Key

COMMITTEE = committee_of(Bounds(5, 1, 4))
KEYS = [Key(bytes(31) + bytes([number + 1])) for number in range(5)]
MEMBERS = [key.address for key in KEYS]
TABLE = {
    name: Fetched(BEGIN - 5, pack_section([LinePrice(b"H100/1", price8), LinePrice(b"H200/8", 9)]))
    for name, price8 in (("alpha", 200), ("beta", 210), ("gamma", 220))
}


def machine(position, promises=None):
    signatory = KeySignatory(KEYS[position], MEMBERS)
    return Machine(COMMITTEE, position, signatory, value_lines, promises or Promises())


def run_round(machines, now=float(BEGIN), held=frozenset()):
    """Everything the machines put out while all messages but the held ones arrive at once."""
    seen, waiting = [], []

    def work(position, outputs):
        for output in outputs:
            seen.append((position, output))
            if isinstance(output, Send):
                waiting.extend((to, position, output.raw) for to in output.to)

    for position, each in enumerate(machines):
        work(position, each.tick(now, View(TABLE, 0)))
    while waiting:
        to, sender, raw = waiting.pop(0)
        if raw not in held:
            work(to, machines[to].receive(sender, raw, now))
    return seen


def outputs_of(seen, kind):
    return [output for _, output in seen if isinstance(output, kind)]


def test_round__of_five_machines_with_keys__lands_what_all_computed():
    seen = run_round([machine(position) for position in range(5)])
    landing = outputs_of(seen, Transmit)[0].landing
    assert [each.value8 for each in landing.report.figures] == [210, 9]
    signatory = KeySignatory(KEYS[0], MEMBERS)
    assert find_refusal(landing, COMMITTEE, signatory, 0, BEGIN) is None
    assert find_refusal(landing, COMMITTEE, signatory, BEGIN, BEGIN) is not None
    assert find_refusal(landing, COMMITTEE, signatory, 0, BEGIN + 181) is not None
    assert outputs_of(seen, Ignored) == outputs_of(seen, TwoContents) == []


def test_message__that_is_a_promise__leaves_after_its_record():
    seen = run_round([machine(position) for position in range(5)])
    for position in range(5):
        mine = [output for who, output in seen if who == position]
        records = [output.raw for output in mine if isinstance(output, PromiseRecord)]
        assert len(records) >= 3
        for raw in records:
            sent = [place for place, each in enumerate(mine) if getattr(each, "raw", 0) == raw]
            assert isinstance(mine[sent[0]], PromiseRecord)


def test_machine__started_on_its_journal_again__signs_nothing_new_for_the_slot():
    seen = run_round([machine(position) for position in range(5)])
    records = [output for who, output in seen if who == 2 and isinstance(output, PromiseRecord)]
    again = machine(2, Promises(records))
    outputs = again.tick(BEGIN + 1.0, View({}, 0))
    assert outputs_of([(2, each) for each in outputs], PromiseRecord) == []
    sent = {output.raw for output in outputs if isinstance(output, Send)}
    assert {record.raw for record in records if record.promise in ("prepare", "report")} <= sent


def test_machine__restored_from_an_old_copy__signs_nothing_for_the_slot_in_progress():
    outputs = machine(2, Promises([], floor=BEGIN)).tick(BEGIN + 1.0, View(TABLE, 0))
    assert [each for each in outputs if isinstance(each, PromiseRecord)] == []


ROUND = run_round([machine(position) for position in range(5)])
RAWS = [output.raw for output in outputs_of(ROUND, Send)]


def test_report__whose_round_has_landed__goes_again_with_a_late_vote_by_who_brought_it_alone():
    late = next(
        output.raw
        for who, output in ROUND
        if who == 4 and isinstance(output, PromiseRecord) and output.promise == "report"
    )
    machines = [machine(position) for position in range(5)]
    seen = run_round(machines, held={late})
    [(leader, first)] = [(who, each) for who, each in seen if isinstance(each, Transmit)]
    assert len(first.landing.certificate.votes) == 4
    for position, each in enumerate(machines[:4]):
        outputs = each.tick(BEGIN + 1.0, View(TABLE, BEGIN))
        assert outputs_of([(position, output) for output in outputs], Transmit) == []
        outputs = each.receive(4, late, BEGIN + 2.0)
        again = outputs_of([(position, output) for output in outputs], Transmit)
        assert bool(again) == (position == leader)
        assert all(len(output.landing.certificate.votes) == 5 for output in again)
        assert (
            outputs_of([(0, each) for each in each.receive(4, late, BEGIN + 2.1)], Transmit) == []
        )


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.sampled_from(RAWS), st.integers(0, 2**32))
def test_bytes__of_a_stranger__are_named_when_refused_and_raise_nothing(raw, seed):
    draw = random.Random(seed)
    changed = bytearray(raw)
    for _ in range(draw.randrange(3) if changed else 0):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    cut = bytes(changed[: draw.randrange(len(changed) + 1)] if draw.random() < 0.3 else changed)
    node = machine(0)
    node.tick(BEGIN + 0.5, View(TABLE, 0))
    outputs = node.receive(1, cut, BEGIN + 0.6)
    assert all(output.reason for output in outputs if isinstance(output, Ignored))
    ignored = [output for output in outputs if isinstance(output, Ignored)]
    if raw in RAWS and cut == raw:
        assert ignored == []
    if raw not in RAWS or len(cut) < len(raw):
        assert len(ignored) == 1
