"""A pair to open or to merge: its two sides, what each locks, and the calls."""

from dataclasses import dataclass
from typing import Any

from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.deployment.series import LONG, ListedSeries, market_of
from pargrade.deployment.session import Session
from pargrade.deployment.token import NotEnough, Token
from pargrade.units import LOT


@dataclass(frozen=True, slots=True)
class Pair:
    """Lots of one LONG and one SHORT, and who holds which."""

    session: Session
    series: ListedSeries
    grade: int
    """Place of the SHORT's grade in the terms; 0 if BANDED."""
    lots: int
    long: Address
    short: Address

    @property
    def block(self) -> BlockStamp:
        """The block everything is read at."""
        return self.series.block

    @property
    def of_long(self) -> tuple[Token, int]:
        """What the long side locks: quote, base units."""
        return self.series.quote, self.lots * self.series.view.quote_per_lot

    @property
    def of_short(self) -> tuple[Token, int]:
        """What the short side locks: units, wei; if BANDED quote, base units."""
        view = self.series.view
        if self.series.is_banded:
            return self.series.quote, self.lots * view.short_quote_per_lot
        unit = Token.read(self.session.chain, view.terms.units[self.grade], self.block)
        return unit, self.lots * LOT

    def locks(self) -> dict[tuple[Address, Address], tuple[Token, int]]:
        """What each party locks, by party and token: one who is both sides may lock one twice."""
        found: dict[tuple[Address, Address], tuple[Token, int]] = {}
        for party, (token, amount) in ((self.long, self.of_long), (self.short, self.of_short)):
            key = party, token.contract.address
            _, already = found.get(key, (token, 0))
            found[key] = token, already + amount
        return found

    def open_calls(self, caller: Address) -> list[Call[Any]]:
        """Calls of `caller` that open the pair, with its own approvals first, for exactly the lock.

        Another party must have made the caller its operator and approved the market. Raises
        NotEnough.
        """
        market = market_of(self.session)
        approvals: list[Call[Any]] = []
        for (party, _), (token, needed) in self.locks().items():
            token.require(party, needed, self.block)
            if party == caller:
                approvals += token.approvals(caller, market.address, needed, self.block)
        return [*approvals, market.open(*self._arguments)]

    def merge_calls(self) -> list[Call[Any]]:
        """The call that closes the pair: both sides get their own lock back. Raises NotEnough."""
        market = market_of(self.session)
        for party, side in ((self.long, LONG), (self.short, self.grade + 1)):
            held = market.balance_of(party, self.series.number + side, block=self.block)
            if held < self.lots:
                name = self.series.side_name(side)
                raise NotEnough(party, f"{held} lots of {name}", str(self.lots))
        return [market.merge(*self._arguments)]

    @property
    def _arguments(self) -> tuple[int, int, int, Address, Address]:
        """What the market's `open` and `merge` take."""
        return (self.series.number, self.grade, self.lots, self.long, self.short)
