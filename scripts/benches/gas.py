"""Gas of the main job, from receipts on a chain of our own: `scripts/bench gas [--json]`.

Every figure is a whole transaction in the steady state: the ring of rounds has gone round, holders
hold, approvals stand. Nothing is warmed up or written by hand: three hundred hourly rounds of five
real signatures each, wraps, pairs, two settled series, and redemptions.
"""

import sys
from typing import Any, Final

from rows import Row, report

from oracle.observation import Domain, Observation, sign
from oracle.report import Part, Report
from pargrade.bindings.futures_market import FuturesMarket, SeriesCreated
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.devnet import Devnet, devnet_keys
from pargrade.chain.hashing import keccak
from pargrade.chain.wallet import Wallet
from pargrade.deploy import Plan, Reporters, deploy
from pargrade.devnet_grades import list_devnet_grades

DAY: Final = 86_400
HOUR: Final = 3_600
GENESIS: Final = 1_772_323_200
"""2026-03-01T00:00:00Z."""
ROUNDS_BEFORE: Final = 264
"""Eleven days of hourly rounds: more than the ring of 256 holds."""
SPOT: Final = 231_000_000
REFERENCE: Final = 240_000_000
"""Above any price here, so that LONG is paid in one token: quote."""
EVERYTHING: Final = 2**256 - 1
METHOD: Final = keccak(b"the method of this benchmark")

LIMITS: Final = {
    "index_update": 84_000,
    "midnight_update": 106_100,
    "wrap": 66_000,
    "unwrap": 60_000,
    "open": 110_000,
    "propose": 60_000,
    "settle": 60_000,
    "propose_settle": 170_000,
    "redeem_1": 70_000,
}
"""The first round after a midnight may cost one fresh storage word (22,100) more: the checkpoint.
Opening and the two halves of settling have no bar of their own; theirs only notice a change.
"""
PEERS: Final = {
    "index_update": {
        "OCR2 (5 of 13)": 119_500,
        "Scribe (5)": 79_500,
        "Maker Median (5)": 73_200,
        "RedStone with rounds (5)": 124_100,
        "Derive spot (5)": 96_900,
        "API3 (5)": 131_400,
    },
    "wrap": {
        "ERC20Wrapper again": 52_700,
        "ERC4626 again": 56_800,
        "xERC20 lockbox in": 59_800,
    },
    "unwrap": {
        "ERC20Wrapper part": 50_100,
        "ERC4626 part": 55_500,
        "xERC20 lockbox out": 59_700,
    },
    "open": {"UMA LSP create again": 95_600},
    "propose": {"UMA LSP propose": 150_700},
    "settle": {"UMA LSP first settle": 239_600},
    "propose_settle": {"UMA LSP propose and first settle": 390_300},
    "redeem_1": {"UMA LSP later settle": 82_000, "UMA LSP redeem": 92_500},
}
"""Receipts of their own code on the same kind of chain, in the same state. In brackets: signatures.
Scribe, Maker and Derive keep no history. ERC20Wrapper and ERC4626 are OpenZeppelin's.
"""

KEYS: Final = devnet_keys()
REPORTERS: Final = KEYS[5:12]
QUORUM: Final = 5


