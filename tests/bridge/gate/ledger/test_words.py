"""The quick reader of events reads what the general decoder reads, and refuses the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.gate.ledger.entry import FOLLOWED
from bridge.gate.ledger.words import event_reader
from pargrade.chain.abi import BadEncoding
from pargrade.chain.hashing import address_of
from pargrade.chain.log import Log

QUICK = [kind for kind in FOLLOWED.values() if event_reader(kind).__name__ == "read"]
GATE = address_of(bytes(20))
WORD = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**104).map(lambda value: value.to_bytes(32)),
    st.sampled_from((0, 1, 2)).map(lambda value: value.to_bytes(32)),
)


def log_of(kind, words, data_end=None):
    topics = (kind.TOPIC, *words[: len(kind.INDEXED)])
    data = b"".join(words[len(kind.INDEXED) :])[:data_end]
    return Log(GATE, topics, data, 1, bytes(32), bytes(32), 0)


def test_readers__of_a_gate__are_quick_for_nearly_every_event():
    assert len(FOLLOWED) - len(QUICK) == 2, "a struct, and an array"


@given(st.sampled_from(QUICK), st.lists(WORD, min_size=8, max_size=8))
def test_reader__of_any_words__reads_what_the_decoder_reads_or_refuses_with_it(kind, words):
    count = len(kind.INDEXED) + len(kind.PLAIN)
    log = log_of(kind, words[:count])
    try:
        expected = kind.decode(log)
    except BadEncoding:
        with pytest.raises(BadEncoding):
            event_reader(kind)(log)
        return
    assert event_reader(kind)(log) == expected


@pytest.mark.parametrize("kind", QUICK, ids=lambda kind: kind.__name__)
def test_reader__of_a_cut_or_foreign_log__refuses(kind):
    words = [bytes(32)] * (len(kind.INDEXED) + len(kind.PLAIN))
    whole = log_of(kind, words)
    assert event_reader(kind)(whole) == kind.decode(whole)
    foreign = Log(GATE, (bytes(32), *whole.topics[1:]), whole.data, 1, bytes(32), bytes(32), 0)
    short = Log(GATE, whole.topics[:-1], whole.data, 1, bytes(32), bytes(32), 0)
    for bad in (foreign, short, *([log_of(kind, words, -1)] if kind.PLAIN else [])):
        with pytest.raises(BadEncoding):
            event_reader(kind)(bad)
