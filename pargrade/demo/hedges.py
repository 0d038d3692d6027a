"""What a hedge was worth to each party of one series, read back from the chain."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from pargrade.bindings.futures_market import Opened
from pargrade.bindings.ierc20_metadata import Transfer
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log
from pargrade.demo.summary import WorldState
from pargrade.futures.payoff import lot_value
from pargrade.units import Price

HEDGED_SERIES: Final = "NET-A1GH"
"""None of its pairs is merged and no position changes hands: what is opened is held to the end."""

_QUOTE_DECIMALS: Final = 6


@dataclass(slots=True)
class _Position:
    """What one holder has on one side: lots above zero are long, and what they were locked at."""

    lots: int = 0
    cost: int = 0
    """Quote base units paid for the long side: K a lot, and the premium; a short's is negative."""


def hedges(books: WorldState) -> dict[str, Any]:
    """Per holder of HEDGED_SERIES: lots, the price they were locked at, and what that was worth.

    Worth is quote base units: lots times S less what they were locked at, so all of it sums to
    zero. The locked price is USD per SCU with 8 decimals, rounded to nearest.
    """
    series_id = int(books.deployment.series[HEDGED_SERIES].series_id)
    view = books.market.series(series_id, block=books.block)
    reference = lot_value(Price(view.terms.reference_price), _QUOTE_DECIMALS)
    positions: dict[Address, _Position] = defaultdict(_Position)
    for log, opened in books.events(Opened, [books.market.address]):
        if opened.series == series_id:
            cost = opened.lots * reference + _premium(books, log, opened)
            for holder, sign in ((opened.long, 1), (opened.short, -1)):
                positions[holder].lots += sign * opened.lots
                positions[holder].cost += sign * cost
    final = lot_value(Price(view.price), _QUOTE_DECIMALS)
    return {
        "series": HEDGED_SERIES,
        "S": str(view.price),
        "parties": {
            holder: {
                "lots": held.lots,
                "locked_price": str(_price_of(held)),
                "worth": str(held.lots * final - held.cost),
            }
            for holder, held in sorted(positions.items())
        },
    }


def _premium(books: WorldState, opened_log: Log, opened: Opened) -> int:
    """What the long side paid the short one for this pair: the next transfer between the two."""
    after = (opened_log.block_number, opened_log.index)
    for log, moved in books.events(Transfer, [books.deployment.quote_token]):
        is_later = (log.block_number, log.index) > after
        if is_later and (moved.from_, moved.to) == (opened.long, opened.short):
            return int(moved.value)
    return 0


def _price_of(held: _Position) -> int:
    # Quote base units a lot of 0.01 SCU, as USD per SCU with 8 decimals: 8 - 6 + 2 places more.
    return round(held.cost * 10**4 / held.lots) if held.lots else 0
