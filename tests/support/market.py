"""A deployed market on a development chain, with the acts that tests are made of."""

import time
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket, SeriesCreated
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import SeriesTerms, Style, Timing
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, address_of, keccak
from pargrade.chain.receipt import Receipt
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.file import DeployedSeries
from pargrade.deployment.grade_listing import list_grade
from pargrade.deployment.plan import Plan
from pargrade.deployment.plan import Reporters as ReporterPlan
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from pargrade.grade.terms import Basis, Denomination, GradeTerms, Kind, Precision
from pargrade.units import Scu
from tests.support.reporters import METHOD, Reporters

DAY: Final = 86_400
MIDNIGHT: Final = 1_772_582_400
"""2026-03-04T00:00:00Z."""
PRICE: Final = 2 * 10**8
"""2.00 USD per SCU."""
PLENTY: Final = 2**256 - 1

# Two rounds cover a day, so that a delivery window takes four transactions instead of thirty.
TIMING: Final = Timing(
    grid=60,
    heartbeat=12 * 3_600,
    grace=3_600,
    max_age=900,
    min_interval=300,
    deviation_bps=25,
    band_bps=2_000,
)


def account(number: int) -> Address:
    """An account nobody has the key of."""
    return address_of(keccak(b"holder %d" % number)[12:])