class Bench:
    """A deployed market whose every sender is one wallet."""

    def __init__(self, devnet: Devnet) -> None:
        self.chain = devnet.chain
        self.wallet = Wallet(self.chain, KEYS[0])
        self.me = self.wallet.address
        reporters = Reporters(tuple(key.address for key in REPORTERS), QUORUM, METHOD)
        plan = Plan(reporters, curators=(self.me,), guardians=(self.me,))
        placed = list_devnet_grades(self.wallet, self.wallet, deploy(self.wallet, plan))
        grade = placed.grade("A1GH")
        self.index = SpotIndex(self.chain, placed.address("SpotIndex"))
        self.market = FuturesMarket(self.chain, placed.address("FuturesMarket"))
        self.token = TestToken(self.chain, grade.token)
        self.unit = WrappedUnit(self.chain, grade.unit)
        self.quote = TestToken(self.chain, placed.quote_token)
        self.domain = Domain(self.chain.chain_id, self.index.address)
        self.index_set = self.index.index_set(at=Tag.LATEST)
        self.slot = GENESIS

    def gas(self, call: Call[Any]) -> int:
        """Gas of a transaction, from its receipt."""
        return self.wallet.send(call).gas_used

    def record(self, signers: int = QUORUM) -> int:
        """The next hourly round, its values within a percent of each other; gas."""
        self.slot += HOUR
        parts = []
        for position in range(signers):
            value = SPOT + self.slot // HOUR % 7 * 10**5 + position * 10**4
            observation = Observation(
                index_set=self.index_set,
                epoch=1,
                slot=self.slot,
                flags=0,
                values=(value,),
                method_hash=METHOD,
                evidence_root=keccak(self.slot.to_bytes(5) + bytes([position])),
            )
            signed = sign(observation, self.domain, REPORTERS[position])
            root = observation.evidence_root
            parts.append(Part(position, signed.signature.compact, root, observation.values))
        packed = Report.of(self.slot, 0, tuple(parts)).pack()
        self.chain.next_block_at(self.slot)
        return self.gas(self.index.submit(packed))

    def wrap_and_unwrap(self) -> tuple[int, int]:
        """Gas of wrapping again, and of unwrapping a part."""
        for call in (
            self.token.mint(self.me, 10**15),
            self.token.approve(self.unit.address, EVERYTHING),
            self.unit.wrap(10**12, 0, self.me),
        ):
            self.gas(call)
        wrap = self.gas(self.unit.wrap(123_456_789, 0, self.me))
        return wrap, self.gas(self.unit.unwrap(12_345 * 10**15, 0, self.me))

    def list_series(self, days_ahead: int) -> int:
        """A series of one day on one grade; its id."""
        start = (self.slot // DAY + days_ahead) * DAY
        terms = SeriesTerms(
            index=0,
            start=start,
            expiry=start + DAY,
            reference_price=REFERENCE,
            low=0,
            high=0,
            quote_token=self.quote.address,
            style=Style.NET,
            units=(self.unit.address,),
            cap_lots=(10**9,),
        )
        return int(self.wallet.send(self.market.create(terms)).event(SeriesCreated).series)

    def open(self, series: int, lots: int) -> int:
        """Opens pairs with both sides in one hand; gas."""
        return self.gas(self.market.open(series, 0, lots, self.me, self.me))


def measure(bench: Bench) -> list[Row]:
    """Runs the job and returns its rows."""
    bench.record(signers=len(REPORTERS))
    for _ in range(ROUNDS_BEFORE):
        bench.record()
    wrap, unwrap = bench.wrap_and_unwrap()
    for call in (
        bench.quote.mint(bench.me, 10**15),
        bench.quote.approve(bench.market.address, EVERYTHING),
        bench.unit.approve(bench.market.address, EVERYTHING),
    ):
        bench.gas(call)
    # Two series that differ in nothing but a day and their open interest.
    small, large = bench.list_series(1), bench.list_series(2)
    for series in (small, large):
        bench.open(series, 1)
    opened = bench.open(large, 10**7)

    updates, midnights, proposed = [], [], []
    for series in (small, large):
        expiry = bench.market.series(series, at=Tag.LATEST).terms.expiry
        while bench.slot < expiry:
            gas = bench.record()
            (updates if bench.slot % DAY else midnights).append(gas)
        proposed.append(bench.gas(bench.market.propose(series)))
    bench.chain.advance(bench.slot + 2 * DAY)
    settled = [bench.gas(bench.market.finalise(series)) for series in (small, large)]
    bench.gas(bench.market.redeem(large, 1, bench.me))
    redeem = bench.gas(bench.market.redeem(large, 12_345, bench.me))
    figures = {
        "index_update": max(updates),
        "midnight_update": max(midnights),
        "wrap": wrap,
        "unwrap": unwrap,
        "open": opened,
        "propose": max(proposed),
        "settle": max(settled),
        "propose_settle": max(p + s for p, s in zip(proposed, settled, strict=True)),
        "redeem_1": redeem,
    }
    return [
        Row(name, figure, LIMITS[name], "gas", peers=PEERS.get(name, {}))
        for name, figure in figures.items()
    ]


def main() -> int:
    """Exit code 1 when a limit is missed."""
    with Devnet(genesis=GENESIS) as devnet:
        rows = measure(Bench(devnet))
    return report(rows, as_json="--json" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
