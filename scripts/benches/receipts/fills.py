"""Filling signed orders: each a later fill, between two who hold both positions, quote and units.

`fill_mint` and `fill_merge` trade at K, where nothing moves but the locks; away from K a premium
moves too, which is one more token transfer: the rows that say so.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from rows import Row

from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Fill, Leg, Order, Side, Take
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import devnet_keys
from pargrade.futures.order import ANYONE, exchange_domain, mask, sign
from receipts.stage import ABOVE, EVERYTHING, Stage

AWAY: Final = ABOVE + 5 * 10**6
LEGS: Final = (
    ("fill_transfer", Leg.LONG, AWAY, 92_000),
    ("fill_short", Leg.SHORT, AWAY, 115_000),
    ("fill_mint", Leg.MINT, ABOVE, 138_000),
    ("fill_mint_premium", Leg.MINT, AWAY, 151_000),
    ("fill_merge", Leg.MERGE, ABOVE, 132_000),
    ("fill_merge_premium", Leg.MERGE, AWAY, 140_000),
)
"""Row, leg, price, limit. Those of premiums and of SHORT only notice a change."""
NEW_LANE: Final = 110_000
MATCHED: Final = 20
EXTRA: Final = 8_000
"""Gas that a fill costs more in a match that passes over bad orders."""
LOTS: Final = 12_345
LANE: Final = 7
FOREVER: Final = 2**40 - 1


def rows(stage: Stage) -> Iterator[Row]:
    """Of every leg, and of the first fill in a lane. The index has to be fresh."""
    exchange = FuturesExchange(stage.chain, stage.deployment.address("FuturesExchange"))
    key = devnet_keys()[1]
    maker = Wallet(stage.chain, key)
    series = stage.list_series(ABOVE, (stage.unit.address,), cap=10**8)
    for party in (maker, stage.wallet):
        _furnish(stage, party, exchange, series)
    domain = exchange_domain(stage.chain.chain_id, exchange.address)

    def fill(order: Order, leg: Leg) -> int:
        take = Take(LOTS, leg, 0 if leg is Leg.LONG else 1)
        return stage.gas(exchange.fill(order, sign(order, domain, key), take, order.price))

    order = Order(
        series=series,
        side=Side.SELL,
        grade=0,
        legs=mask(Leg),
        price=AWAY,
        lots=3 * LOTS,
        maker=maker.address,
        taker=ANYONE,
        matcher=ANYONE,
        epoch=0,
        lane=LANE,
        nonce=0,
        expiry=FOREVER,
    )
    fill(order, Leg.LONG)
    for nonce, (name, leg, price, limit) in enumerate(LEGS, start=1):
        wanted = replace(order, nonce=nonce, price=price)
        fill(wanted, leg)
        yield Row(name, fill(wanted, leg), limit, "gas")
    first = fill(replace(order, lane=LANE + 1), Leg.LONG)
    yield Row("fill_transfer_new_lane", first, NEW_LANE, "gas")
    yield _extra(stage, exchange, order, key)


def _extra(stage: Stage, exchange: FuturesExchange, order: Order, key: Key) -> Row:
    """The same match twice, each time in lanes that were used: all or nothing, and without the bad.

    The second time a tenth of the makers have cancelled.
    """
    domain = exchange_domain(stage.chain.chain_id, exchange.address)
    taker = replace(order, side=Side.BUY, maker=stage.wallet.address, lots=MATCHED * LOTS)

    def fills(nonce: int) -> tuple[Fill, ...]:
        made = [replace(order, lane=100 + lane, nonce=nonce, lots=LOTS) for lane in range(MATCHED)]
        take = Take(LOTS // MATCHED, Leg.LONG, 0)
        return tuple(Fill(each, sign(each, domain, key), take) for each in made)

    def wanted(nonce: int) -> tuple[Order, bytes]:
        each = replace(taker, nonce=nonce)
        return each, sign(each, domain, devnet_keys()[0])

    stage.gas(exchange.match_orders(*wanted(1), fills(1)))
    strict = stage.gas(exchange.match_orders(*wanted(2), fills(2)))
    whole = stage.gas(exchange.match_available(*wanted(3), fills(3), 0))
    return Row("fill_available_extra", (whole - strict) / MATCHED, EXTRA, "gas a fill")


def _furnish(stage: Stage, party: Wallet, exchange: FuturesExchange, series: int) -> None:
    """Tokens, approvals and both positions."""
    venues = (exchange.address, stage.market.address)
    for call in (
        stage.quote.mint(party.address, 10**15),
        stage.token.mint(party.address, 10**15),
        stage.token.approve(stage.unit.address, EVERYTHING),
        stage.unit.wrap(10**12, 0, party.address),
        *(
            token.approve(venue, EVERYTHING)
            for token in (stage.quote, stage.unit)
            for venue in venues
        ),
        stage.market.set_operator(exchange.address, True),
        stage.market.open(series, 0, 20 * LOTS, party.address, party.address),
    ):
        party.send(call)
