"""Settling a series and redeeming its positions: the calls for what is held."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import At
from pargrade.chain.call import Call
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.deployment.series import ListedSeries, market_of
from pargrade.deployment.session import Session
from pargrade.deployment.token import NotEnough
from pargrade.errors import PargradeError

_DELEGATION: Final = bytes.fromhex("ef0100")
"""EIP-7702: how the code of an account begins that delegates to code."""
_DELEGATION_SIZE: Final = 23


class RedeemsItself(PargradeError):
    """A redemption for contracts that nobody else can redeem."""

    hint = "Leave them away: each redeems itself, or calls setPayoutAddress first."

    def __init__(self, holders: Sequence[Address]) -> None:
        self.holders = holders
        super().__init__(f"contracts without a payout address: {', '.join(holders)}")


def find_self_redeeming(
    market: FuturesMarket, holders: Sequence[Address], block: At
) -> frozenset[Address]:
    """Contracts among holders that named no payout address: `redeemFor` passes them over.

    An account that merely delegates to code (EIP-7702) is paid like any other.
    """
    codes = market.chain.codes(holders, block=block)
    return frozenset(
        holder
        for holder, code in zip(holders, codes, strict=True)
        if code
        and not (len(code) == _DELEGATION_SIZE and code.startswith(_DELEGATION))
        and market.payout_address(holder, block=block) == ZERO_ADDRESS
    )


def settle_calls(session: Session, series: ListedSeries) -> list[Call[Any]]:
    """The call that proposes the price of a series or makes it final, whichever is due.

    None where it is final already. Where nothing is due yet the market refuses the call.
    """
    return [] if series.is_final else [market_of(session).settle(series.number)]


def held_lots(session: Session, series: ListedSeries, holder: Address) -> dict[int, int]:
    """Lots a holder has of each side of a series, at the block the series was read at."""
    market = market_of(session)
    return {
        side: market.balance_of(holder, series.number + side, block=series.block)
        for side in series.sides
    }


def redeem_calls(
    session: Session,
    series: ListedSeries,
    holder: Address,
    lots: Mapping[int, int] | None = None,
    to: Address | None = None,
) -> list[Call[Any]]:
    """Calls of `holder` that redeem lots by side, paid to `to` or else to the holder.

    Without `lots` it is everything held. Raises NotEnough.
    """
    held = held_lots(session, series, holder)
    wanted = held if lots is None else lots
    for side, count in wanted.items():
        if count > held[side]:
            has = f"{held[side]} lots of {series.side_name(side)}"
            raise NotEnough(holder, has, str(count))
    market = market_of(session)
    return [
        market.redeem(series.number + side, count, to or holder)
        for side, count in wanted.items()
        if count
    ]


def redeem_for_calls(
    session: Session, series: ListedSeries, sides: Sequence[int], holders: Sequence[Address]
) -> list[Call[Any]]:
    """Calls of anyone that redeem everything these holders have of these sides, to themselves.

    Raises RedeemsItself for holders whom the market would pass over.
    """
    market = market_of(session)
    passed_over = find_self_redeeming(market, holders, series.block)
    if passed_over:
        raise RedeemsItself(sorted(passed_over))
    calls: list[Call[Any]] = []
    for side in sides:
        position = series.number + side
        owners = tuple(h for h in holders if market.balance_of(h, position, block=series.block))
        if owners:
            calls.append(market.redeem_for(position, owners))
    return calls


def read_claimable(session: Session, series: ListedSeries, holder: Address) -> dict[Address, int]:
    """Base units that the market owes a holder, by token of the series; tokens of none left out."""
    market = market_of(session)
    tokens = (series.quote.contract.address, *series.view.terms.units)
    owed = {token: market.claimable(token, holder, block=series.block) for token in tokens}
    return {token: raw for token, raw in owed.items() if raw}


def claim_calls(session: Session, tokens: Iterable[Address], to: Address) -> list[Call[Any]]:
    """Calls of a holder that pay out all it is owed of these tokens to `to`."""
    market = market_of(session)
    return [market.claim(token, to) for token in tokens]
