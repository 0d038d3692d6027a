"""Trading from Python: orders signed, placed and cancelled for one account over one relay.

    trader = Trader.connect("http://127.0.0.1:8575", session, key)
    [placed] = trader.place(trader.order(series, Side.BUY, price, lots, expiry))
    trader.cancel(placed.receipt.order)

Prices are USD per SCU with 8 decimals, on the series' price step; lots are of 0.01 SCU. Nothing is
sent to the chain: what the account lets the exchange take is onboarding's (`onboarding`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from bridge.orders.client.client import PlacedOrder, RelayClient, RelayRefused, SignedOffer
from bridge.orders.client.client import RelayRules as RelayRules
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import Digester
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Leg, Order, Side
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address, address_of
from pargrade.chain.keys import Key
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError
from pargrade.futures.order import ANYONE, exchange_domain, mask, near_index, sign

MOST_IN_BATCH: Final = 100
_LANES: Final = 64


class NotYours(PargradeError):
    """An order of another maker."""

    hint = "Give the maker's key."

    def __init__(self, maker: str) -> None:
        super().__init__(f"only {maker} can cancel this order")


class OtherRelay(PargradeError):
    """A relay of another exchange or chain than the account trades on."""

    hint = "Name a relay of this deployment."

    def __init__(self, url: str, exchange: Address, chain_id: int) -> None:
        super().__init__(f"relay {url} is of exchange {exchange} on chain {chain_id}")


@dataclass(frozen=True, slots=True)
class Trader:
    """One account at one relay. Not shared between threads."""

    relay: RelayClient
    rules: RelayRules
    exchange: FuturesExchange
    key: Key

    @classmethod
    def connect(cls, url: str, session: Session, key: Key) -> Self:
        """Raises RelayDown, OtherRelay, NotDeployed."""
        return cls.over(RelayClient(url), session, key)

    @classmethod
    def over(cls, relay: RelayClient, session: Session, key: Key) -> Self:
        """As `connect`, over a client that is there. Raises RelayDown, OtherRelay, NotDeployed."""
        rules = relay.rules()
        exchange = FuturesExchange(session.chain, session.deployment.address("FuturesExchange"))
        if (rules.exchange, rules.chain_id) != (exchange.address, session.chain.chain_id):
            raise OtherRelay(relay.url, rules.exchange, rules.chain_id)
        return cls(relay, rules, exchange, key)

    def order(
        self,
        series: int,
        side: Side,
        price: int,
        lots: int,
        expiry: int,
        band: int = 0,
        **fields: Any,
    ) -> Order:
        """An order of any leg and grade, in a lane of its own, of the account's epoch now.

        With a `band`, in per cent up to 15, it is filled only that near to the fresh index, and
        waits while the index is elsewhere. `fields` are those of Order that shall differ.
        Raises ChainError.
        """
        made = Order(
            series=series,
            side=side,
            grade=0,
            legs=mask(Leg) | near_index(band),
            price=price,
            lots=lots,
            maker=self.key.address,
            taker=ANYONE,
            matcher=ANYONE,
            epoch=fields["epoch"] if "epoch" in fields else self.epoch(),
            lane=secrets.randbits(_LANES),
            nonce=1,
            expiry=expiry,
        )
        return replace(made, **fields)

    def call_orders(self, order: Order, step: int, most: int = MOST_IN_BATCH) -> list[Order]:
        """What to place with rule CALL to trade at an order's limit or better.

        A buyer's order does that alone. A seller trades at prices that it signs: alternatives of
        one lane, from its limit up by `step`.
        """
        count = 1 if order.side is Side.BUY else most
        return [replace(order, price=order.price + number * step) for number in range(count)]

    def epoch(self) -> int:
        """The account's epoch on the chain. Raises ChainError."""
        return self.exchange.epoch_of(self.key.address, block=Tag.LATEST)

    def sign(self, order: Order, rule: str = "GTC") -> SignedOffer:
        """The order signed; `rule` is GTC, IOC, POST or CALL."""
        domain = exchange_domain(self.rules.chain_id, self.exchange.address)
        return SignedOffer(order, sign(order, domain, self.key), rule)

    def place(self, *orders: Order, rule: str = "GTC") -> list[PlacedOrder | RelayRefused]:
        """What became of each order, in batches of a hundred. Raises RelayDown, RelayRefused."""
        offers = [self.sign(order, rule) for order in orders]
        return self.place_signed(offers)

    def place_signed(self, offers: Sequence[SignedOffer]) -> list[PlacedOrder | RelayRefused]:
        """As `place`, of offers that are signed."""
        found: list[PlacedOrder | RelayRefused] = []
        for first in range(0, len(offers), MOST_IN_BATCH):
            found += self.relay.place(offers[first : first + MOST_IN_BATCH], self.rules)
        return found

    def cancel(self, order: bytes) -> list[bytes]:
        """Asks the relay to match an order no more, and its lane up to its nonce.

        Returns the hashes of what it ended. Who has seen an order can still fill it on the chain
        until it expires. Raises NotYours, RelayDown, RelayRefused.
        """
        return self.cancel_lane(*self.lane_of(order))

    def lane_of(self, order: bytes) -> tuple[int, int, int]:
        """Lane, nonce and expiry of an order of the account: of the fields that hash to `order`.

        Raises NotYours, RelayDown, RelayRefused.
        """
        half, *_ = self.relay.order(order).signed.halves
        if address_of(half.maker) != self.key.address:
            raise NotYours(address_of(half.maker))
        return half.lane, half.nonce, half.expiry

    def cancel_lane(self, lane: int, nonce: int, deadline: int) -> list[bytes]:
        """As `cancel`, by lane and nonce; the request counts until `deadline`, Unix seconds."""
        maker = bytes.fromhex(self.key.address[2:])
        plain = CancelRequest(maker, lane, nonce, deadline, b"")
        domain = relay_domain(self.rules.chain_id, self.exchange.address)
        signature = self.key.sign(Digester(domain).digest(plain.hash)).compact
        return self.relay.cancel(
            {
                "maker": self.key.address,
                "lane": str(lane),
                "nonce": str(nonce),
                "deadline": str(deadline),
                "signature": "0x" + signature.hex(),
            }
        )
