"""Clients do anything, chain and relay fall and come back: the book is what it would fill."""

from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import replace
from random import Random

import pytest

from bridge.orders.audit.audit import audit_log
from bridge.orders.client.client import PlacedOrder, RelayClient
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import NOBODY, Digester
from pargrade.bindings.futures_exchange import Filled, Taken
from pargrade.bindings.structs import Leg, Side, Take
from pargrade.chain.errors import ChainError
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from pargrade.clock import HOUR_S
from pargrade.futures.order import near_index
from tests.support.market import DAY, MIDNIGHT, PLENTY, PRICE
from tests.support.relay_parties import Party, Venue
from tests.support.signed_orders import legs

CENT = 10**6
RULES = ("GTC", "GTC", "GTC", "GTC", "IOC", "POST", "CALL", "CALL")


class Campaign:
    """Clients at one relay, everything they signed, and what has to hold of it."""

    def __init__(self, market, folder, clients, seed):
        self.random = Random(seed)
        self.venue = Venue(market, folder)
        self.banded = self._list_scarce(market, folder)
        self.clients = [self._fund(number) for number in range(clients)]
        self.prober = self.venue.party(10, quote=10**15, units=10**22)
        self.signed, self.receipts, self.rules = {}, [], {}
        self.cancelled = {}
        self.seen = Counter()
        self._running = ExitStack()
        self.start()

    def _list_scarce(self, market, folder):
        """A BANDED series in its window whose month takes few lots, and an account fewer."""
        market.do(market.market.set_month_cap(0, 300))
        banded = market.list_banded(PRICE - 3 * CENT, PRICE + 3 * CENT, days=9)
        market.write(folder / "31337.json")
        market.record(MIDNIGHT + DAY)
        return banded

    def _fund(self, number):
        market, chain = self.venue.market, self.venue.market.chain
        party = Party(market, Key.parse(keccak(b"client %d" % number).hex()))
        chain.fund(party.key.address, 10**20)
        unit = market.unit("A1GH")
        market.do(market.quote.mint(party.key.address, 10**12))
        market.do(unit.transfer(party.key.address, 10**21))
        for spender in (self.venue.exchange.address, market.market.address):
            party.wallet.send(market.quote.approve(spender, PLENTY))
            party.wallet.send(unit.approve(spender, PLENTY))
        party.wallet.send(market.market.set_operator(self.venue.exchange.address, True))
        return party

    def start(self):
        self.service = self.venue.assemble(interval=3_600)
        self.service.outbox.recover()
        port, _ = self._running.enter_context(self.service.serving())
        self.client = self._running.enter_context(RelayClient(f"http://127.0.0.1:{port}"))

    def stop(self):
        self._running.close()

    # ── what clients do ──

    def place(self):
        party, batch = self.random.choice(self.clients), []
        for _ in range(self.random.randint(1, 4)):
            side, rule = self.random.choice(list(Side)), self.random.choice(RULES)
            away = self.random.randint(-2, 6) * (1 if side is Side.SELL else -1)
            series, most = self.random.choice((*(2 * [(self.venue.series, 90)]), (self.banded, 40)))
            if series == self.banded:
                away = max(min(away, 2), -2)
            order = party.order(
                series,
                side,
                PRICE + away * CENT,
                self.random.randint(10, most),
                legs=legs(Leg.MINT) | near_index(self.random.choice((0, 0, 0, 1, 3))),
                epoch=self.epoch_of(party),
            )
            if self.random.random() < 0.2:
                order = replace(order, lane=self.random.randint(1, 3) << 32)
                order = replace(order, nonce=self.random.randint(1, 9))
            batch.append(party.offer(order, self.venue.exchange, rule))
        for offer, result in zip(batch, self.client.place(batch, self.client.rules()), strict=True):
            if isinstance(result, PlacedOrder):
                self.signed[result.receipt.order] = offer
                self.receipts.append(result.receipt)
                self.seen["placed"] += 1
            else:
                self.seen[result.title] += 1

    def park(self):
        """Orders through the market that nobody here may meet: they name who never trades here."""
        party, batch = self.random.choice(self.clients), []
        fields = {"legs": legs(Leg.MINT), "epoch": self.epoch_of(party)}
        fields["taker"] = self.prober.key.address
        for side, away in ((Side.SELL, -1), (Side.BUY, 1)):
            for step in range(20, 30):
                price = PRICE + away * step * CENT
                order = party.order(self.venue.series, side, price, 10, **fields)
                batch.append(party.offer(order, self.venue.exchange, "GTC"))
        for offer, result in zip(batch, self.client.place(batch, self.client.rules()), strict=True):
            if isinstance(result, PlacedOrder):
                assert not result.filled
                self.signed[result.receipt.order] = offer
                self.receipts.append(result.receipt)
                self.seen["parked"] += 1

    def epoch_of(self, party):
        block = self.venue.market.chain.head()
        return self.venue.exchange.epoch_of(party.key.address, block=block)

    def cancel_here(self):
        resting = list(self.service.relay.sequencer.book.orders)
        if not resting:
            return
        order = self.signed[self.random.choice(resting)].order
        party = next(each for each in self.clients if each.key.address == order.maker)
        plain = CancelRequest(party.raw, order.lane, order.nonce, order.expiry, b"")
        domain = relay_domain(31_337, self.venue.exchange.address)
        signature = party.key.sign(Digester(domain).digest(plain.hash)).compact
        self.client.cancel(
            {
                "maker": order.maker,
                "lane": str(order.lane),
                "nonce": str(order.nonce),
                "deadline": str(order.expiry),
                "signature": "0x" + signature.hex(),
            }
        )
        self.seen["cancelled here"] += 1

    def cancel_there(self):
        resting = list(self.service.relay.sequencer.book.orders)
        if not resting:
            return
        found = self.random.choice(resting)
        order = self.signed[found].order
        party = next(each for each in self.clients if each.key.address == order.maker)
        receipt = party.wallet.send(self.venue.exchange.cancel(order.lane, order.nonce))
        self.cancelled[found] = receipt.block.number
        self.seen["cancelled there"] += 1

    def end_epoch(self):
        party = self.random.choice(self.clients)
        party.wallet.send(self.venue.exchange.cancel_all(self.epoch_of(party) + 1))
        self.seen["epoch ended"] += 1

    def drain(self):
        party, market = self.random.choice(self.clients), self.venue.market
        unit, head = market.unit("A1GH"), market.chain.head()
        held = unit.balance_of(party.key.address, block=head)
        party.wallet.send(unit.transfer(market.me, held * 99 // 100))
        self.seen["drained"] += 1

    def refill(self):
        party, market = self.random.choice(self.clients), self.venue.market
        market.do(market.unit("A1GH").transfer(party.key.address, 10**21))

    def revoke(self):
        party, allowed = self.random.choice(self.clients), self.random.random() < 0.5
        operator = self.venue.market.market.set_operator(self.venue.exchange.address, allowed)
        party.wallet.send(operator)
        self.seen["revoked"] += not allowed

    def fill_there(self):
        """Somebody takes an order on the chain, past the relay."""
        book = self.service.relay.sequencer.book
        covered = [o for o, order in book.orders.items() if order.series == self.venue.series]
        for found in covered[:1]:
            self.prober.wallet.send(self._fill(found, 1))
            self.seen["filled there"] += 1

    def change_room(self):
        """Others open pairs of the scarce month or merge theirs, or its cap is set anew."""
        market, lots = self.venue.market, self.random.randint(5, 20)
        change = self.random.choice((market.market.open, market.market.merge, None))
        if change is None:
            market.do(market.market.set_month_cap(0, self.random.choice((0, 60, 300, 300))))
        else:
            market.do(change(self.banded, 0, lots, market.me, market.me))
        self.seen["rooms"] += 1

    def pass_an_hour(self):
        chain = self.venue.market.chain
        chain.mine_at((chain.head().timestamp // HOUR_S + 1) * HOUR_S)
        self.seen["hours"] += 1

    def move_index(self):
        """Five minutes on the index is another, so that orders near it wait or come back."""
        market = self.venue.market
        value = PRICE + self.random.randint(-5, 5) * CENT
        market.record((market.now // 60 + 6) * 60, value)
        self.seen["indexes"] += 1

    def restart(self):
        self.stop()
        self.start()
        self.seen["restarts"] += 1

    def reorganise(self):
        """What clients do in some blocks is undone, and other blocks come in their place."""
        chain = self.venue.market.chain
        before = chain.head().number
        snapshot = chain.request("evm_snapshot")
        for act in (self.cancel_there, self.drain, self.revoke):
            try:
                act()
            except ChainError:
                continue
            self.service.relay._watch.follow()
        chain.request("evm_revert", snapshot)
        self.cancelled = {o: b for o, b in self.cancelled.items() if b <= before}
        chain.mine(5)
        self.seen["re-orgs"] += 1

    def act(self):
        acts = (
            *(12 * [self.place]),
            *(2 * [self.cancel_here]),
            *(2 * [self.cancel_there]),
            *(self.drain, self.refill, self.refill, self.revoke, self.revoke, self.end_epoch),
            *(self.fill_there, self.pass_an_hour, self.restart, self.reorganise),
            *(self.move_index, self.move_index, *(3 * [self.change_room])),
        )
        try:
            self.random.choice(acts)()
        except ChainError:
            self.seen["refused by the chain"] += 1
        if self.random.random() < 0.5:
            self.service.relay.follow()

    # ── what has to hold ──

    def quieten(self):
        """Follows until no match is on its way."""
        relay = self.service.relay
        for _ in range(50):
            relay.follow()
            if not relay.sequencer.book.matches:
                relay.follow()
                return
            self.venue.market.chain.mine(130)
        raise AssertionError("matches that never end")

    def check(self):
        """At a quiet point the chain would fill every order of the book, for all that is left."""
        self.quieten()
        book, chain = self.service.relay.sequencer.book, self.venue.market.chain
        self.check_waiting(book, chain)
        for found, order in book.orders.items():
            if order.in_call and order.percent:
                # It is held against the index when its call is.
                continue
            left = book.lanes.left(order)
            call = self._fill(found, left)
            chain.call(call, block=chain.head(), sender=self.prober.key.address)
            self.seen["probed"] += 1
        self.check_depth(book)

    def check_depth(self, book):
        """What is shown is open to all, and what is open to all is shown."""
        for series, found in book.series.items():
            shown = self.client.depth(series)
            for side, levels in ((Side.BUY, shown.bids), (Side.SELL, shown.asks)):
                prices = {
                    order.price
                    for order in book.orders.values()
                    if (order.series, order.side, order.in_call) == (series, side, False)
                    and order.taker == NOBODY
                }
                assert {price for price, _ in levels} == prices
                assert found.halves[side].best == (max, min)[side](prices, default=None)

    def check_waiting(self, book, chain):
        """What waits is off the index of now or without room, and the chain refuses it for that."""
        for found, (order,) in book.waiting.by_hash.items():
            self.seen["without room"] += order.no_room
            call = self._fill(found, book.lanes.left(order))
            with pytest.raises(ChainError):
                chain.call(call, block=chain.head(), sender=self.prober.key.address)
            self.seen["waited"] += 1

    def _fill(self, found, lots):
        offer = self.signed[found]
        limit = 2**63 if offer.order.side is Side.SELL else 1
        return self.venue.exchange.fill(
            offer.order, offer.signature, Take(lots, Leg.MINT, 1), limit
        )

    def check_fills(self):
        """No fill is worse than a limit, beyond its lots, or of an order cancelled before."""
        exchange, head = self.venue.exchange, self.venue.market.chain.head().number
        filled, by_transaction = Counter(), defaultdict(list)
        for log, fill in exchange.history(Filled, first=0, last=head):
            order = self.signed[fill.order].order
            assert fill.price == order.price
            filled[fill.order] += fill.lots
            assert (
                fill.order not in self.cancelled or log.block_number <= self.cancelled[fill.order]
            )
            by_transaction[log.tx_hash].append(fill)
            self.seen["fills"] += 1
        for log, taken in exchange.history(Taken, first=0, last=head):
            order = self.signed[taken.order].order
            filled[taken.order] += taken.lots
            for fill in by_transaction[log.tx_hash]:
                better = (
                    fill.price <= order.price
                    if order.side is Side.BUY
                    else (fill.price >= order.price)
                )
                assert better
                assert fill.maker != taken.taker
        for found, lots in filled.items():
            assert lots <= self.signed[found].order.lots


@pytest.mark.parametrize(
    ("clients", "acts", "seed"),
    [
        pytest.param(6, 120, 1, marks=pytest.mark.full),
        *(pytest.param(100, 1_500, seed, marks=pytest.mark.deep) for seed in (2, 3)),
    ],
)
def test_campaign__of_clients_who_do_anything__leaves_the_book_what_the_chain_would_fill(
    market, tmp_path, clients, acts, seed
):
    campaign = Campaign(market, tmp_path, clients, seed)
    try:
        for number in range(1, acts + 1):
            campaign.act()
            if number % 40 == 5:
                campaign.park()
            if number % 20 == 0:
                campaign.check()
        campaign.check()
        campaign.check_fills()
        log = list(campaign.service.relay.entries(0, 100_000))
        assert audit_log(log, campaign.receipts).findings == []
    finally:
        campaign.stop()
    whats = ("placed", "fills", "probed", "restarts", "re-orgs", "hours", "drained", "indexes")
    for what in (*whats, "parked", "waited", "without room", "NoRoomToOpen"):
        assert campaign.seen[what], campaign.seen
