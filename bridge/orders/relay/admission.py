"""Orders on their way into the log: signature, funds, lanes, then the sequencer."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from bridge.orders.book.entry import LaneKey, TimeInForce
from bridge.orders.book.lanes import LaneState
from bridge.orders.event.event import CancelRequested, Event, OrderPlaced, Placement
from bridge.orders.event.fact import EpochObserved, LaneObserved
from bridge.orders.event.rolls import RollPlaced, RollWaits
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.funds.contract_signature import is_contract_signature
from bridge.orders.funds.means import paid_ways, why_unpaid
from bridge.orders.funds.room import open_ways, why_no_room
from bridge.orders.log.sequencer import MICROS, AcceptedEvent, Sequencer, read_clock
from bridge.orders.log.store import LogStore
from bridge.orders.relay.rates import Rates, TooFast
from bridge.orders.relay.submission import Admitted, OrderSubmission, Result
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import Digester, Signed, SignedOrder
from bridge.orders.signed.refusals import (
    BadCancel,
    BadOrderSignature,
    NoFunds,
    NoRoomToOpen,
    OrderRefused,
    OrderReplayed,
    TooManyOrders,
)
from bridge.orders.signed.signature import recover_signer
from bridge.orders.signed.verification import Verifier
from pargrade.chain.errors import ChainError, UnknownBlock
from pargrade.chain.hashing import address_of

_MOST_LANES: Final = 1_000_000
"""Unused lanes remembered, so that a maker's next order costs no question."""


