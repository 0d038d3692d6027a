"""Rounds that are written down once are those that the logs have, however the logs arrive."""

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from oracle.consensus.round_history import CSV_HEADER, csv_text, rows_of
from oracle.node.written_rounds import WrittenRounds, between
from pargrade.bindings.spot_index import EquivocationProven
from pargrade.canonical import canonical_json
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log
from pargrade.deployment.recorded_round import RecordedRound
from pargrade.spot_index.quorum import IndexVersion

NAMES = ("SCU / USD", 'H100, "SXM" / USD')
NOBODY = Address("0x" + "11" * 20)


def log(block):
    return Log(NOBODY, (), b"", block, bytes(32), block.to_bytes(32), 0)


def recorded(place, slot, value8):
    return RecordedRound(IndexVersion.OBSERVATIONS, place, slot, value8, 1, 0b111)


@st.composite
def histories(draw):
    """Logs of a contract in order: rounds of two indices, and proofs about slots that were."""
    found, slots = [], [1_772_582_400, 1_772_582_400]
    for block in range(draw(st.integers(0, 25))):
        if draw(st.booleans()) or not found:
            place = draw(st.integers(0, 1))
            slots[place] += draw(st.integers(1, 2)) * 60
            event = recorded(place, slots[place], draw(st.integers(1, 9**9)))
        else:
            slot = draw(st.sampled_from([event.slot for _, event in found]))
            event = EquivocationProven(NOBODY, slot, 1, bytes(32), bytes(32))
        found.append((log(block), event))
    return found


@given(histories(), st.lists(st.integers(0, 25), max_size=4), st.integers(0, 25))
def test_rounds__in_any_pieces__are_those_of_all_logs_at_once(logs, cuts, settled):
    rounds, begin = WrittenRounds(NAMES, 99), 0
    for cut in sorted({min(cut, settled) for cut in cuts} | {settled}):
        rounds.add(logs[begin:cut])
        begin = max(begin, cut)
    rows, wanted = rounds.with_fresh(logs[begin:]), rows_of(logs, NAMES)
    assert [row.row for row in rows] == list(wanted)
    assert [json.loads(row.json) for row in rows] == [row.to_json() for row in wanted]
    assert all(row.json == canonical_json(json.loads(row.json)) for row in rows)
    text = CSV_HEADER + b"".join(row.csv for row in rows).decode()
    assert text == csv_text(wanted)
    read = csv.DictReader(io.StringIO(text, newline=""))
    assert list(read) == [{k: str(v) for k, v in row.to_json().items()} for row in wanted]


@given(histories(), st.integers(1, 9))
def test_rounds__beyond_the_most__are_let_go_by_whole_slots_and_say_from_where(logs, most):
    rounds = WrittenRounds(NAMES, most)
    for number in range(len(logs)):
        rounds.add(logs[number : number + 1])
    kept = [row.row for row in rounds.with_fresh([])]
    assert len(kept) <= most
    assert kept == [row for row in rows_of(logs, NAMES) if row.slot >= rounds.complete_from]


def test_rows__of_an_index_that_was_appended_and_is_not_named__go_by_its_number():
    slot = 1_772_582_400
    logs = [(log(place), recorded(place, slot, 5)) for place in range(2)]
    assert [row.index for row in rows_of(logs, NAMES[:1])] == [NAMES[0], "1"]


@given(histories(), st.integers(0, 30), st.integers(0, 30))
def test_between__two_slots__has_the_first_and_not_the_last(logs, first, last):
    rounds = WrittenRounds(NAMES, 99)
    rounds.add(logs)
    rows = rounds.with_fresh([])
    since, until = (1_772_582_400 + 60 * n for n in (first, last))
    assert list(between(rows, since, until)) == [row for row in rows if since <= row.slot < until]
