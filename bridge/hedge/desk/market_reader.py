"""The market read for one account: prices of a relay, positions and lanes of one block."""

from collections.abc import Iterable
from typing import Final

from bridge.hedge.exposure.months import month_name
from bridge.hedge.trade.lane import lane_of
from bridge.hedge.trade.market_now import MarketNow, SeriesNow
from bridge.orders.client.client import BookDepth, RelayClient, RelayRefused
from bridge.orders.client.quote import limit_with_fee
from bridge.orders.funds.series_terms import SeriesDetail
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Side
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.clock import DAY_S
from pargrade.deployment.series import ListedSeries, market_of
from pargrade.deployment.series_state import spot_index_of
from pargrade.deployment.session import Session
from pargrade.futures.order import Lane

_NO_BOOK: Final = BookDepth(0, (), ())


def exchange_of(session: Session) -> FuturesExchange:
    """The exchange of a deployment."""
    return FuturesExchange(session.chain, session.deployment.address("FuturesExchange"))


def read_market(
    session: Session, relay: RelayClient, team: str, account: Address, more_lanes: Iterable[int]
) -> MarketNow:
    """Every series that is traded and lies in one month, with the team's lanes.

    Positions, lanes and the index are of one block; a book the relay does not have is empty.
    Raises RelayDown, RpcDown, and what the chain refuses.
    """
    chain, block = session.chain, session.chain.head()
    exchange = exchange_of(session)
    fee_bps = relay.rules().fee_bps
    series = {}
    for name in sorted(session.deployment.series):
        found = ListedSeries.read(session, name, block)
        made = _series_now(session, relay, account, found, fee_bps)
        if made is not None:
            series[found.number] = made
    lanes = {lane_of(team, side, number) for number in series for side in Side}
    index = spot_index_of(session)
    return MarketNow(
        chain_id=chain.chain_id,
        account=account,
        instant=block.timestamp,
        index8=int(index.latest(0, block=block).value),
        epoch=exchange.epoch_of(account, block=block),
        series=series,
        lanes=read_lanes(session, account, [*lanes, *more_lanes], block),
    )


def read_lanes(
    session: Session, account: Address, lanes: Iterable[int], block: BlockStamp
) -> dict[int, Lane]:
    """Where lanes of an account stand."""
    exchange = exchange_of(session)
    found = {}
    for lane in dict.fromkeys(lanes):
        read = exchange.lane_of(account, lane, block=block)
        found[lane] = Lane(read.nonce, read.filled)
    return found


def _series_now(
    session: Session, relay: RelayClient, account: Address, found: ListedSeries, fee_bps: int
) -> SeriesNow | None:
    """None for a series that is over, or whose window does not lie in one month."""
    terms = found.view.terms
    month = month_name(terms.start // DAY_S)
    is_over = terms.expiry <= found.block.timestamp
    if is_over or month_name((terms.expiry - 1) // DAY_S) != month:
        return None
    detail = SeriesDetail.of_view(found.number, found.view, found.quote.decimals)
    step = detail.listing.price_step
    depth = _depth(relay, found.number)
    asks, bids = depth.asks[:1], depth.bids[:1]
    return SeriesNow(
        name=found.name,
        series_id=found.number,
        month=month,
        style=found.style.upper(),
        low8=detail.listing.low,
        price_step=step,
        ask8=limit_with_fee(asks[0][0], fee_bps, step, buys=True) if asks else 0,
        bid8=limit_with_fee(bids[0][0], fee_bps, step, buys=False) if bids else 0,
        held_lots=market_of(session).balance_of(account, found.number, block=found.block),
    )


def _depth(relay: RelayClient, series: int) -> BookDepth:
    try:
        return relay.depth(series, 1)
    except RelayRefused:
        return _NO_BOOK
