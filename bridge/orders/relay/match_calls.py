"""What fills a match on the chain: its calldata, in as many transactions as blocks may hold.

A maker that is a contract may burn all the gas that the exchange lets it have, at its own choice:
little when the match is estimated, all of it later. So each fill is weighed by the most it can
take, and the fills of one taker are cut where a transaction would be too dear for a block.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.orders.book.entry import BookFill
from bridge.orders.event.entry import Entry
from bridge.orders.event.event import Event, OrderPlaced, OrderReturned, unpack_event
from bridge.orders.event.rolls import RollEvent
from bridge.orders.event.state import call_fills, unpack_clearing, unpack_fills
from bridge.orders.funds.contract_signature import MOST_SIGNATURE_GAS
from bridge.orders.log.sequencer import Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.signed.order import Signed, SignedOrder, SignedRoll
from bridge.orders.signed.way import leg_and_grade
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.structs import Fill, Take
from pargrade.chain.call import Call
from pargrade.chain.transaction import MOST_GAS
from pargrade.errors import PargradeError

_CALL_GAS: Final = 150_000
"""Of a match without fills: the transaction, the taker's order, lane and signature."""
_FILL_GAS: Final = 140_000
"""Of the dearest fill, a MINT between accounts that nobody has touched (`fill_mint`)."""
_SIGNATURE_BYTE_GAS: Final = 40
"""Of a byte of calldata at the floor of EIP-7623."""


class NoSuchMatch(PargradeError):
    """A place in the log at which no match waits for the chain."""

    hint = "Take the sequence number of an order that was filled and is not yet settled."

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        super().__init__(f"entry {sequence} has no match that waits for the chain")


Step = tuple[Fill, ...]
"""One fill; of a roll one of each half, for equal lots."""


@dataclass(frozen=True, slots=True)
class MatchPart:
    """Fills of one taker for one transaction."""

    taker: Signed
    steps: tuple[Step, ...]
    signature_gas: int
    """What contracts that sign for makers may burn of it at most."""

    def call(self, exchange: FuturesExchange) -> Call[Any]:
        """What fills it, if anything of it can be filled."""
        return self._call(exchange, least_lots=1)

    def preview(self, exchange: FuturesExchange) -> Call[Any] | None:
        """What says why each fill is passed over; None of a roll, which passes over nothing."""
        return None if isinstance(self.taker, SignedRoll) else self._call(exchange, least_lots=0)

    def halves(self) -> "tuple[MatchPart, ...]":
        """The two halves of its fills; none of a single one."""
        middle = len(self.steps) // 2
        if not middle:
            return ()
        cuts = (self.steps[:middle], self.steps[middle:])
        return tuple(MatchPart(self.taker, steps, self.signature_gas) for steps in cuts)

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Those of an order, in their order."""
        return tuple(step[0] for step in self.steps)

    def _call(self, exchange: FuturesExchange, least_lots: int) -> Call[Any]:
        taker = self.taker
        if isinstance(taker, SignedRoll):
            near, far = (_joined(half) for half in zip(*self.steps, strict=True))
            return exchange.roll(taker.as_struct(), taker.signature, near, far)
        return exchange.match_available(taker.as_struct(), taker.signature, self.fills, least_lots)


class MatchCalls:
    """Reads matches that wait for the chain out of the log."""

    def __init__(
        self, sequencer: Sequencer, store: LogStore, is_key_signed: Callable[[Signed], bool]
    ) -> None:
        """`is_key_signed`, whether a maker's own key signed: else its contract is asked."""
        self._sequencer = sequencer
        self._store = store
        self._is_key_signed = is_key_signed

    def parts(self, sequence: int) -> list[MatchPart]:
        """A match in as many transactions as it takes, nearly always one. Raises NoSuchMatch."""
        match = self._sequencer.book.matches.get(sequence)
        if match is None:
            raise NoSuchMatch(sequence)
        event, near, far = self._fills_of(sequence, match.entry)
        assert isinstance(event, OrderPlaced | OrderReturned | RollEvent)
        entries = self._store.find(fill.maker for fill in (*near, *far))
        makers = {order: _maker_of(entry) for order, entry in entries.items()}
        burns = {order: self._burn_of(maker) for order, maker in makers.items()}
        near_fills, far_fills = (
            [(_fill(fill, makers[fill.maker]), burns[fill.maker]) for fill in half]
            for half in (near, far)
        )
        steps = pair_up(near_fills, far_fills) if far else [((f,), burn) for f, burn in near_fills]
        return list(cut_to_gas(event.signed, steps))

    def _fills_of(
        self, sequence: int, made: int
    ) -> tuple[Event, tuple[BookFill, ...], tuple[BookFill, ...]]:
        """What took, and what it took: its own outcome says so, or that of its call."""
        [entry] = self._store.read(sequence, 1)
        event = unpack_event(entry.body)
        if made == sequence:
            return event, *unpack_fills(entry.outcome)
        assert isinstance(event, OrderPlaced)
        [cleared] = self._store.read(made, 1)
        return event, call_fills(unpack_clearing(cleared.outcome), event.order.hash), ()

    def _burn_of(self, maker: Signed) -> int:
        """Gas that looking at a maker's signature may take beyond a fill's."""
        if self._is_key_signed(maker):
            return 0
        return MOST_SIGNATURE_GAS + _SIGNATURE_BYTE_GAS * len(maker.signature)


def _maker_of(entry: Entry) -> SignedOrder:
    event = unpack_event(entry.body)
    assert isinstance(event, OrderPlaced)
    return event.order


def _fill(fill: BookFill, maker: SignedOrder) -> Fill:
    leg, grade = leg_and_grade(fill.way)
    return Fill(maker.as_struct(), maker.signature, Take(fill.lots, leg, grade))


def pair_up(
    near: Iterable[tuple[Fill, int]], far: Iterable[tuple[Fill, int]]
) -> list[tuple[Step, int]]:
    """Fills of a roll's two halves, cut where either goes on to another maker."""
    steps: list[tuple[Step, int]] = []
    waiting = [list(near), list(far)]
    while all(waiting):
        heads = [half[0] for half in waiting]
        lots = min(fill.take.lots for fill, _ in heads)
        steps.append((tuple(_part_of(fill, lots) for fill, _ in heads), sum(b for _, b in heads)))
        for half, (fill, burn) in zip(waiting, heads, strict=True):
            left = fill.take.lots - lots
            half[:1] = [(_part_of(fill, left), burn)] if left else []
    return steps


def _part_of(fill: Fill, lots: int) -> Fill:
    return Fill(fill.order, fill.signature, Take(lots, fill.take.leg, fill.take.grade))


def _joined(fills: Sequence[Fill]) -> tuple[Fill, ...]:
    """Fills in a row from one order are one."""
    found: list[Fill] = []
    for fill in fills:
        if found and found[-1].order is fill.order:
            found[-1] = _part_of(fill, found[-1].take.lots + fill.take.lots)
        else:
            found.append(fill)
    return tuple(found)


def cut_to_gas(taker: Signed, steps: Iterable[tuple[Step, int]]) -> Iterable[MatchPart]:
    """Each as long as a transaction may be, whatever the makers' contracts burn."""
    part: list[Step] = []
    gas = burnt = 0
    for step, burn in steps:
        own = _FILL_GAS * len(step) + burn
        if part and _CALL_GAS + gas + own > MOST_GAS:
            yield MatchPart(taker, tuple(part), burnt)
            part, gas, burnt = [], 0, 0
        part.append(step)
        gas, burnt = gas + own, burnt + burn
    yield MatchPart(taker, tuple(part), burnt)
