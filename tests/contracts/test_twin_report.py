"""The oracle's observations and reports against the bytecode of SpotIndex.

Sets of one to thirteen reporters, four indices, values missing here and there: what the oracle
packs has to be read as it was meant, and the medians it names have to be the chain's.
"""

from random import Random
from typing import Final

import pytest

from pargrade.bindings.errors import NothingToRecord, TooFast
from pargrade.bindings.spot_index import RoundRecorded
from pargrade.chain.keys import Key
from pargrade.spot_index.observation import Observation, index_domain, index_set_of, sign
from pargrade.spot_index.report import Part, Report
from tests.support.reporters import METHOD, Reporters
from tests.support.venue import Venue

pytestmark = pytest.mark.full

SETS, SUBMISSIONS, INDICES = 25, 100, 4
MIDNIGHT: Final = 1_772_582_400
NAMES: Final = tuple(f"index {n}" for n in range(INDICES))
INDEX_SET: Final = index_set_of(NAMES)
KEYS: Final = tuple(Key(bytes([n]) * 32) for n in range(1, 14))


class Panel:
    """A reporter set and the index it reports to."""

    def __init__(self, random: Random) -> None:
        self.random = random
        # Two reporters have no odd majority.
        self.size = random.choice([n for n in range(1, 14) if n != 2])
        self.quorum = random.choice([q for q in range(1, self.size + 1, 2) if 2 * q > self.size])
        self.keys = tuple(random.sample(KEYS, self.size))
        venue = Venue(MIDNIGHT, names=NAMES, reporters=Reporters(self.keys, self.quorum))
        self.evm, self.index = venue.evm, venue.index
        self.domain = index_domain(self.evm.chain_id, self.index.address)
        self.slot = MIDNIGHT
        self.last = [0] * INDICES

    def submit(self) -> int:
        """One submission by a random quorum; the number of medians it moved."""
        random = self.random
        self.slot += 3_600
        self.evm.warp(self.slot)
        count = random.randint(self.quorum, self.size)
        positions = random.sample(range(self.size), count)
        values = [self._values() for _ in positions]
        report = self._report(positions, values)
        assert Report.unpack(report.pack()) == report
        moved = self._send(report, values)
        for i in moved:
            middle = sorted(row[i] for row in values if row[i])
            self.last[i] = middle[(len(middle) - 1) // 2]
            assert report.medians[i] == self.last[i]
        for i in range(INDICES):
            found = self.index.latest(i, block=MIDNIGHT)
            assert found.value == self.last[i]
            if i in moved:
                assert found.signers == sum(1 for row in values if row[i])
                assert (found.slot, found.flags) == (self.slot, report.flags)
        return len(moved)

    def _send(self, report: Report, values: list[list[int]]) -> list[int]:
        """The indices that got a new value."""
        observed = [sum(1 for row in values if row[i]) for i in range(INDICES)]
        expected = [i for i in range(INDICES) if observed[i] >= self.quorum]
        call = self.index.submit(report.pack())
        if not expected:
            with pytest.raises(NothingToRecord):
                self.evm.send(call)
            return []
        try:
            mask = self.evm.send(call)
        except TooFast as fast:
            self._require_too_fast(fast, observed[fast.index], report.medians[fast.index])
            return []
        assert mask == sum(1 << i for i in expected)
        events = self.evm.events(RoundRecorded, self.index.address)
        assert [(e.index, e.value) for e in events] == [(i, report.medians[i]) for i in expected]
        return expected

    def _require_too_fast(self, fast: TooFast, observed: int, value: int) -> None:
        """A plain quorum moves a value by a fifth an hour at most, and gives no first value."""
        assert observed < fast.wide_quorum == (self.size + self.quorum + 1) // 2
        assert (fast.last, fast.value) == (self.last[fast.index], value)
        assert fast.last == 0 or abs(value - fast.last) * 5 > fast.last

    def _values(self) -> list[int]:
        """Near the last value, and absent now and then."""
        random = self.random
        row = []
        for last in self.last:
            near = max(1, (last or 231_000_000) * random.randint(90, 110) // 100)
            row.append(near if random.random() < 0.95 else 0)
        return row

    def _report(self, positions: list[int], values: list[list[int]]) -> Report:
        flags, parts = self.random.randint(0, 255), []
        for position, row in zip(positions, values, strict=True):
            observation = Observation(
                index_set=INDEX_SET,
                epoch=1,
                slot=self.slot,
                flags=flags,
                values=tuple(row),
                method_hash=METHOD,
                evidence_root=self.random.randbytes(32),
            )
            signature = sign(observation, self.domain, self.keys[position]).signature.compact
            parts.append(Part(position, signature, observation.evidence_root, observation.values))
        return Report.of(self.slot, flags, tuple(parts))


def test_report__ten_thousand_medians_of_random_panels__python_equals_bytecode():
    random = Random(20_260_309)
    moved = 0
    for _ in range(SETS):
        panel = Panel(random)
        for _ in range(SUBMISSIONS):
            moved += panel.submit()
    # The others had no quorum, or moved too fast for a plain one, and have to stay as they were.
    assert SETS * SUBMISSIONS * INDICES // 2 < moved < SETS * SUBMISSIONS * INDICES