class Admission:
    """Takes orders for one venue. Safe to share between threads."""

    def __init__(
        self,
        state: MarketState,
        sequencer: Sequencer,
        store: LogStore,
        verifier: Verifier,
        clock: Callable[[], int] = read_clock,
    ) -> None:
        self.lock = threading.RLock()
        """Held while orders are judged by the chain's state and get their place."""
        self._state = state
        self._sequencer = sequencer
        self._store = store
        self._verifier = verifier
        self._clock = clock
        rules = verifier.rules
        self._rates = Rates(rules.orders_per_second, rules.burst)
        self._cancels = Digester(relay_domain(rules.chain_id, rules.exchange))
        self._unused: set[LaneKey] = set()
        """Lanes of which the chain has nothing."""

    def forget_lanes(self, makers: set[bytes] | None) -> None:
        """Lanes of these makers, or of all, are read again."""
        self._unused = {key for key in self._unused if makers and key[0] not in makers}

    def place(
        self, submissions: Sequence[OrderSubmission | OrderRefused], paced: set[bytes]
    ) -> list[Result]:
        """What became of each, in their order; what was refused before stays so.

        `paced` has the orders that were counted for their maker's pace, and takes those that are
        counted now: who is judged twice, as by a block that is gone, is counted once.
        Raises SequencerBroken, DatabaseDown, ChainError.
        """
        known = self._store.find(
            each.signed.hash for each in submissions if isinstance(each, OrderSubmission)
        )
        results: list[Result | None] = []
        waiting: list[tuple[int, OrderSubmission]] = []
        for each in submissions:
            if isinstance(each, OrderRefused):
                results.append(each)
                continue
            entry = known.get(each.signed.hash)
            if entry is not None:
                receipt = self._sequencer.sign_receipt(each.signed.hash, entry)
                results.append(Admitted(receipt, None))
                continue
            refused = self._refuse(each.signed) or self._take(each.signed, paced)
            results.append(refused)
            if refused is None:
                waiting.append((len(results) - 1, each))
        if waiting:
            self._warm([each.signed for _, each in waiting])
            self._sequence(waiting, results)
        return [result for result in results if result is not None]

    def cancel(self, request: CancelRequest) -> AcceptedEvent:
        """Matches a maker's orders of a lane no more. Raises BadCancel, SequencerBroken."""
        if self._clock() > request.deadline * MICROS:
            raise BadCancel(f"its deadline {request.deadline} has passed")
        digest = self._cancels.digest(request.hash)
        if recover_signer(digest, request.signature) != request.maker:
            raise BadCancel("it is not signed by its maker's key")
        with self.lock:
            [result] = self._sequencer.submit([CancelRequested(request)])
        assert isinstance(result, AcceptedEvent)
        return result

    def _refuse(self, signed: Signed) -> OrderRefused | None:
        try:
            self._verifier.check(signed, self._clock() // MICROS)
        except OrderRefused as refused:
            return refused
        return None if self.is_signed(signed) else BadOrderSignature(signed.hash)

    def _take(self, signed: Signed, paced: set[bytes]) -> TooFast | None:
        """Of its maker's pace, once the signature is known to be its own."""
        if signed.hash in paced:
            return None
        try:
            self._rates.take(address_of(signed.maker))
        except TooFast as refused:
            return refused
        paced.add(signed.hash)
        return None

    def is_signed(self, signed: Signed) -> bool:
        """Whether the maker's key signed it, or its contract says so now. Raises RpcDown."""
        if self._verifier.is_signed_by_key(signed):
            return True
        digest, block = self._verifier.digest(signed), self._state.block
        maker, signature = signed.maker, signed.signature
        return is_contract_signature(self._state.chain, maker, digest, signature, block)

    def _sequence(
        self, waiting: list[tuple[int, OrderSubmission]], results: list[Result | None]
    ) -> None:
        with self.lock:
            events: list[Event] = []
            places: dict[int, tuple[int, OrderSubmission]] = {}
            events += self._observe([each.signed for _, each in waiting])
            # Again, now that nobody else can place anything: an order is accepted once, ever.
            known = self._store.find(each.signed.hash for _, each in waiting)
            placed: set[bytes] = set()
            for place, each in waiting:
                order = each.signed.hash
                if order in known:
                    receipt = self._sequencer.sign_receipt(order, known[order])
                    results[place] = Admitted(receipt, None)
                    continue
                if order in placed:
                    results[place] = _replayed(each.signed)
                    continue
                try:
                    event = self._fund(each)
                except UnknownBlock:
                    # It says nothing of the order: the whole batch is judged by another block.
                    raise
                except (OrderRefused, ChainError) as refused:
                    results[place] = refused
                    continue
                places[len(events)] = (place, each)
                placed.add(order)
                events.append(event)
            if not places:
                return
            taken = self._sequencer.submit(events)
        for number, result in enumerate(taken):
            if number in places:
                place, _ = places[number]
                if isinstance(result, AcceptedEvent):
                    receipt = self._sequencer.receipt_of(result)
                    results[place] = Admitted(receipt, result)
                else:
                    results[place] = result

    def _warm(self, orders: list[Signed]) -> None:
        """Reads what is not known of makers before the book is held, as that may take a while."""
        asked = {(half.maker, half.series) for signed in orders for half in signed.halves}
        with suppress(ChainError):
            self._state.read_accounts(asked)
            for series in {series for _, series in asked}:
                self._state.room(series)

    def _observe(self, orders: list[Signed]) -> list[Event]:
        """What the chain has of lanes and makers that the book has not heard of."""
        book, events = self._sequencer.book, list[Event]()
        first_halves = [signed.halves[0] for signed in orders]
        keys = {(order.maker, order.lane) for order in first_halves}
        asked = [key for key in keys if book.lanes.state(key) is None and key not in self._unused]
        number = self._state.block.number
        for key, (nonce, filled) in self._state.lanes(asked).items():
            if nonce or filled:
                events.append(LaneObserved(*key, nonce, filled, number))
            else:
                self._unused.add(key)
        if len(self._unused) > _MOST_LANES:
            self._unused.clear()
        for maker in {order.maker for order in first_halves}:
            epoch = self._state.epoch(maker)
            if epoch > book.epochs.get(maker, 0):
                events.append(EpochObserved(maker, epoch, number))
        return events

    def _fund(self, submission: OrderSubmission) -> Placement:
        signed, number = submission.signed, self._state.block.number
        book, most = self._sequencer.book, self._verifier.rules.most_resting
        waiting = book.waiting.by_maker.get(signed.maker, ())
        if book.resting.count_of(signed.maker) + len(waiting) >= most:
            raise TooManyOrders(most)
        first = signed.halves[0]
        lane = book.lanes.state((first.maker, first.lane))
        lots = _lots_left(signed, lane)
        if isinstance(signed, SignedOrder):
            return OrderPlaced(signed, submission.rule, self.funded_ways(signed, lots), number)
        near, far = self.funded_ways(signed.near, lots), self.funded_ways(signed.far, lots)
        waits = submission.rule is TimeInForce.REST
        return (RollWaits if waits else RollPlaced)(signed, near, far, number)

    def funded_ways(self, order: SignedOrder, lots: int | None = None) -> int:
        """The ways in which the maker can fill so many lots, all by default.

        Raises NoFunds, or NoRoomToOpen where all that it can pay for opens pairs, without room.
        """
        detail = self._state.series[order.series]
        means = self._state.means(order.maker, order.series)
        wanted = order.lots if lots is None else lots
        ways = self._verifier.ways(order)
        paid = paid_ways(order, ways, wanted, detail, means)
        if not paid:
            raise NoFunds(order.hash, why_unpaid(order, ways, wanted, detail, means))
        room = self._state.room(order.series)
        if found := open_ways(order.side, paid, wanted, means, room):
            return found
        raise NoRoomToOpen(order.hash, wanted, why_no_room(order.side, wanted, means, room))


def _lots_left(signed: Signed, lane: LaneState | None) -> int:
    """Lots that a maker has to have means for: what its lane has filled is paid already."""
    half = signed.halves[0]
    if lane is None or lane.nonce != half.nonce:
        return half.lots
    return max(half.lots - lane.settled - lane.pending, 1)


def _replayed(signed: Signed) -> OrderReplayed:
    nonce = signed.halves[0].nonce
    return OrderReplayed(signed.hash, nonce, nonce)
