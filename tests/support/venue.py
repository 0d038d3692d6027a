"""The contracts in the in-process EVM, with one person in every role."""

from typing import Final

from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Timing
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.keys import Key
from pargrade.deployment.grade_terms import listed_terms
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.grade.terms import Basis, Denomination, GradeTerms, Kind, Precision
from pargrade.units import Scu
from tests.support.evm import ME, Evm
from tests.support.reporters import METHOD, Reporters

CENTURY: Final = 100 * 365 * 86_400
ALONE: Final = Reporters((Key(b"\x21" * 32),), quorum=1)
"""One reporter is its own quorum, also the wide one: any move is allowed, one signature a round."""


class Venue:
    """Registry, index, market and exchange under one admin."""

    def __init__(
        self,
        time: int,
        timing: Timing = DEFAULT_TIMING,
        names: tuple[str, ...] = ("SCU / USD",),
        reporters: Reporters = ALONE,
    ) -> None:
        self.evm = Evm(time)
        self.reporters = reporters
        authority = self.evm.create(Governance.deploy(ME))
        self.registry = GradeRegistry(self.evm, self.evm.create(GradeRegistry.deploy(authority)))
        index = self.evm.create(SpotIndex.deploy(authority, timing, names))
        self.index = SpotIndex(self.evm, index)
        market = FuturesMarket.deploy(authority, self.registry.address, index)
        self.market = FuturesMarket(self.evm, self.evm.create(market))
        exchange = FuturesExchange.deploy(authority, self.market.address)
        self.exchange = FuturesExchange(self.evm, self.evm.create(exchange))
        keys = tuple(key.address for key in reporters.keys)
        self.evm.send(self.index.set_reporters(reporters.quorum, METHOD, keys))

    def token(self, decimals: int) -> TestToken:
        """A new token."""
        return TestToken(self.evm, self.evm.create(TestToken.deploy("token", "T", decimals)))

    def grade(self, token: TestToken, decimals: int, scu_per_token: int) -> WrappedUnit:
        """A new grade of a token, with no end and no cap to speak of."""
        terms = GradeTerms(
            network="twins",
            token=token.address,
            decimals=decimals,
            kind=Kind.REDEEMABLE,
            denomination=Denomination.GPU_HOUR,
            model="A100",
            precision=Precision.NONE,
            basis=Basis.NONE,
            input_tokens=0,
            output_tokens=0,
            quantity=3_600,
            scu_per_token=Scu(scu_per_token),
            method_hash=METHOD,
            valid_until=self.evm.time + CENTURY,
            deposit_cap=Scu(2**128 - 1),
        )
        self.evm.send(self.registry.list(listed_terms(terms), "unit", "U"))
        [listed] = self.evm.events(GradeListed, self.registry.address)
        return WrappedUnit(self.evm, listed.unit)

    def record(self, slot: int, value: int) -> None:
        """A round at its slot, at that time."""
        self.evm.warp(slot)
        self.evm.send(self.index.submit(self.reporters.report(self.index, slot, [value])))
