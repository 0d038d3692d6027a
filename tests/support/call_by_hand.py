"""A call without any structure: every price tried, everything added up again for each."""

from bridge.orders.book.entry import BookOrder

MINT_BITS = sum(1 << bit for bit in range(17, 25))


class CallByHand:
    """Clears as docs/MARKET.md says, slowly. `taken` has lots of a lane's nonce filled before."""

    def __init__(self, buys, sells, taken, band, fee_bps, mark, spot=0):
        self.spot, self.taken = spot, taken
        self.buys, self.sells = buys, [o for o in sells if self.is_near(o, o.price)]
        self.band, self.fee_bps, self.mark = band, fee_bps, mark

    def clear(self, prices: range) -> tuple[int, list[tuple[bytes, bytes, int, int]]]:
        """The price, and fills as buyer, seller, lots and way."""
        ranked = []
        for price in prices:
            buys = [o for o in self.buys if self.reaches(o, price)]
            sells = [o for o in self.sells if o.price == price]
            demand = self.lots(self.of_lanes_that_share(buys, sells, price), {})
            supply = self.lots(self.of_lanes_that_share(sells, buys, price), {})
            if min(demand, supply) > 0:
                away = abs(price - self.mark) if self.mark else 0
                ranked.append((-min(demand, supply), abs(demand - supply), away, price))
        planned = [(price, self.fills_at(price)) for *_, price in sorted(ranked)]
        most = max((sum(f[2] for f in fills) for _, fills in planned), default=0)
        for price, fills in planned:
            if most and sum(f[2] for f in fills) == most:
                return price, fills
        return 0, []

    def of_lanes_that_share(self, orders, others, price: int):
        """Orders of which some alternative has lots left, and a way that some of the others has."""
        low, high = self.band
        closed = MINT_BITS if high and not low < price < high else 0
        ours, theirs = ([o for o in some if self.left(o, {})] for some in (orders, others))
        sharing = [o for o in ours if any(o.ways & t.ways & ~closed for t in theirs)]
        lanes = {(o.key, o.nonce) for o in sharing}
        return [o for o in orders if (o.key, o.nonce) in lanes]

    def is_near(self, order: BookOrder, price: int) -> bool:
        away = 100 * abs(price - self.spot)
        return order.percent == 0 or (self.spot > 0 and away <= order.percent * self.spot)

    def reaches(self, order: BookOrder, price: int) -> bool:
        return price + price * self.fee_bps / 10_000 <= order.price

    def lots(self, orders, spent) -> int:
        """Alternatives once, by the largest."""
        best = {}
        for order in orders:
            place = (order.maker, order.lane, order.nonce)
            best[place] = max(best.get(place, 0), self.left(order, spent))
        return sum(best.values())

    def left(self, order, spent) -> int:
        nonces = [nonce for maker, lane, nonce in spent if (maker, lane) == order.key]
        if any(nonce != order.nonce for nonce in nonces):
            return 0
        place = (order.maker, order.lane, order.nonce)
        nonce, lots = self.taken.get(order.key, (0, 0))
        if order.nonce < nonce:
            return 0
        before = lots if order.nonce == nonce else 0
        return max(order.lots - before - spent.get(place, 0), 0)

    def fills_at(self, price: int) -> list[tuple[bytes, bytes, int, int]]:
        low, high = self.band
        mints = not high or low < price < high
        buyers = [o for o in self.buys if self.reaches(o, price) and self.is_near(o, price)]
        sellers = [o for o in self.sells if o.price == price]

        def eager(seller):
            return min(o.price for o in self.sells if o.key == seller.key)

        fills, spent = [], {}
        for buyer in sorted(buyers, key=lambda o: (-o.price, o.sequence)):
            for seller in sorted(sellers, key=lambda o: (eager(o), o.sequence)):
                if buyer.maker == seller.maker:
                    continue
                ways = buyer.ways & seller.ways
                ways = ways if mints else ways & ~MINT_BITS
                lots = min(self.left(buyer, spent), self.left(seller, spent))
                if not ways or lots <= 0:
                    continue
                lowest = next(1 << bit for bit in range(25) if ways >> bit & 1)
                fills.append((buyer.hash, seller.hash, lots, lowest))
                for order in (buyer, seller):
                    place = (order.maker, order.lane, order.nonce)
                    spent[place] = spent.get(place, 0) + lots
        return fills
