"""What the market says of a series' caps and phase at a block, read in one exchange."""

from typing import Any, Final

from bridge.orders.funds.room import SeriesState
from bridge.orders.funds.series_terms import SeriesDetail
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.structs import SERIES_VIEW, SeriesView
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.abi import Bool, Layout, Uint
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain

_LOTS: Final = Uint(64)
_FLAG: Final = Bool()
_CLOSED: Final = WrappedUnit.SELECTORS["closed"]


def read_series_state(
    chain: Chain, market: FuturesMarket, detail: SeriesDetail, block: BlockStamp
) -> SeriesState:
    """Raises ChainError."""
    series, index, month = detail.listing.series, detail.index, detail.month
    calls = [
        _call(market.address, _of_market("series", series), SERIES_VIEW),
        _call(market.address, _of_market("entry_stopped"), _FLAG),
        _call(market.address, _of_market("month_cap", index), _LOTS),
        _call(market.address, _of_market("month_lots", index, month), _LOTS),
        *(_call(unit, _CLOSED, _FLAG) for unit in detail.units),
    ]
    view, stopped, month_cap, month_lots, *closed = chain.call_all(calls, block=block)
    assert isinstance(view, SeriesView)
    return SeriesState(
        view.phase, stopped, tuple(view.lots_of), tuple(closed), month_cap, month_lots
    )


def _of_market(name: str, *numbers: int) -> bytes:
    return FuturesMarket.SELECTORS[name] + b"".join(number.to_bytes(32) for number in numbers)


def _call(to: Address, data: bytes, result: Layout[Any]) -> Call[Any]:
    return Call(to, data, "what a series takes", result, {})
