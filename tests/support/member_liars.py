"""A committee node that lies: the strategies of the simulator over the real transport.

`Forked(..., prepare=lie)` makes liars of the nodes of a command that are in the coalition. Which
strategy, and which positions are in the coalition, is said by the environment.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from oracle.member.seat import Seat
from oracle.protocol.machine.outputs import Output, Send, Transmit
from oracle.protocol.message.envelope import Envelope, read_envelope
from oracle.protocol.wire.content import Content, sign_content
from oracle.simulation.liar import Liar, Parcel
from oracle.simulation.strategies import STRATEGIES

STRATEGY: Final = "TESTS_LIAR_STRATEGY"
COALITION: Final = "TESTS_LIAR_COALITION"

_TICK_S: Final = 0.25


class _Accomplice:
    """One seat's liar, with the seat's key."""

    def __init__(self, seat: Seat, signatory: Any, last_slot: Callable[[], int]) -> None:
        committee, position = seat.stored.committee, seat.position
        coalition = frozenset(json.loads(os.environ[COALITION]))
        kind = STRATEGIES[os.environ[STRATEGY]]

        class WithKey(kind):  # type: ignore[misc, valid-type]
            def signed(self, content: Content) -> Envelope:
                signed = sign_content(content, committee, position, signatory)
                return Envelope(committee.epoch, signed)

        self.liar: Liar = WithKey(committee, position, coalition, 7)
        self.seat = seat
        self.lock = threading.RLock()
        self._last_slot = last_slot
        threading.Thread(target=self._tick_on, daemon=True).start()

    def post(self, parcel: Parcel) -> None:
        if not parcel.delay_s:
            self.seat.deliveries.send((parcel.to,), parcel.raw)
            return
        late = threading.Timer(
            parcel.delay_s, self.seat.deliveries.send, ((parcel.to,), parcel.raw)
        )
        late.daemon = True
        late.start()

    def send(self, output: Send, now: float) -> None:
        envelope = read_envelope(output.raw, self.seat.stored.committee)
        for to in output.to:
            with self.lock:
                parcels = list(self.liar.send(to, envelope, now))
            for parcel in parcels:
                self.post(parcel)

    def transmit(self, output: Transmit) -> None:
        age_s = _now(self.seat) - output.landing.report.slot
        delay_s = self.liar.transmits_after(age_s)
        if delay_s is not None:
            later = threading.Timer(delay_s, self.seat._offer, (output.landing,))
            later.daemon = True
            later.start()

    def _tick_on(self) -> None:
        while True:
            time.sleep(_TICK_S)
            with self.lock:
                self.liar.last_slot = self._last_slot()
                parcels = list(self.liar.tick(_now(self.seat)))
            for parcel in parcels:
                self.post(parcel)


_accomplices: dict[int, _Accomplice] = {}
_clocks: dict[int, float] = {}


def _now(seat: Seat) -> float:
    return _clocks.get(id(seat), 0.0)


def lie(patch: Callable[[type, str, Any], None] = setattr) -> None:
    """From now on every seat of the coalition in this process and its children lies."""
    honest_init, honest_tick = Seat.__init__, Seat.tick
    honest_receive, honest_carry_out = Seat.receive, Seat._carry_out
    slots: dict[int, int] = {}

    def init(self: Seat, stored: Any, position: int, signatory: Any, *rest: Any) -> None:
        honest_init(self, stored, position, signatory, *rest)
        if position not in json.loads(os.environ[COALITION]):
            return
        _accomplices[id(self)] = _Accomplice(self, signatory, lambda: slots.get(id(self), 0))

    def tick(self: Seat, now: float, table: Any, last_slot: int) -> float:
        _clocks[id(self)], slots[id(self)] = now, last_slot
        accomplice = _accomplices.get(id(self))
        if accomplice is None:
            return honest_tick(self, now, table, last_slot)
        with accomplice.lock:
            accomplice.liar.last_slot = last_slot
            stated = dict(accomplice.liar.table(table, now))
        return honest_tick(self, now, stated, last_slot)

    def receive(self: Seat, sender: int, raw: bytes, now: float) -> float:
        accomplice = _accomplices.get(id(self))
        if accomplice is not None:
            with accomplice.lock:
                accomplice.liar.hear(raw, now)
        return honest_receive(self, sender, raw, now)

    def carry_out(self: Seat, outputs: list[Output]) -> None:
        accomplice = _accomplices.get(id(self))
        if accomplice is None:
            return honest_carry_out(self, outputs)
        kept: list[Output] = []
        for output in outputs:
            if isinstance(output, Send):
                accomplice.send(output, _now(self))
            elif isinstance(output, Transmit):
                accomplice.transmit(output)
            else:
                kept.append(output)
        return honest_carry_out(self, kept)

    patch(Seat, "__init__", init)
    patch(Seat, "tick", tick)
    patch(Seat, "receive", receive)
    patch(Seat, "_carry_out", carry_out)
