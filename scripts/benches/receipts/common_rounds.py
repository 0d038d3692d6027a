"""An index of the second version, and reporters who agree on one report every hour."""

from collections.abc import Sequence
from typing import Final

from oracle.protocol.committee.bounds import Bounds, most_liars
from oracle.protocol.committee.committee import Committee
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.content import digest_of
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.structs import Limits
from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.deployment.plan import DEFAULT_TIMING, WIDE_PERCENT
from pargrade.spot_index.common_report import common_domain
from pargrade.spot_index.submission import pack_submission
from receipts.stage import DAY, HOUR, METHOD, REPORTERS, SPOT, Stage

LIMITS: Final = Limits(
    heartbeat=HOUR,
    grace=DEFAULT_TIMING.grace,
    min_interval=HOUR,
    deviation_bps=DEFAULT_TIMING.deviation_bps,
    band_bps=DEFAULT_TIMING.band_bps,
    wide_percent=WIDE_PERCENT,
)
"""Rounds an hour apart, so that a ring of ten days goes round within a bench."""
RING: Final = 10 * DAY // HOUR + 1


class CommonRounds:
    """One index set on a stage's chain, so many rounds after its first."""

    def __init__(
        self,
        stage: Stage,
        names: Sequence[str],
        reporters: int,
        signatures: int,
        rounds: int = RING,
    ) -> None:
        self._wallet = stage.wallet
        creation = SpotIndexV2.deploy(
            stage.governance, DEFAULT_TIMING.grid, 0, tuple(names), (LIMITS,) * len(names)
        )
        self.index = SpotIndexV2(stage.chain, stage.place(creation))
        self._indices = len(names)
        self._slot = stage.rounds.slot
        self.seat(reporters, signatures)
        self.record(reporters)
        for _ in range(rounds):
            self.record()

    def seat(self, reporters: int, signatures: int) -> None:
        """A set of this size, and so many signatures a report needs: a new epoch."""
        seats = tuple(key.address for key in REPORTERS[:reporters])
        self._wallet.send(self.index.set_reporters(signatures, METHOD, seats))
        self._signatures = signatures
        chain, timing = self.index.chain, self.index.timing(block=Tag.LATEST)
        self._committee = Committee(
            bounds=Bounds(reporters, most_liars(reporters), signatures),
            domain=common_domain(chain.chain_id, self.index.address),
            index_set=self.index.index_set(block=Tag.LATEST),
            epoch=self.index.reporter_config(block=Tag.LATEST).epoch,
            method_hash=METHOD,
            indices=self._indices,
            flags=0,
            grid_s=timing.grid,
            heartbeat_s=timing.heartbeat,
            min_interval_s=timing.min_interval,
            deviation_bps=timing.deviation_bps,
        )

    def record(self, signers: int = 0) -> int:
        """The next hourly round, all values within a percent of each other; gas."""
        chain = self.index.chain
        self._slot = max(self._slot, chain.head().timestamp // HOUR * HOUR) + HOUR
        value = SPOT + self._slot // HOUR % 7 * 10**5
        figures = (Figure(value, value // 100, 4),) * self._indices
        report = CommonReport(self._slot, 0, figures, keccak(self._slot.to_bytes(5)))
        digest = digest_of(report, self._committee)
        signatures = {
            position: REPORTERS[position].sign(digest).compact
            for position in range(signers or self._signatures)
        }
        packed = pack_submission(self._slot, 0, figures, report.input_root, signatures)
        chain.next_block_at(self._slot)
        return self._wallet.send(self.index.submit(packed)).gas_used

    def over_a_day(self) -> tuple[int, int]:
        """Gas of the dearest round within a day, and of the one at midnight."""
        gas = {}
        for _ in range(24):
            used = self.record()
            gas[self._slot % DAY] = used
        midnight = gas.pop(0)
        return max(gas.values()), midnight
