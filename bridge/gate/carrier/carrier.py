"""Carries messages over: what is open is delivered, what waited long enough goes on. Anyone may.

A gate checks everything itself, so a carrier is believed by nobody: with a wrong endpoint it wastes
gas, with none it is late, and another one may do all of it at any time.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bridge.gate.carrier.arrivals import (
    Ledgered,
    Ready,
    read_taken,
    split_by_budget,
    transfer_of,
)
from bridge.gate.carrier.carrying_pass import CarryingPass
from bridge.gate.carrier.gathering import Gathering
from bridge.gate.carrier.quorum import attestation_of, sort_signatures
from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.ends import Followers
from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.reading import read_attesters
from bridge.outbox.records import Outcome, PlannedCall
from pargrade.bindings.errors import LessThanOwed
from pargrade.bindings.structs import Attestation, AttesterConfig
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted
from pargrade.chain.keys import Signature
from pargrade.gate.rate_limit import Bucket, Way
from pargrade.gate.transfer import Crossing
from pargrade.process.failpoint import reached

MOST_MESSAGES: Final = 64
"""Delivered one way in one pass."""

_log: Final = logging.getLogger("bridge.gate")


class Sender(Protocol):
    """Who sends a carrier's transactions on one chain."""

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas limit it would be sent with. Raises its refusal."""

    def send(self, call: Call[Any], act: str, gas: int) -> Outcome:
        """Sends it and waits for its end."""

    def send_all(self, planned: Sequence[PlannedCall]) -> list[Outcome]:
        """Sends calls in a row, and waits for the end of all."""

    def recover(self) -> list[Outcome]:
        """Ends what an earlier run left open."""

    def close(self) -> None:
        """Closes its database."""


@dataclass(slots=True)
class Carrier:
    """Carries one route, both ways."""

    pair: RoutePair
    followers: Followers
    gathering: Gathering
    senders: Mapping[RouteSide, Sender]
    stopping: Callable[[], bool] = lambda: False

    def carry(self) -> CarryingPass:
        """One pass over both chains.

        Raises ChainError, DatabaseDown, Unexplained: what a later pass may mend.
        """
        done = CarryingPass()
        for side, sender in self.senders.items():
            done.outcomes += [(side, outcome) for outcome in sender.recover()]
        self.followers.sync()
        for side in RouteSide:
            self._complete(side, done)
            self._deliver(side, done)
            self._execute(side, done)
        return done

    def _ledger(self, side: RouteSide) -> EndLedger:
        return self._ledgered(side).ledger

    def _ledgered(self, side: RouteSide) -> Ledgered:
        follower = self.followers.home if side is RouteSide.HOME else self.followers.remote
        return Ledgered(follower.ledger, -1 if follower.head is None else follower.head.number)

    def _complete(self, side: RouteSide, done: CarryingPass) -> None:
        """Lets what waited at an end leave it, as far as it fits."""
        end = self.pair.end(side)
        for waiting in list(self._ledger(side).leaving.values()):
            if self._fits(side, Way.OUT, waiting.amount.value):
                name = f"{side.value}: number {waiting.id} leaves the queue"
                self._send(side, end.gate.complete(waiting.id), name, done)

    def _deliver(self, side: RouteSide, done: CarryingPass) -> None:
        """Brings what is attested to the end it goes to."""
        source = self._ledger(side.other)
        due = [each.message.crossing for each in self.followers.ledger.open_messages(source)]
        if not due:
            return
        end = self.pair.end(side)
        block = end.chain.head()
        config = read_attesters(end, block)
        if not config.epoch or config.revoked:
            done.waiting[f"{side.value}: attesters"] = "no epoch is in force; nothing is delivered"
            return
        nonces = [crossing.nonce for crossing in due]
        given = self.gathering.gather(end.chain.chain_id, config.epoch, nonces)
        taken = read_taken(end, self._ledgered(side), block, nonces)
        ready: list[Ready] = []
        # Messages that nobody attests must not stand in the way of those behind them.
        for crossing in due:
            if len(ready) == MOST_MESSAGES:
                break
            attestation = self._attest(end, config, crossing, given.get(crossing.nonce, []), done)
            if attestation is not None and crossing.nonce not in taken:
                ready.append(Ready(crossing, attestation))
        self._bring_all(end, ready, done)

    def _attest(
        self,
        end: GateEnd,
        config: AttesterConfig,
        crossing: Crossing,
        given: list[Signature],
        done: CarryingPass,
    ) -> Attestation | None:
        which = self.pair.route.home if end.side is RouteSide.HOME else self.pair.route.remote
        signed = sort_signatures(crossing, which, config, given)
        attestation = attestation_of(config, signed)
        if attestation is None:
            name = self._name(end, crossing)
            done.waiting[name] = f"{len(signed)} of {config.threshold} signatures"
        return attestation

    def _bring_all(self, end: GateEnd, ready: list[Ready], done: CarryingPass) -> None:
        """Delivers what fits together in one go, and what may have to be queued one by one.

        How much gas a delivery needs depends on whether it fits, so those of one go must fit all.
        """
        budget = self._bucket(end.side).budget(Way.IN, self._next_time(end.side))
        together, alone = split_by_budget(ready, budget)
        planned = []
        for each in together:
            call = end.gate.deliver(self.pair.terms, transfer_of(each.crossing), each.attestation)
            name = self._name(end, each.crossing)
            try:
                planned.append(PlannedCall(call, name, self.senders[end.side].gas_limit(call)))
            except Reverted as refused:
                self._bring_refused(end, each, refused, done)
        if planned and not self.stopping():
            outcomes = self.senders[end.side].send_all(planned)
            done.outcomes += [(end.side, outcome) for outcome in outcomes]
            for outcome in outcomes:
                done.waiting.pop(outcome.act, None)
            reached("carried")
        for each in alone:
            call = end.gate.deliver(self.pair.terms, transfer_of(each.crossing), each.attestation)
            refusal = self._send(end.side, call, self._name(end, each.crossing), done)
            if refusal is not None:
                self._bring_refused(end, each, refusal, done)

    def _bring_refused(
        self, end: GateEnd, ready: Ready, refused: Reverted, done: CarryingPass
    ) -> None:
        """Another carrier was first, or the token shrank: then it waits, and is paid its share."""
        name = self._name(end, ready.crossing)
        done.waiting[name] = str(refused)
        if isinstance(refused, LessThanOwed):
            transfer = transfer_of(ready.crossing)
            call = end.gate.enqueue(self.pair.terms, transfer, ready.attestation)
            self._send(end.side, call, name, done)

    def _name(self, end: GateEnd, crossing: Crossing) -> str:
        return f"{end.side.value}: message {crossing.nonce} arrives"

    def _execute(self, side: RouteSide, done: CarryingPass) -> None:
        """Puts through what waited at the end it goes to, as far as it fits."""
        end, ledger = self.pair.end(side), self._ledger(side)
        if end.gate.delayed_until(self.pair.route.id, block=Tag.LATEST) > self._next_time(side):
            return
        for arrival in list(ledger.held.values()):
            is_due = arrival.epoch not in ledger.revoked
            if is_due and self._fits(side, Way.IN, arrival.waiting):
                name = f"{side.value}: message {arrival.nonce} goes through"
                self._send(side, end.gate.execute(arrival.id), name, done)

    def _fits(self, side: RouteSide, way: Way, steps: int) -> bool:
        """Whether a part of what waits would go on in the next block."""
        return self._bucket(side).part(way, steps, self._next_time(side)) > 0

    def _bucket(self, side: RouteSide) -> Bucket:
        limit = self.pair.end(side).gate.limit(self.pair.route.id, block=Tag.LATEST)
        return Bucket(limit.capacity, limit.level, limit.updated_at)

    def _next_time(self, side: RouteSide) -> int:
        return self.pair.end(side).chain.block(Tag.PENDING).timestamp

    def _send(
        self, side: RouteSide, call: Call[Any], name: str, done: CarryingPass
    ) -> Reverted | None:
        """Sends a call; what refuses it is returned, and noted as why it waits."""
        if self.stopping():
            return None
        sender = self.senders[side]
        try:
            outcome = sender.send(call, name, sender.gas_limit(call))
        except Reverted as refused:
            # Another carrier was first, or the gate does not take it yet.
            done.waiting[name] = str(refused)
            return refused
        done.waiting.pop(name, None)
        done.outcomes.append((side, outcome))
        reached("carried")
        return None
