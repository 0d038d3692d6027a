"""scripts/bench fills: gas of filling signed orders, from receipts.

Each is a later fill of an order, between two parties who hold both positions, quote and units
before and after. `fill_mint` and `fill_merge` trade at K, where nothing moves but the locks; away
from K a premium moves too, which is one more token transfer: the rows that say so.
"""

import sys
from dataclasses import replace
from typing import Final

from gas import GENESIS, KEYS, REFERENCE, REPORTERS, Bench
from rows import Row, report

from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Leg, Order, Side, Take
from pargrade.chain.block import Tag
from pargrade.chain.devnet import Devnet
from pargrade.chain.wallet import Wallet
from pargrade.order import ANYONE, Domain, mask, sign

AWAY: Final = REFERENCE + 5 * 10**6
CASES: Final = (
    ("fill_mint", Leg.MINT, REFERENCE, 138_000),
    ("fill_mint_premium", Leg.MINT, AWAY, 151_000),
    ("fill_transfer", Leg.LONG, AWAY, 92_000),
    ("fill_short", Leg.SHORT, AWAY, 115_000),
    ("fill_merge", Leg.MERGE, REFERENCE, 132_000),
    ("fill_merge_premium", Leg.MERGE, AWAY, 140_000),
)
"""Row, leg, price, limit. Those of premiums and of SHORT only notice a change."""
NEW_LANE_LIMIT: Final = 110_000
LOTS: Final = 12_345
LANE: Final = 7
EVERYTHING: Final = 2**256 - 1
FOREVER: Final = 2**40 - 1


def measure(bench: Bench) -> list[Row]:
    """Rows of every leg. The index has to be fresh: a series is listed for them."""
    exchange_at = bench.wallet.send(
        FuturesExchange.deploy(bench.market.authority(at=Tag.LATEST), bench.market.address)
    ).contract
    exchange = FuturesExchange(bench.chain, exchange_at)
    maker, taker = Wallet(bench.chain, KEYS[1]), bench.wallet
    series = bench.list_series(5)
    for party in (maker, taker):
        for call in (
            bench.quote.mint(party.address, 10**15),
            bench.token.mint(party.address, 10**15),
            bench.token.approve(bench.unit.address, EVERYTHING),
            bench.unit.wrap(10**12, 0, party.address),
            *(bench.quote.approve(at, EVERYTHING) for at in (exchange_at, bench.market.address)),
            *(bench.unit.approve(at, EVERYTHING) for at in (exchange_at, bench.market.address)),
            bench.market.set_operator(exchange_at, True),
            bench.market.open(series, 0, 20 * LOTS, party.address, party.address),
        ):
            party.send(call)

    domain = Domain(bench.chain.chain_id, exchange_at)

    def fill(order: Order, leg: Leg) -> int:
        signature = sign(order, domain, KEYS[1])
        take = Take(LOTS, leg, 0 if leg is Leg.LONG else 1)
        return bench.gas(exchange.fill(order, signature, take, order.price))

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
    rows = []
    for nonce, (name, leg, price, limit) in enumerate(CASES, start=1):
        wanted = replace(order, nonce=nonce, price=price)
        fill(wanted, leg)
        rows.append(Row(name, fill(wanted, leg), limit, "gas"))
    first = fill(replace(order, lane=LANE + 1), Leg.LONG)
    return [*rows, Row("fill_transfer_new_lane", first, NEW_LANE_LIMIT, "gas")]


def main() -> int:
    """Exit code 1 when a limit is missed."""
    with Devnet(genesis=GENESIS) as devnet:
        bench = Bench(devnet)
        bench.record(signers=len(REPORTERS))
        rows = measure(bench)
    return report(rows, as_json="--json" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