class Market:
    """Contracts on `net`, two grades, and one wallet that is everyone but the reporters."""

    def __init__(self, net: Devnet, timing: Timing = TIMING) -> None:
        keys = devnet_keys()
        self.net = net
        self.chain: DevChain = net.chain
        self.wallet = Wallet(self.chain, keys[0])
        self.me = self.wallet.address
        self.reporters = Reporters(keys[5:8], quorum=3)
        reporters = ReporterPlan(tuple(key.address for key in keys[5:8]), 3, METHOD)
        plan = Plan(reporters, curators=(self.me,), guardians=(self.me,), timing=timing)
        self.deployment = deploy(self.wallet, plan)

    @classmethod
    def ready(cls, net: Devnet) -> "Market":
        """A market with grade A1GH, quote in hand and a fresh index, at noon of its first day."""
        market = cls(net)
        market.fund_quote()
        market.list_grade("A1GH")
        market.record(MIDNIGHT + DAY // 2)
        return market

    @cached_property
    def market(self) -> FuturesMarket:
        return FuturesMarket(self.chain, self.deployment.address("FuturesMarket"))

    @cached_property
    def registry(self) -> GradeRegistry:
        return GradeRegistry(self.chain, self.deployment.address("GradeRegistry"))

    @cached_property
    def index(self) -> SpotIndex:
        return SpotIndex(self.chain, self.deployment.address("SpotIndex"))

    @cached_property
    def quote(self) -> TestToken:
        return TestToken(self.chain, self.deployment.quote_token)

    def unit(self, symbol: str) -> WrappedUnit:
        return WrappedUnit(self.chain, self.deployment.grade(symbol).unit)

    def token(self, symbol: str) -> TestToken:
        return TestToken(self.chain, self.deployment.grade(symbol).token)

    def do(self, call: Call[Any]) -> Receipt:
        return self.wallet.send(call)

    def do_as(self, sender: Address, call: Call[Any]) -> None:
        """A transaction, mined, from an account whose key nobody has: a contract's, say."""
        self.chain.request("anvil_impersonateAccount", sender)
        self.chain.fund(sender, 10**18)
        sent = {"from": sender, "to": call.to, "data": "0x" + call.data.hex()}
        self.until_mined(self.chain.request("eth_sendTransaction", sent))

    def until_mined(self, tx_hash: str) -> None:
        """Waits for a transaction: the chain answers before it mines."""
        while self.chain.request("eth_getTransactionReceipt", tx_hash) is None:
            time.sleep(0.001)

    @property
    def now(self) -> int:
        return self.chain.head().timestamp

    def list_grade(self, symbol: str, decimals: int = 6, scu_per_token: int = 10**18) -> None:
        """Lists a grade of a new token and wraps a million tokens of it for the wallet."""
        created = self.do(TestToken.deploy(f"{symbol} token", f"t{symbol}", decimals))
        terms = GradeTerms(
            network=symbol.lower(),
            token=created.contract,
            decimals=decimals,
            kind=Kind.REDEEMABLE,
            denomination=Denomination.GPU_HOUR,
            model="A100 80GB SXM",
            precision=Precision.NONE,
            basis=Basis.NONE,
            input_tokens=0,
            output_tokens=0,
            quantity=3_600,
            scu_per_token=Scu(scu_per_token),
            method_hash=METHOD,
            valid_until=MIDNIGHT + 365 * DAY,
            deposit_cap=Scu(10**26),
        )
        name = f"{symbol} unit"
        self.deployment = list_grade(self.wallet, self.deployment, terms, name, symbol)
        token, unit = self.token(symbol), self.unit(symbol)
        amount = 10**6 * 10**decimals
        self.do(token.mint(self.me, amount))
        self.do(token.approve(unit.address, PLENTY))
        self.do(unit.wrap(amount, 0, self.me))
        self.do(unit.approve(self.market.address, PLENTY))

    def fund_quote(self, amount: int = 10**15) -> None:
        """Gives the wallet quote tokens and lets the market take them."""
        self.do(self.quote.mint(self.me, amount))
        self.do(self.quote.approve(self.market.address, PLENTY))

    def record(self, slot: int, value: int = PRICE) -> Receipt:
        """Records a round, in a block at its slot."""
        self.chain.next_block_at(slot)
        return self.do(self.index.submit(self.reporters.report(self.index, slot, [value])))

    def cover(self, start: int, end: int, value: int = PRICE) -> None:
        """Rounds every twelve hours from `start` to `end`, both included."""
        for slot in range(start, end + 1, DAY // 2):
            self.record(slot, value)

    def list_series(
        self,
        *symbols: str,
        start: int = MIDNIGHT + DAY,
        days: int = 1,
        style: Style = Style.NET,
        price: int = PRICE,
        name: str = "",
    ) -> int:
        """Lists a series on these grades; its id."""
        terms = SeriesTerms(
            index=0,
            start=start,
            expiry=start + days * DAY,
            reference_price=price,
            low=0,
            high=0,
            quote_token=self.quote.address,
            style=style,
            units=tuple(self.deployment.grade(symbol).unit for symbol in symbols),
            cap_lots=(10**9,) * len(symbols),
        )
        return self._listed(terms, name)

    def list_banded(
        self, low: int, high: int, *, start: int = MIDNIGHT + DAY, days: int = 1, name: str = ""
    ) -> int:
        """Lists a BANDED series around the price; its id."""
        terms = SeriesTerms(
            index=0,
            start=start,
            expiry=start + days * DAY,
            reference_price=PRICE,
            low=low,
            high=high,
            quote_token=self.quote.address,
            style=Style.BANDED,
            units=(),
            cap_lots=(10**6,),
        )
        return self._listed(terms, name)

    def _listed(self, terms: SeriesTerms, name: str) -> int:
        number = self.do(self.market.create(terms)).event(SeriesCreated).series
        listed = {**self.deployment.series, name or str(number): DeployedSeries(str(number))}
        self.deployment = replace(self.deployment, series=listed)
        return number

    def open(self, series: int, lots: int, grade: int = 0) -> None:
        """Opens pairs; the wallet holds both sides."""
        self.do(self.market.open(series, grade, lots, self.me, self.me))

    def give(self, position: int, holder: Address, lots: int) -> None:
        """Hands lots of a position to a holder."""
        self.do(self.market.transfer(holder, position, lots))

    def spread(self, series: int, holders: int, *, first: int = 1) -> None:
        """Opens 10 lots per holder and gives LONG to `holders` accounts, SHORT to another one."""
        self.open(series, 10 * holders)
        for number in range(first, first + holders):
            self.give(series, account(number), 10)
        self.give(series + 1, account(first + holders), 10 * holders)

    def reorg(self, depth: int) -> None:
        """Replaces the last `depth` blocks by empty ones; their transactions are gone."""
        self.chain.request("anvil_reorg", depth, [])
        # A wallet counts its nonces on, and the ones it counted no longer exist.
        self.wallet = Wallet(self.chain, devnet_keys()[0])

    def write(self, path: Path) -> Path:
        """Writes the deployment file."""
        self.deployment.write(path)
        return path

    def holdings(self, *accounts: Address) -> dict[str, int]:
        """Quote and units of accounts, by name."""
        found = {}
        for holder in accounts:
            found[f"{holder} quote"] = self.quote.balance_of(holder, block=Tag.LATEST)
            for symbol in self.deployment.grades:
                held = self.unit(symbol).balance_of(holder, block=Tag.LATEST)
                found[f"{holder} {symbol}"] = held
        return found
