"""Opening, settling and redeeming, of series that differ in what they pay and in open interest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rows import Row

from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address, address_of, keccak
from receipts.stage import ABOVE, BELOW, DAY, EVERYTHING, Stage

PAGE: Final = 20
"""Holders in a page, each of whom holds the tokens already."""
LIMITS: Final = {
    "open": 96_000,
    "open_banded": 100_000,
    "propose": 85_000,
    "settle": 55_000,
    "propose_settle": 140_000,
    "redeem_1": 60_000,
    "redeem_2": 77_000,
    "redeem_extra_grade": 19_000,
    "redeem_batch_1": 22_500,
    "redeem_batch_2": 31_500,
}
"""Of a batch: gas per holder. Those of `open` and the batches only notice a change: the bars set
for them were lower, and docs/DECISIONS.md says what the difference buys.
"""
PEERS: Final = {
    "open": {"UMA LSP create again": 95_600},
    "propose": {"UMA LSP expire": 209_800, "UMA LSP propose": 150_700},
    "settle": {"UMA LSP first settle": 239_600},
    "redeem_1": {"UMA LSP later settle": 82_000, "UMA LSP redeem": 92_500},
}


@dataclass(frozen=True, slots=True)
class Cast:
    """The series of the benchmark, all of one window."""

    long: int
    """Pays LONG one token; of little open interest."""
    large: int
    """The same, of much."""
    two: int
    """Pays LONG two tokens."""
    three: int
    """Pays LONG quote and units of two grades."""
    banded: int


def rows(stage: Stage) -> Iterator[Row]:
    """Of a wallet that holds units already."""
    cast = _cast(stage)
    figures = {"open": _open(stage, cast.large, 10**7)}
    _open(stage, cast.banded, 1)
    figures["open_banded"] = _open(stage, cast.banded, 1_000)
    holders = [address_of(keccak(b"holder %d" % number)[12:]) for number in range(PAGE)]
    for series in (cast.large, cast.two):
        _spread(stage, series, holders)

    everything = (cast.long, cast.large, cast.two, cast.three, cast.banded)
    expiry = stage.market.series(cast.long, block=Tag.LATEST).terms.expiry
    while stage.rounds.slot < expiry:
        stage.rounds.record()
    proposed = {series: stage.gas(stage.market.propose(series)) for series in everything}
    stage.chain.advance(stage.rounds.slot + 2 * DAY)
    settled = {series: stage.gas(stage.market.finalise(series)) for series in everything}
    # Looks up as many grades as the series has: those of one are compared.
    alike = (cast.long, cast.large, cast.two, cast.banded)
    redeemed = [_redeem(stage, series) for series in (cast.large, cast.two, cast.three)]
    figures |= {
        "propose": max(proposed.values()),
        "settle": max(settled[series] for series in alike),
        "propose_settle": max(proposed[series] + settled[series] for series in alike),
        "redeem_1": redeemed[0],
        "redeem_2": redeemed[1],
        "redeem_extra_grade": redeemed[2] - redeemed[1],
        "redeem_batch_1": stage.gas(stage.market.redeem_for(cast.large, tuple(holders))) // PAGE,
        "redeem_batch_2": stage.gas(stage.market.redeem_for(cast.two, tuple(holders))) // PAGE,
    }
    for name, figure in figures.items():
        yield Row(name, figure, LIMITS[name], "gas", quoted=PEERS.get(name, {}))


def _cast(stage: Stage) -> Cast:
    """Lists the series and opens a first pair of each."""
    for call in (
        stage.quote.mint(stage.me, 10**15),
        stage.quote.approve(stage.market.address, EVERYTHING),
        stage.unit.approve(stage.market.address, EVERYTHING),
    ):
        stage.gas(call)
    unit, other = stage.unit.address, _another_unit(stage)
    cast = Cast(
        long=stage.list_series(ABOVE, (unit,), cap=10**9),
        large=stage.list_series(ABOVE, (unit,), cap=10**9 + 1),
        two=stage.list_series(BELOW, (unit,), cap=10**9),
        three=stage.list_series(BELOW, (unit, other), cap=10**9),
        banded=stage.list_series(BELOW, (), cap=10**6),
    )
    for series in (cast.long, cast.large, cast.two, cast.three):
        _open(stage, series, 10**5)
    stage.gas(stage.market.open(cast.three, 1, 10**5, stage.me, stage.me))
    return cast


def _another_unit(stage: Stage) -> Address:
    """Units of another grade, wrapped and approved."""
    grade = stage.deployment.grade("L70M")
    token, unit = TestToken(stage.chain, grade.token), WrappedUnit(stage.chain, grade.unit)
    amount = 10**6 * 10**grade.decimals
    for call in (
        token.mint(stage.me, amount),
        token.approve(unit.address, amount),
        unit.wrap(amount, 0, stage.me),
        unit.approve(stage.market.address, EVERYTHING),
    ):
        stage.gas(call)
    return unit.address


def _open(stage: Stage, series: int, lots: int) -> int:
    """Opens pairs with both sides in one hand; gas."""
    return stage.gas(stage.market.open(series, 0, lots, stage.me, stage.me))


def _spread(stage: Stage, series: int, holders: list[Address]) -> None:
    """Gives each of them a lot of LONG, and some of what it will be paid in."""
    for holder in holders:
        stage.gas(stage.market.transfer(holder, series, 1))
        stage.gas(stage.quote.mint(holder, 1))
        stage.gas(stage.unit.transfer(holder, 1))


def _redeem(stage: Stage, series: int) -> int:
    """A part, after another part; gas."""
    stage.gas(stage.market.redeem(series, 1, stage.me))
    return stage.gas(stage.market.redeem(series, 12_345, stage.me))
