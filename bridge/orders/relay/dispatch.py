"""Matches sent by the relay: many at a time, each with an end of its own.

    in turn → cut to what blocks may hold → estimated → sent in a row → all waited for

Whatever one match meets, a refusal of its contract, of the node or of a cap, is that match's own.
Nothing here changes the book: `MatchSettlement` asks where a match is, and looks at the chain.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import MICROS
from bridge.orders.relay.gas_shares import GasShares
from bridge.orders.relay.match_calls import MatchCalls, MatchPart, NoSuchMatch
from bridge.orders.signed.order import SignedOrder
from bridge.outbox.records import Outcome, PlannedCall, Verdict
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import (
    ChainError,
    FeesAboveCap,
    RpcDown,
    RpcRefused,
    StuckTransaction,
    UnfundedWallet,
)
from pargrade.chain.fee_budget import FeesAboveDailyCap
from pargrade.chain.fee_market import read_fee_market
from pargrade.chain.hashing import Address
from pargrade.chain.transaction import MOST_GAS
from pargrade.process.failpoint import reached

MOST_CALLS: Final = 32
"""Sent before any is waited for."""
_MOST_LOOKS: Final = 4 * MOST_CALLS
"""Matches that are estimated for one sending."""
_RETRY_S: Final = 10
"""So long a match that could not be paid for is left alone."""
_PROBLEM_S: Final = 600
"""So long after it was last met, that the relay could not pay is still a problem."""
_CANNOT_PAY: Final = (FeesAboveCap, FeesAboveDailyCap, UnfundedWallet)

_log = logging.getLogger("bridge.orders")


class Sender(Protocol):
    """What sends: the bridge's outbox."""

    address: Address

    @property
    def fee_cap_per_day(self) -> int | None:
        """Most that a day may cost, wei; None without a cap."""

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas the call needs, with a margin. Raises its refusal."""

    def send_each(self, planned: Sequence[PlannedCall]) -> list[Outcome | ChainError]:
        """Sends calls in a row, and waits for all. Raises RpcDown."""

    def recover(self) -> Sequence[Outcome]:
        """Brings to an end what an earlier run left open."""


@dataclass(slots=True)
class Sending:
    """Where a match is that the relay has begun to send."""

    since: int
    """When it was first to be sent, then when it was; Unix time in microseconds."""
    parts: int = 1
    """Transactions that it takes."""
    is_open: bool = False
    """Whether any is on its way."""
    is_sent: bool = False
    """Whether any was mined and filled something."""
    refused_at: int | None = None
    """The block in whose state nothing of it can be filled."""
    is_unpaid: bool = False
    """Whether the relay may not or cannot pay for it: its taker may."""


@dataclass(frozen=True, slots=True)
class _Planned:
    sequence: int
    taker: bytes
    parts: tuple[tuple[MatchPart, int], ...]
    """With the gas limit of each."""


class MatchDispatch:
    """One relay's sending. `send` may be called from any thread, the rest with the book held."""

    def __init__(
        self,
        state: MarketState,
        calls: MatchCalls,
        sender: Sender,
        taker_percent: int,
        lock: threading.RLock,
        clock: Callable[[], int],
    ) -> None:
        self._state = state
        self._calls = calls
        self._sender = sender
        self._lock = lock
        self._clock = clock
        self._turn = threading.Lock()
        self._sendings: dict[int, Sending] = {}
        self._shares = GasShares(sender.fee_cap_per_day, taker_percent)
        self._is_clear = False
        """Whether nothing is open that an earlier pass or run left."""
        self._failure = ""
        """Why the last pass could not go on."""
        self._unpaid: tuple[int, str] = (0, "")
        """When a match could last not be paid for, and why."""
        self.blamed: set[bytes] = set()
        """Makers' orders that matches could not fill: whoever looks at them clears it."""

    @property
    def is_sending(self) -> bool:
        """Whether matches that wait can be sent: else their time runs from when they were made."""
        return not self._failure

    @property
    def problem(self) -> str:
        """Why matches were not sent lately; empty where they are."""
        since, unpaid = self._unpaid
        found = self._failure or (unpaid if self._clock() < since + _PROBLEM_S * MICROS else "")
        return found and f"matches are not sent, takers can send theirs: {found}"

    def find(self, sequence: int) -> Sending | None:
        """Where a match is; None before its turn."""
        return self._sendings.get(sequence)

    def forget_others(self, waiting: Sequence[int]) -> None:
        """Keeps what is known of matches that still wait."""
        kept = set(waiting)
        self._sendings = {n: found for n, found in self._sendings.items() if n in kept}

    def send(self, waiting: Sequence[int]) -> None:
        """Sends matches, some at a time, in this order, and waits for their ends.

        Raises ChainError where the endpoint is down or an earlier transaction is stuck: what is
        open is taken up the next time.
        """
        with self._turn:
            self._take_up()
            planned = self._plan(self._in_turn(waiting))
            if planned:
                self._send(planned)

    def _take_up(self) -> None:
        if self._is_clear:
            return
        try:
            self._sender.recover()
        except (RpcDown, StuckTransaction) as failure:
            self._failure = str(failure)
            raise
        except ChainError as failure:
            # What is sent next takes the nonce of what the node refuses, and so ends it.
            self._failure = str(failure)
            _log.warning("what was open is not taken up: %s", failure)
            return
        with self._lock:
            self._is_clear, self._failure = True, ""
            for sending in self._sendings.values():
                sending.is_open = False

    def _in_turn(self, waiting: Sequence[int]) -> list[int]:
        """Those to be sent, and one of those that could not be paid for: it may be by now."""
        before = self._clock() - _RETRY_S * MICROS
        with self._lock:
            found = [(n, self._sendings.get(n)) for n in waiting]
            unsent = [n for n, sending in found if sending is None or _is_waiting(sending)]
            unpaid = [n for n, each in found if each and each.is_unpaid and each.since < before]
        return unsent + unpaid[:1]

    def _plan(self, waiting: Sequence[int]) -> list[_Planned]:
        planned, room = list[_Planned](), MOST_CALLS
        costs: Counter[bytes] = Counter()
        price = self._gas_price() if waiting else 0
        for sequence in waiting[:_MOST_LOOKS]:
            try:
                parts = self._calls.parts(sequence)
            except NoSuchMatch:
                continue
            if len(parts) > room and planned:
                break
            taker, sending = parts[0].taker.maker, self._begin(sequence)
            if self._shares.is_used_up(taker, costs[taker], self._clock()):
                if not sending.is_unpaid:
                    _log.info("match %d is its taker's to send: its share is used up", sequence)
                self._leave_unpaid(sending)
                continue
            fits = self._estimate(sequence, parts, sending, is_first=not planned)
            if fits:
                planned.append(_Planned(sequence, taker, tuple(fits)))
                room -= len(fits)
                costs[taker] += sum(gas for _, gas in fits) * price
        return planned

    def _begin(self, sequence: int) -> Sending:
        with self._lock:
            return self._sendings.setdefault(sequence, Sending(self._clock()))

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
                self._note_unpaid(sequence, sending, failure)
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
        with self._lock:
            sending.refused_at = head.number
            self.blamed |= blamed
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

    def _send(self, planned: Sequence[_Planned]) -> None:
        with self._lock:
            # Meanwhile others may have found that a match has arrived.
            planned = [each for each in planned if each.sequence in self._sendings]
            for each in planned:
                sending = self._sendings[each.sequence]
                sending.since, sending.is_open = self._clock(), True
                sending.parts, sending.is_unpaid = len(each.parts), False
        calls = [
            PlannedCall(part.call(self._state.exchange), f"match {each.sequence}", gas)
            for each in planned
            for part, gas in each.parts
        ]
        try:
            ends = self._sender.send_each(calls)
        except ChainError as failure:
            self._is_clear, self._failure = False, str(failure)
            raise
        reached("matches-sent")
        for each in planned:
            own, ends = ends[: len(each.parts)], ends[len(each.parts) :]
            self._note_ends(each, own)

    def _note_ends(self, planned: _Planned, ends: Sequence[Outcome | ChainError]) -> None:
        sequence, sending = planned.sequence, self._sendings.get(planned.sequence)
        mined = [end for end in ends if isinstance(end, Outcome)]
        failed = [end for end in ends if not isinstance(end, Outcome)]
        cost = sum((o.gas_used or 0) * o.inclusion.gas_price for o in mined if o.inclusion)
        self._shares.note(planned.taker, cost, self._clock())
        is_sent = any(outcome.verdict is Verdict.DONE for outcome in mined)
        if is_sent and not failed:
            self._unpaid = (0, "")
        for failure in failed:
            _log.warning("match %d is not sent whole: %s", sequence, failure)
        if sending is None:
            return
        if any(isinstance(end, StuckTransaction) for end in failed):
            # It may still be mined: until it is taken up nobody knows.
            self._is_clear, self._failure = False, str(failed[0])
            return
        with self._lock:
            sending.is_open = False
            sending.is_sent = is_sent
        unpaid = [end for end in failed if isinstance(end, _CANNOT_PAY)]
        if unpaid:
            self._note_unpaid(sequence, sending, unpaid[0])
        elif not is_sent:
            with self._lock:
                sending.refused_at = max((o.block or 0 for o in mined), default=0)
            _log.warning("match %d is refused: %s", sequence, [_describe(end) for end in ends])

    def _note_unpaid(self, sequence: int, sending: Sending, why: ChainError) -> None:
        self._unpaid = (self._clock(), str(why))
        _log.warning("match %d is its taker's to send: %s", sequence, why)
        self._leave_unpaid(sending)

    def _leave_unpaid(self, sending: Sending) -> None:
        with self._lock:
            sending.is_unpaid, sending.since = not sending.is_sent, self._clock()

    def _gas_price(self) -> int:
        """What gas costs now, wei, where takers have shares of a cap."""
        if self._sender.fee_cap_per_day is None:
            return 0
        return read_fee_market(self._state.chain).base_fee


def _is_waiting(sending: Sending) -> bool:
    """Whether it is neither on its way nor decided."""
    decided = sending.is_sent or sending.refused_at is not None
    return not (decided or sending.is_open or sending.is_unpaid)


def _describe(end: Outcome | ChainError) -> str:
    return end.verdict.value if isinstance(end, Outcome) else str(end)
