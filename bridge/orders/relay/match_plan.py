"""Which matches to send next: cut to what blocks may hold, estimated, within their takers' shares.

What a match meets here, a refusal of its contract or of the node, is that match's own.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.orders.funds.chain_state import MarketState
from bridge.orders.relay.gas_shares import GasShares
from bridge.orders.relay.match_calls import MatchCalls, MatchPart, NoSuchMatch
from bridge.orders.relay.sender import Sender
from bridge.orders.relay.sendings import Sending, Sendings
from bridge.orders.signed.order import SignedOrder
from pargrade.chain.block import Tag
from pargrade.chain.errors import ChainError, RpcDown, RpcRefused, UnfundedWallet
from pargrade.chain.fee_market import read_fee_market
from pargrade.chain.transaction import MOST_GAS

MOST_CALLS: Final = 32
"""Sent before any is waited for."""
_MOST_LOOKS: Final = 4 * MOST_CALLS
"""Matches that are estimated for one sending."""

_log = logging.getLogger("bridge.orders")


@dataclass(frozen=True, slots=True)
class PlannedMatch:
    """A match that can be sent now."""

    sequence: int
    taker: bytes
    parts: tuple[tuple[MatchPart, int], ...]
    """With the gas limit of each."""


class MatchPlan:
    """Made by one thread at a time, while the book is free."""

    def __init__(
        self,
        state: MarketState,
        calls: MatchCalls,
        sender: Sender,
        shares: GasShares,
        sendings: Sendings,
        clock: Callable[[], int],
    ) -> None:
        self._state = state
        self._calls = calls
        self._sender = sender
        self._shares = shares
        self._sendings = sendings
        self._clock = clock

    def make(self, waiting: Sequence[int]) -> list[PlannedMatch]:
        """What to send of matches that wait, in this order. Raises RpcDown."""
        planned, room = list[PlannedMatch](), MOST_CALLS
        costs: Counter[bytes] = Counter()
        price = self._gas_price() if waiting else 0
        for sequence in waiting[:_MOST_LOOKS]:
            try:
                parts = self._calls.parts(sequence)
            except NoSuchMatch:
                continue
            if len(parts) > room and planned:
                break
            taker, sending = parts[0].taker.maker, self._sendings.begin(sequence)
            if self._shares.is_used_up(taker, costs[taker], self._clock()):
                if not sending.is_unpaid:
                    _log.info("match %d is its taker's to send: its share is used up", sequence)
                self._sendings.leave_unpaid(sending)
                continue
            fits = self._estimate(sequence, parts, sending, is_first=not planned)
            if fits:
                planned.append(PlannedMatch(sequence, taker, tuple(fits)))
                room -= len(fits)
                costs[taker] += sum(gas for _, gas in fits) * price
        return planned

    def _estimate(
        self, sequence: int, parts: Sequence[MatchPart], sending: Sending, *, is_first: bool
    ) -> list[tuple[MatchPart, int]]:
        """The parts that can be sent now, with their gas limits.

        Where nothing can, and nothing that goes before it may change that, the match is refused.
        """
        fits, refused, why = list[tuple[MatchPart, int]](), list[MatchPart](), ""
        waiting = list(parts)
        while waiting:
            part = waiting.pop(0)
            try:
                gas = self._sender.gas_limit(part.call(self._state.exchange))
            except RpcDown:
                raise
            except UnfundedWallet as failure:
                self._sendings.note_unpaid(sequence, sending, failure)
                return []
            except RpcRefused:
                gas = MOST_GAS + 1
                if not part.halves():
                    refused.append(part)
                    continue
            except ChainError as failure:
                why = str(failure)
                refused.append(part)
                continue
            if gas > MOST_GAS and (halves := part.halves()):
                waiting[:0] = halves
            else:
                fits.append((part, min(gas + part.signature_gas, MOST_GAS)))
        if refused and not fits and is_first:
            self._refuse(sequence, refused, sending, why)
        return fits

    def _refuse(
        self, sequence: int, parts: Sequence[MatchPart], sending: Sending, why: str
    ) -> None:
        """Gives a match up that nothing can be filled of in the state of a block, not only now."""
        head = self._state.chain.head()
        for part in parts:
            call = part.call(self._state.exchange)
            try:
                self._state.chain.call(call, block=head, sender=self._sender.address)
            except RpcDown:
                raise
            except ChainError:
                continue
            if why:
                return
        blamed = {order for part in parts for order in self._blame(part)}
        self._sendings.refuse(sending, head.number, blamed)
        _log.warning("match %d is refused: %s", sequence, why or "no block can hold it")

    def _blame(self, part: MatchPart) -> list[bytes]:
        """Makers' orders that a match would go on without, by a preview in the newest state."""
        preview = part.preview(self._state.exchange)
        if preview is None:
            return []
        try:
            found = self._state.chain.call(preview, block=Tag.LATEST, sender=self._sender.address)
        except ChainError:
            return []
        makers = (SignedOrder.of_struct(fill.order).hash for fill in part.fills)
        return [maker for maker, why in zip(makers, found.reasons, strict=True) if why]

    def _gas_price(self) -> int:
        """What gas costs now, wei, where takers have shares of a cap."""
        if self._sender.fee_cap_per_day is None:
            return 0
        return read_fee_market(self._state.chain).base_fee
