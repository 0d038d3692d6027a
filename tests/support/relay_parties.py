"""A relay beside a market on a development chain, and parties who trade over it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from bridge.orders.book.entry import TimeInForce
from bridge.orders.client.client import PlacedOrder, RelayClient, SignedOffer
from bridge.orders.relay.relay import Relay
from bridge.orders.relay.service import RelayService, assemble_relay
from bridge.orders.relay.settings import RelaySettings
from bridge.orders.relay.submission import Admitted, OrderSubmission
from bridge.orders.signed.order import Digester, SignedOrder
from bridge.orders.signed.signature import FastKey
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Order, Side
from pargrade.chain.block import Tag
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import devnet_keys
from pargrade.futures import order as twin
from tests.support.market import DAY, MIDNIGHT, PLENTY, PRICE, Market

KEYS: Final = devnet_keys()
RELAY_KEY: Final = KEYS[3]
_LANES: Final = count(1)


@dataclass
class Party:
    """Someone with quote, units and every approval."""

    market: Market
    key: Key

    def __post_init__(self) -> None:
        self.wallet = Wallet(self.market.chain, self.key)

    @property
    def raw(self) -> bytes:
        return bytes.fromhex(self.key.address[2:])

    def order(self, series: int, side: Side, price: int, lots: int, **changes: Any) -> Order:
        fields: dict[str, Any] = {
            "series": series,
            "side": side,
            "grade": 0,
            "legs": 15,
            "price": price,
            "lots": lots,
            "maker": self.key.address,
            "taker": twin.ANYONE,
            "matcher": twin.ANYONE,
            "epoch": 0,
            "lane": next(_LANES),
            "nonce": 1,
            "expiry": MIDNIGHT + 20 * DAY,
        }
        return Order(**{**fields, **changes})

    def offer(self, order: Order, exchange: FuturesExchange, rule: str = "GTC") -> SignedOffer:
        domain = twin.exchange_domain(self.market.chain.chain_id, exchange.address)
        return SignedOffer(order, twin.sign(order, domain, self.key), rule)


class Venue:
    """A market with a series, its exchange, and funded parties."""

    def __init__(self, market: Market, folder: Path) -> None:
        self.market = market
        self.folder = folder
        address = market.deployment.address("FuturesExchange")
        self.exchange = FuturesExchange(market.chain, address)
        self.series = market.list_series("A1GH", name="NET-A1GH", days=10)
        self.path = market.write(folder / "31337.json")

    def party(self, number: int, quote: int = 10**12, units: int = 10**22) -> Party:
        """Development key `number`, with quote, units and approvals."""
        party = Party(self.market, KEYS[number])
        unit = self.market.unit("A1GH")
        self.market.do(self.market.quote.mint(party.key.address, quote))
        self.market.do(unit.transfer(party.key.address, units))
        for spender in (self.exchange.address, self.market.market.address):
            party.wallet.send(self.market.quote.approve(spender, PLENTY))
            party.wallet.send(unit.approve(spender, PLENTY))
        party.wallet.send(self.market.market.set_operator(self.exchange.address, True))
        return party

    def held(self, party: Party) -> tuple[int, int]:
        """LONG and SHORT."""
        market, owner = self.market.market, party.key.address
        return (
            market.balance_of(owner, self.series, block=Tag.LATEST),
            market.balance_of(owner, self.series + 1, block=Tag.LATEST),
        )

    def assemble(self, **settings: Any) -> RelayService:
        given = {"api_port": 0, "stream_port": 0, "interval": 0.05, "deployment": self.path}
        made = RelaySettings.read(None, **{**given, **settings})
        deployment = self.market.deployment
        return assemble_relay(self.market.chain, deployment, self.path, made, RELAY_KEY)


@contextmanager
def running(service: RelayService) -> Iterator[tuple[RelayClient, int]]:
    """The relay with its thread: a client of it, and the port of its stream."""
    with service.serving() as (port, stream_port):
        thread = threading.Thread(target=service.run, daemon=True)
        thread.start()
        try:
            with RelayClient(f"http://127.0.0.1:{port}") as client:
                yield client, stream_port
        finally:
            service.stop.set()
            thread.join()


def place(client: RelayClient, *offers: SignedOffer) -> list[PlacedOrder]:
    """Places orders that are all accepted."""
    results = client.place(offers, client.rules())
    for result in results:
        assert isinstance(result, PlacedOrder), result
    return results  # type: ignore[return-value]


def rest_in_lanes(venue: Venue, relay: Relay, maker: Party, count: int) -> list[bytes]:
    """So many hundred orders of one maker, each in a lane of its own, at two prices: hashes."""
    domain = twin.exchange_domain(venue.market.chain.chain_id, venue.exchange.address)
    digester, key = Digester(domain), FastKey(maker.key.reveal())
    hashes = []
    for first in range(0, count, 100):
        batch = []
        for lane in range(first, first + 100):
            price = PRICE + 10**6 * (lane % 2)
            order = maker.order(venue.series, Side.SELL, price, 10, lane=lane)
            signed = SignedOrder.of_struct(order, b"")
            signed.signature = key.sign_digest(digester.digest(signed.hash))
            batch.append(OrderSubmission(signed, TimeInForce.REST))
            hashes.append(signed.hash)
        assert {type(each) for each in relay.place(batch)} == {Admitted}
    return hashes
