"""What the log says of every epoch, read at once or again and again over re-orgs."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.epochs.epoch_log import EpochLog
from oracle.epochs.terms import Terms
from pargrade.bindings.spot_index_v2 import (
    IndexRefused,
    IndicesAppended,
    ReportersChanged,
    ReportRecorded,
    RoundRecorded,
)
from pargrade.bindings.structs import Refusal, Timing
from pargrade.chain.log import Log
from pargrade.devnet.anvil import devnet_keys
from pargrade.spot_index.common_report import common_domain
from pargrade.spot_index.observation import index_set_of

NAMES = ("A", "B", "C", "D")
MEMBERS = tuple(key.address for key in devnet_keys()[:5])
TIMING = Timing(60, 3_600, 300, 180, 300, 25, 2_000)
TERMS = Terms(common_domain(31_337, MEMBERS[0]), NAMES, (TIMING,) * len(NAMES), 0)


class Script:
    """A contract as far as its log goes."""

    def __init__(self, indices):
        self.indices, self.epoch, self.block, self.left = indices, 0, 0, 5
        self.logs, self.expected, self.reported = [], {}, set()
        self.seat(5)

    def emit(self, event):
        self.logs.append((Log(MEMBERS[0], (), b"", self.block, b"", b"", 0), event))

    def seat(self, members):
        self.left, self.epoch = members, self.epoch + 1
        self.emit(ReportersChanged(self.epoch, 4, bytes(32), MEMBERS[:members]))
        self.expected[self.epoch] = (members, self.indices)

    def play(self, act):
        self.block += 1
        if act == "append" and self.indices < len(NAMES):
            self.indices += 1
            names = NAMES[: self.indices]
            self.emit(IndicesAppended(names, index_set_of(names)))
            self.seat(self.left)
        elif act == "proof" and self.left:
            self.seat(self.left - 1)
        elif act == "mend":
            self.seat(5)
        elif act == "report" and self.left >= 4:
            self.reported.add(self.epoch)
            self.emit(ReportRecorded(self.block.to_bytes(32), self.epoch, 15))
            for index in range(self.indices):
                if index % 2:
                    self.emit(IndexRefused(index, 60 * self.block, Refusal.ABSENT, 0, 0))
                else:
                    self.emit(RoundRecorded(index, 60 * self.block, 1, 1, 1))


ACTS = st.lists(st.sampled_from(["append", "proof", "mend", "report", "report"]), max_size=25)


def played(indices, acts):
    script = Script(indices)
    for act in acts:
        script.play(act)
    return script


@given(st.integers(1, 3), ACTS)
def test_log__of_appends_proofs_and_mends__has_the_committee_of_every_epoch_with_reports(
    indices, acts
):
    script, log = played(indices, acts), EpochLog()
    log.take(script.logs, script.indices)
    assert {each.epoch for each in log.rounds()} == script.reported
    assert set(log.methods()) == set(script.expected)
    for epoch, (members, names) in script.expected.items():
        found = log.committee(epoch, TERMS)
        if found is None:
            assert members < 4 or epoch not in script.reported
            continue
        assert found.members == MEMBERS[:members]
        assert found.committee.bounds.liars == (1 if members == 5 else 0)
        assert found.committee.index_set == index_set_of(NAMES[:names])
    assert log.committee(script.epoch + 1, TERMS) is None


@given(st.integers(1, 3), ACTS, ACTS, st.integers(0, 25))
def test_log__read_again_after_a_re_org__is_as_if_it_had_been_read_once(
    indices, lost, final, block
):
    once, again = EpochLog(), EpochLog()
    # What both chains have in common comes before the block; whatever came after it was read.
    block = min(block, len(lost) + 1)
    common = lost[: max(block - 1, 0)]
    script = played(indices, common + final)
    once.take(script.logs, script.indices)
    former = played(indices, lost)
    again.take(former.logs, former.indices)
    again.forget_from(block)
    again.take([each for each in script.logs if each[0].block_number >= block], script.indices)
    assert again.rounds() == once.rounds()
    for epoch in range(script.epoch + 2):
        assert again.committee(epoch, TERMS) == once.committee(epoch, TERMS)
