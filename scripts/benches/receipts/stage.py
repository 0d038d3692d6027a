"""A deployed market whose every sender is one wallet, and the rounds its reporters make."""

from collections.abc import Sequence
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket, SeriesCreated
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.plan import DEFAULT_TIMING, Plan, Reporters
from pargrade.devnet.anvil import DevChain, devnet_keys
from pargrade.devnet.grades import list_devnet_grades
from pargrade.spot_index.observation import Observation, index_domain, sign
from pargrade.spot_index.report import Part, Report

HOUR: Final = 3_600
DAY: Final = 24 * HOUR
GENESIS: Final = 1_772_323_200
"""2026-03-01T00:00:00Z."""
RING: Final = 256
SPOT: Final = 231_000_000
ABOVE: Final = 240_000_000
"""A reference price above any price here: LONG is paid in quote alone."""
BELOW: Final = 220_000_000
"""One below any price here: LONG is paid in quote and units."""
BAND: Final = (150_000_000, 400_000_000)
EVERYTHING: Final = 2**256 - 1
METHOD: Final = keccak(b"the method of this benchmark")
REPORTERS: Final = tuple(
    Key.parse("0x" + keccak(b"reporter" + bytes([number])).hex()) for number in range(19)
)
PANELS: Final = {3: 5, 5: 7, 7: 11, 13: 19}
"""Reporters in the set, by quorum."""


class Rounds:
    """An index, and reporters who answer it every hour."""

    def __init__(self, wallet: Wallet, index: SpotIndex, quorum: int) -> None:
        self.wallet = wallet
        self.index = index
        self.quorum = quorum
        self.epoch = 1
        self.slot = GENESIS
        self._indices = len(index.index_names(block=Tag.LATEST))
        self._domain = index_domain(wallet.chain.chain_id, index.address)
        self._index_set = index.index_set(block=Tag.LATEST)

    def shrink_to(self, quorum: int) -> None:
        """A smaller set and quorum, which starts a new epoch."""
        seats = tuple(key.address for key in REPORTERS[: PANELS[quorum]])
        self.wallet.send(self.index.set_reporters(quorum, METHOD, seats))
        self.quorum, self.epoch = quorum, self.epoch + 1

    def record(self, signers: int = 0) -> int:
        """The next hourly round, its values within a percent of each other; gas."""
        self.slot = max(self.slot, self.wallet.chain.head().timestamp // HOUR * HOUR) + HOUR
        parts = tuple(self._part(position) for position in range(signers or self.quorum))
        packed = Report.of(self.slot, 0, parts).pack()
        self.wallet.chain.next_block_at(self.slot)
        return self.wallet.send(self.index.submit(packed)).gas_used

    def fill_the_ring(self) -> None:
        """So many rounds that every further one takes the place of an old one."""
        self.record(signers=PANELS[self.quorum])
        for _ in range(RING):
            self.record()

    def over_a_day(self) -> tuple[int, int]:
        """Gas of the dearest round within a day, and of the one at midnight."""
        gas = {}
        for _ in range(24):
            used = self.record()
            gas[self.slot % DAY] = used
        midnight = gas.pop(0)
        return max(gas.values()), midnight

    def _part(self, position: int) -> Part:
        value = SPOT + self.slot // HOUR % 7 * 10**5 + position * 10**4
        observation = Observation(
            index_set=self._index_set,
            epoch=self.epoch,
            slot=self.slot,
            flags=0,
            values=(value,) * self._indices,
            method_hash=METHOD,
            evidence_root=keccak(self.slot.to_bytes(5) + bytes([position])),
        )
        signed = sign(observation, self._domain, REPORTERS[position])
        root = observation.evidence_root
        return Part(position, signed.signature.compact, root, observation.values)


class Stage:
    """Contracts, holders and approvals as they are long after the first transaction."""

    def __init__(self, chain: DevChain, quorum: int) -> None:
        self.chain = chain
        self.wallet = Wallet(self.chain, devnet_keys()[0])
        self.me = self.wallet.address
        reporters = Reporters(
            tuple(key.address for key in REPORTERS[: PANELS[quorum]]), quorum, METHOD
        )
        plan = Plan(reporters, curators=(self.me,), guardians=(self.me,))
        placed = list_devnet_grades(self.wallet, self.wallet, deploy(self.wallet, plan))
        self.deployment = placed
        grade = placed.grade("A1GH")
        self.governance = placed.address("Governance")
        self.rounds = Rounds(
            self.wallet, SpotIndex(self.chain, placed.address("SpotIndex")), quorum
        )
        self.market = FuturesMarket(self.chain, placed.address("FuturesMarket"))
        self.token = TestToken(self.chain, grade.token)
        self.unit = WrappedUnit(self.chain, grade.unit)
        self.quote = TestToken(self.chain, placed.quote_token)

    def gas(self, call: Call[Any]) -> int:
        """Gas of a transaction, from its receipt."""
        return self.wallet.send(call).gas_used

    def place(self, creation: Call[None]) -> Address:
        """Creates a contract; where."""
        return self.wallet.send(creation).contract

    def list_series(self, reference: int, units: tuple[Address, ...], cap: int) -> int:
        """A series of tomorrow; its id. BANDED where there are no units."""
        start = (self.rounds.slot // DAY + 1) * DAY
        low, high = (0, 0) if units else BAND
        terms = SeriesTerms(
            index=0,
            start=start,
            expiry=start + DAY,
            reference_price=reference,
            low=low,
            high=high,
            quote_token=self.quote.address,
            style=Style.NET if units else Style.BANDED,
            units=units,
            cap_lots=(cap,) * (len(units) or 1),
        )
        return int(self.wallet.send(self.market.create(terms)).event(SeriesCreated).series)

    def another_index(self, quorum: int, names: Sequence[str]) -> Rounds:
        """An index of these names, with rounds of its own."""
        creation = SpotIndex.deploy(self.governance, DEFAULT_TIMING, tuple(names))
        index = SpotIndex(self.chain, self.place(creation))
        rounds = Rounds(self.wallet, index, quorum)
        rounds.epoch = 0
        rounds.shrink_to(quorum)
        return rounds
