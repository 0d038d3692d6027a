"""A book without any structure: lists that are sorted and added up again for every order."""

from dataclasses import dataclass, field

from bridge.orders.book.entry import BookOrder, OrderEnd
from bridge.orders.signed.order import NOBODY

MINT_BITS = range(17, 25)


@dataclass
class BookByHand:
    """Matches as docs/MARKET.md says, slowly."""

    fee_bps: int
    bands: dict[int, tuple[int, int]]
    resting: list[BookOrder] = field(default_factory=list)
    spent: list[tuple[bytes, int, int, int]] = field(default_factory=list)
    """Maker, lane, nonce and lots of every fill, on either side."""
    ways: dict[bytes, int] = field(default_factory=dict)
    index: dict[int, int] = field(default_factory=dict)
    off_index: list[BookOrder] = field(default_factory=list)

    def left(self, order: BookOrder, spent: list[tuple[bytes, int, int, int]]) -> int:
        lane = [fill for fill in spent if fill[:2] == (order.maker, order.lane)]
        newest = max((nonce for _, _, nonce, _ in lane), default=0)
        if order.nonce < newest:
            return 0
        return order.lots - sum(lots for _, _, nonce, lots in lane if nonce == order.nonce)

    def meet(self, order: BookOrder, wanted: int, spent: list[tuple[bytes, int, int, int]]):
        """Fills as hash, price, lots and way; and whether its own order stood in the way."""
        others = [o for o in self.resting if o.series == order.series and o.side != order.side]
        buys = order.side == 0
        others.sort(key=lambda o: (o.price if buys else -o.price, o.sequence))
        fills, got = [], 0
        for other in others:
            fee = other.price * self.fee_bps
            total = other.price * 10_000 + (fee if buys else -fee)
            if total > order.price * 10_000 if buys else total < order.price * 10_000:
                return fills, False
            if not self.is_near(order, other.price):
                continue
            shared = [
                bit for bit in range(25) if order.ways >> bit & self.ways[other.hash] >> bit & 1
            ]
            if not shared or (other.taker != NOBODY and other.taker != order.maker):
                continue
            if other.maker == order.maker:
                return fills, True
            if order.taker != NOBODY and order.taker != other.maker:
                continue
            lots = min(self.left(other, spent), wanted - got)
            if lots <= 0:
                continue
            fills.append((other.hash, other.price, lots, 1 << shared[0]))
            spent.append((other.maker, other.lane, other.nonce, lots))
            got += lots
            if got == wanted:
                return fills, False
        return fills, False

    def place(self, order: BookOrder, ioc: bool) -> tuple[list, int, OrderEnd]:
        wanted = self.left(order, self.spent)
        taken: list[tuple[bytes, int, int, int]] = []
        fills, own = self.meet(order, wanted, self.spent)
        got = sum(fill[2] for fill in fills)
        if got:
            taken.append((order.maker, order.lane, order.nonce, got))
        self.spent += taken
        rests = wanted - got
        self.sweep()
        if not rests:
            return fills, 0, OrderEnd.FILLED
        if own or ioc:
            return fills, 0, OrderEnd.SELF_TRADE if own else OrderEnd.IOC
        low, high = self.bands[order.series]
        ways = order.ways
        if high and not low < order.price < high:
            ways &= ~sum(1 << bit for bit in MINT_BITS)
        if not ways:
            return fills, 0, OrderEnd.UNFUNDED
        self.ways[order.hash] = ways
        if not self.is_near(order, order.price):
            self.off_index.append(order)
            return fills, 0, OrderEnd.OFF_INDEX
        self.resting.append(order)
        return fills, rests, OrderEnd.NONE

    def sweep(self) -> None:
        self.resting = [order for order in self.resting if self.left(order, self.spent) > 0]
        self.off_index = [order for order in self.off_index if self.left(order, self.spent) > 0]

    def is_near(self, order: BookOrder, price: int) -> bool:
        spot = self.index.get(order.series, 0)
        return not order.percent or (spot > 0 and 100 * abs(price - spot) <= order.percent * spot)

    def observe_index(self, series: int, spot: int) -> list[BookOrder]:
        """Which orders leave the book by it; and those that come back, earliest first."""
        self.index[series] = spot
        ours = [order for order in self.off_index if order.series == series]
        back = [order for order in ours if self.is_near(order, order.price)]
        gone = [o for o in self.resting if o.series == series and not self.is_near(o, o.price)]
        self.resting = [order for order in self.resting if order not in gone]
        self.off_index = [order for order in self.off_index if order not in back] + gone
        return sorted(back, key=lambda order: order.sequence)
