"""scripts/bench fills: gas of filling signed orders, from receipts.

The orders are those of a maker who keeps to one lane: each is a later fill of a lane, between
two parties who hold both positions, quote and units before and after, at a price away from K.
"""

import sys
from typing import Final

from gas import GENESIS, KEYS, REFERENCE, REPORTERS, Bench
from rows import Row, report

from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Leg, Order, Side, Take
from pargrade.chain.block import Tag
from pargrade.chain.devnet import Devnet
from pargrade.chain.wallet import Wallet
from pargrade.order import ANYONE, Domain, mask, sign

BARS: Final = {Leg.LONG: 92_000, Leg.MINT: 138_000, Leg.MERGE: 132_000}
NAMES: Final = {Leg.LONG: "fill_transfer", Leg.MINT: "fill_mint", Leg.MERGE: "fill_merge"}
PRICE: Final = REFERENCE + 5 * 10**6
"""Above K, so that a premium moves, too."""
LOTS: Final = 12_345
EVERYTHING: Final = 2**256 - 1
FOREVER: Final = 2**40 - 1


def measure(bench: Bench) -> list[Row]:
    """Rows of the three legs. The index has to be fresh: a series is listed for them."""
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
            bench.quote.approve(exchange_at, EVERYTHING),
            bench.quote.approve(bench.market.address, EVERYTHING),
            bench.unit.approve(bench.market.address, EVERYTHING),
            bench.market.set_operator(exchange_at, True),
            bench.market.open(series, 0, 10 * LOTS, party.address, party.address),
        ):
            party.send(call)

    domain = Domain(bench.chain.chain_id, exchange_at)
    rows = []
    for nonce, leg in enumerate((Leg.MINT, Leg.LONG, Leg.MERGE)):
        order = Order(
            series=series,
            side=Side.SELL,
            grade=0,
            legs=mask(Leg),
            price=PRICE,
            lots=3 * LOTS,
            maker=maker.address,
            taker=ANYONE,
            matcher=ANYONE,
            epoch=0,
            lane=7,
            nonce=nonce,
            expiry=FOREVER,
        )
        signature = sign(order, domain, KEYS[1])
        take = Take(LOTS, leg, 0 if leg is Leg.LONG else 1)
        # The first fill of the first order is the only one to find an empty lane.
        used = [bench.gas(exchange.fill(order, signature, take, PRICE)) for _ in range(2)]
        rows.append(Row(NAMES[leg], used[1], BARS[leg], "gas"))
    return rows


def main() -> int:
    """Exit code 1 when a limit is missed."""
    with Devnet(genesis=GENESIS) as devnet:
        bench = Bench(devnet)
        bench.record(signers=len(REPORTERS))
        rows = measure(bench)
    return report(rows, as_json="--json" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
