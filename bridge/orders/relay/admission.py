"""Orders on their way into the log: signature, funds, lanes, then the sequencer."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from bridge.orders.book.entry import TimeInForce
from bridge.orders.book.lanes import LaneState
from bridge.orders.event.event import CancelRequested, Event, OrderPlaced, Placement
from bridge.orders.event.rolls import RollPlaced, RollWaits
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.funds.contract_signature import is_contract_signature
from bridge.orders.log.sequencer import MICROS, AcceptedEvent, Sequencer, read_clock
from bridge.orders.log.store import LogStore
from bridge.orders.relay.funding import Funding
from bridge.orders.relay.rates import Rates, TooFast
from bridge.orders.relay.readings import Readings
from bridge.orders.relay.submission import Admitted, OrderSubmission, Result
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import Digester, Signed, SignedOrder
from bridge.orders.signed.refusals import (
    BadCancel,
    BadOrderSignature,
    OrderRefused,
    OrderReplayed,
    TooManyOrders,
)
from bridge.orders.signed.signature import recover_signer
from bridge.orders.signed.verification import Verifier
from pargrade.chain.errors import ChainError, UnknownBlock
from pargrade.chain.hashing import address_of

_MOST_READINGS: Final = 3
"""Of one batch, where a block came each time between reading and judging."""

Waiting = list[tuple[int, OrderSubmission]]
"""Orders that are not judged yet, with their places in the batch."""


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
        self._questions = Rates(rules.contract_orders_per_second, rules.contract_burst)
        self._funding = Funding(state, verifier)
        self._readings = Readings(state, sequencer, self.lock)

    def forget_lanes(self, makers: set[bytes] | None) -> None:
        """Lanes of these makers, or of all, are read again."""
        self._readings.forget(makers)

    def place(
        self,
        submissions: Sequence[OrderSubmission | OrderRefused],
        paced: set[bytes],
        asker: str = "",
    ) -> list[Result]:
        """What became of each, in their order; what was refused before stays so.

        `paced` has the orders that were counted for their maker's pace, and takes those that are
        counted now: who is judged twice, as by a block that is gone, is counted once. `asker` is
        whose pace it is to ask contracts for signatures that no key made.
        Raises SequencerBroken, DatabaseDown, ChainError.
        """
        known = self._store.find(
            each.signed.hash for each in submissions if isinstance(each, OrderSubmission)
        )
        results: list[Result | None] = []
        waiting: Waiting = []
        for each in submissions:
            if isinstance(each, OrderRefused):
                results.append(each)
                continue
            entry = known.get(each.signed.hash)
            if entry is not None:
                receipt = self._sequencer.sign_receipt(each.signed.hash, entry)
                results.append(Admitted(receipt, None))
                continue
            refused = self._refuse(each.signed, paced, asker) or self._take(each.signed, paced)
            results.append(refused)
            if refused is None:
                waiting.append((len(results) - 1, each))
        for look in range(1, _MOST_READINGS + 1):
            waiting = self._read(waiting, results)
            if not waiting or self._sequence(waiting, results, now=look == _MOST_READINGS):
                break
        return [result for result in results if result is not None]

    def cancel(self, request: CancelRequest) -> AcceptedEvent | None:
        """Matches a maker's orders of a lane no more. Raises BadCancel, SequencerBroken.

        None where that changes nothing: then it is no entry, or a request sent again and again, or
        one of who never had an order, would fill the log.
        """
        if self._clock() > request.deadline * MICROS:
            raise BadCancel(f"its deadline {request.deadline} has passed")
        digest = self._cancels.digest(request.hash)
        if recover_signer(digest, request.signature) != request.maker:
            raise BadCancel("it is not signed by its maker's key")
        with self.lock:
            if not self._sequencer.book.cancels((request.maker, request.lane), request.nonce):
                return None
            [result] = self._sequencer.submit([CancelRequested(request)])
        assert isinstance(result, AcceptedEvent)
        return result

    def _refuse(
        self, signed: Signed, paced: set[bytes], asker: str
    ) -> OrderRefused | TooFast | None:
        try:
            self._verifier.check(signed, self._clock() // MICROS)
            if self._verifier.is_signed_by_key(signed):
                return None
            if signed.hash not in paced:
                self._questions.take(asker)
        except (OrderRefused, TooFast) as refused:
            return refused
        return None if self._is_signed_by_contract(signed) else BadOrderSignature(signed.hash)

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
        return self._verifier.is_signed_by_key(signed) or self._is_signed_by_contract(signed)

    def _is_signed_by_contract(self, signed: Signed) -> bool:
        if not self._state.has_code(signed.maker):
            return False
        digest, block = self._verifier.digest(signed), self._state.block
        maker, signature = signed.maker, signed.signature
        return is_contract_signature(self._state.chain, maker, digest, signature, block)

    def _read(self, waiting: Waiting, results: list[Result | None]) -> Waiting:
        """Reads what judging needs while the book is free. Returns those still to be judged.

        Who has nothing at all is refused before its lanes cost a question. Raises ChainError.
        """
        failed = self._readings.read_accounts([each.signed for _, each in waiting])
        left: Waiting = []
        for place, each in waiting:
            results[place] = failed.get(each.signed.hash) or self._funding.lacks_all(each.signed)
            if results[place] is None:
                left.append((place, each))
        self._readings.read_lanes([each.signed for _, each in left])
        return left

    def _sequence(self, waiting: Waiting, results: list[Result | None], *, now: bool) -> bool:
        """Judges orders and gives them their places. Raises UnknownBlock.

        False, and nothing has happened, where a block came since they were read for: then they are
        read for again, unless it has to be `now`.
        """
        with self.lock:
            orders = [each.signed for _, each in waiting]
            if not now and not self._readings.has(orders):
                return False
            events: list[Event] = []
            places: dict[int, tuple[int, OrderSubmission]] = {}
            events += self._readings.observe(orders)
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
                return True
            taken = self._sequencer.submit(events)
        for number, result in enumerate(taken):
            if number in places:
                place, _ = places[number]
                if isinstance(result, AcceptedEvent):
                    receipt = self._sequencer.receipt_of(result)
                    results[place] = Admitted(receipt, result)
                else:
                    results[place] = result
        return True

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
        """As of Funding."""
        return self._funding.ways(order, lots)


def _lots_left(signed: Signed, lane: LaneState | None) -> int:
    """Lots that a maker has to have means for: what its lane has filled is paid already."""
    half = signed.halves[0]
    if lane is None or lane.nonce != half.nonce:
        return half.lots
    return max(half.lots - lane.settled - lane.pending, 1)


def _replayed(signed: Signed) -> OrderReplayed:
    nonce = signed.halves[0].nonce
    return OrderReplayed(signed.hash, nonce, nonce)
