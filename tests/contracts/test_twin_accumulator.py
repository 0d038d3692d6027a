"""`pargrade.accumulator` against the bytecode of SpotIndex, on rounds with real signatures.

One reporter that is its own quorum signs every round, so that any sequence of values and gaps can
be had for one signature each; the encoding of the report is the oracle's own.
"""

from collections import Counter
from random import Random
from typing import Final

import pytest

from pargrade.bindings.errors import NoCheckpoint, NotFinal
from pargrade.bindings.structs import Timing
from pargrade.clock import DAY_S
from pargrade.spot_index import accumulator as twin
from pargrade.spot_index.accumulator import Round, land
from pargrade.spot_index.observation import Observation, index_domain, index_set_of, sign
from pargrade.spot_index.report import Part, Report
from pargrade.units import Price
from tests.support.reporters import METHOD
from tests.support.venue import ALONE, Venue

pytestmark = pytest.mark.full

HISTORIES, ROUNDS = 40, 250
MIDNIGHT: Final = 1_772_582_400
NAMES: Final = ("SCU / USD",)


def _timing(random: Random) -> Timing:
    heartbeat = random.choice((600, 3_600, 43_200, 80_000))
    return Timing(
        grid=60,
        heartbeat=heartbeat,
        grace=random.randint(0, DAY_S - heartbeat),
        max_age=random.choice((60, 900, DAY_S)),
        min_interval=300,
        deviation_bps=25,
        band_bps=2_000,
    )


class History:
    """One index with its rounds, on chain and in Python."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.timing = _timing(random)
        self.hold = self.timing.heartbeat + self.timing.grace
        self.venue = Venue(MIDNIGHT, self.timing, NAMES)
        self.index = self.venue.index
        self.domain = index_domain(self.venue.evm.chain_id, self.index.address)
        self.index_set = index_set_of(NAMES)
        self.rounds: list[Round] = []
        self.slot = MIDNIGHT

    def grow(self) -> None:
        """One more round, after minutes or days, submitted at once or late."""
        random = self.random
        wait = random.choice(
            (300, random.randint(5, 120) * 60, self.timing.heartbeat, random.randint(5, 6_000) * 60)
        )
        self.slot += -(-max(wait, 300) // 60) * 60
        value = Price(random.randrange(1, 2 ** random.randint(1, 64)))
        self.venue.evm.warp(self.slot + random.randint(0, self.timing.max_age))
        self.venue.evm.send(self.index.submit(self._report(value)))
        last = self.rounds[-1] if self.rounds else None
        self.rounds.append(land(last, self.slot, value, self.hold))

    def check_latest(self) -> None:
        found, expected = self.index.latest(0, block=MIDNIGHT), self.rounds[-1]
        assert (found.slot, found.value) == (expected.slot, expected.value)
        assert (found.value_time, found.covered_time) == (
            expected.value_time,
            expected.covered_time,
        )

    def check_window(self) -> str:
        """Any window between midnights, past the last round or before the first included."""
        random, now = self.random, self.venue.evm.time
        first = MIDNIGHT // DAY_S
        start = random.randint(first, now // DAY_S)
        end = start + random.choice((1, 1, 2, 3, random.randint(1, 60)))
        a, b = start * DAY_S, end * DAY_S
        final = self.rounds[-1].slot >= b or now >= b + self.timing.max_age
        if self.rounds[0].slot >= a:
            with pytest.raises(NoCheckpoint):
                self.index.window(0, a, b, block=MIDNIGHT)
            with pytest.raises(twin.NoCheckpoint):
                twin.window(self.rounds, a, b, self.hold)
            return "before the first round"
        if not final:
            with pytest.raises(NotFinal):
                self.index.window(0, a, b, block=MIDNIGHT)
            return "not final"
        found = self.index.window(0, a, b, block=MIDNIGHT)
        expected = twin.window(self.rounds, a, b, self.hold)
        assert (found.value_time, found.covered_time, found.long_gap) == (
            expected.value_time,
            expected.covered_time,
            expected.long_gap,
        )
        return "with a long gap" if found.long_gap else "without a long gap"

    def _report(self, value: Price) -> bytes:
        observation = Observation(
            index_set=self.index_set,
            epoch=1,
            slot=self.slot,
            flags=1,
            values=(int(value),),
            method_hash=METHOD,
            evidence_root=self.random.randbytes(32),
        )
        signed = sign(observation, self.domain, ALONE.keys[0])
        part = Part(0, signed.signature.compact, observation.evidence_root, observation.values)
        return Report.of(self.slot, observation.flags, (part,)).pack()


def test_accumulator__ten_thousand_rounds_of_forty_histories__python_equals_bytecode():
    random = Random(20_260_307)
    seen: Counter[str] = Counter()
    for _ in range(HISTORIES):
        history = History(random)
        for _ in range(ROUNDS):
            history.grow()
            history.check_latest()
            seen[history.check_window()] += 1
    # Each kind of window has to come up often enough to mean something.
    assert len(seen) == 4
    assert min(seen.values()) > 100


def test_accumulator__midnights_nobody_passed__python_equals_bytecode_days_later():
    random = Random(20_260_308)
    seen: Counter[str] = Counter()
    for _ in range(HISTORIES):
        history = History(random)
        for _ in range(3):
            history.grow()
        # Silence: every midnight after the last round is computed, not stored.
        for _ in range(10):
            history.venue.evm.warp(history.venue.evm.time + random.randint(1, DAY_S))
            seen[history.check_window()] += 1
    assert seen["with a long gap"] > 20
    assert seen["without a long gap"] > 20
