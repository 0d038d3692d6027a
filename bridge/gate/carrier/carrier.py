"""Carries messages over: what is open is delivered, what waited long enough goes on. Anyone may.

A gate checks everything itself, so a carrier is believed by nobody: with a wrong endpoint it wastes
gas, with none it is late, and another one may do all of it at any time.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from bridge.gate.carrier.queues import choose, due_arrivals
from bridge.gate.carrier.quorum import Tally, attestation_of
from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.ends import Followers
from bridge.gate.ledger.messages import SentMessage
from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.reading import read_attesters
from bridge.outbox.records import Outcome, PlannedCall
from pargrade.bindings.errors import LessThanOwed
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted
from pargrade.gate.rate_limit import Bucket, Way
from pargrade.gate.transfer import Crossing
from pargrade.process.failpoint import reached

MOST_MESSAGES: Final = 64
"""Delivered one way in one pass, and taken out of each queue."""

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
    least_steps: int = 0
    """Transfers of less are left to others."""
    stopping: Callable[[], bool] = lambda: False

    def carry(self) -> CarryingPass:
        """One pass over both chains.

        Raises ChainError, DatabaseDown, Unexplained: what a later pass may mend.
        """
        done = CarryingPass()
        for side, sender in self.senders.items():
            done.outcomes += [(side, outcome) for outcome in sender.recover()]
        self.followers.sync()
        # What has crossed comes first: nobody's queue may hold it up.
        for side in RouteSide:
            self._deliver(side, done)
        for side in RouteSide:
            self._go_on(side, done)
        return done

    def _ledger(self, side: RouteSide) -> EndLedger:
        return self._ledgered(side).ledger

    def _ledgered(self, side: RouteSide) -> Ledgered:
        follower = self.followers.home if side is RouteSide.HOME else self.followers.remote
        return Ledgered(follower.ledger, -1 if follower.head is None else follower.head.number)

    def _deliver(self, side: RouteSide, done: CarryingPass) -> None:
        """Brings what is attested to the end it goes to."""
        source, end = self._ledger(side.other), self.pair.end(side)
        due, dust = self._due(each.message for each in self.followers.ledger.open_messages(source))
        _note_dust(done, f"{side.value}: dust", dust)
        if not due:
            return
        block = end.chain.head()
        config = read_attesters(end, block)
        if not config.epoch or config.revoked:
            done.waiting[f"{side.value}: attesters"] = "no epoch is in force; nothing is delivered"
            return
        taken = read_taken(end, self._ledgered(side), block, [each.nonce for each in due])
        wanted = [crossing for crossing in due if crossing.nonce not in taken]
        which = self.pair.route.home if side is RouteSide.HOME else self.pair.route.remote
        # Messages that nobody attests must not stand in the way of those behind them.
        tally = Tally(which, config, wanted, MOST_MESSAGES)
        self.gathering.gather(tally)
        ready: list[Ready] = []
        for crossing in wanted:
            signed = tally.signed(crossing.nonce)
            attestation = attestation_of(config, signed)
            if attestation is None:
                of_quorum = f"{len(signed)} of {config.threshold} signatures"
                done.waiting[_name(side, crossing)] = of_quorum
            elif len(ready) < MOST_MESSAGES:
                ready.append(Ready(crossing, attestation))
        self._bring_all(end, ready, done)

    def _due(self, messages: Iterable[SentMessage]) -> tuple[list[Crossing], int]:
        """What is carried of these messages, and how many are less than that.

        What waited to leave is no dust: a part of it, or somebody else carried it so far.
        """
        due, dust = [], 0
        for message in messages:
            crossing = message.crossing
            if crossing.amount.value >= self.least_steps or message.was_queued:
                due.append(crossing)
            else:
                dust += 1
        return due, dust

    def _bring_all(self, end: GateEnd, ready: list[Ready], done: CarryingPass) -> None:
        """Delivers what fits together, and queues what goes in parts, in one go.

        How much gas a delivery needs depends on whether it fits, so those of one go must fit all.
        What is no more than a part waits here for its turn: a queue would bring it no sooner, and
        costs twice the gas.
        """
        if not ready:
            return
        bucket = self._bucket(end.side)
        together, beyond = split_by_budget(ready, bucket.budget(Way.IN, self._next_time(end.side)))
        alone = [each for each in beyond if each.crossing.amount.value > bucket.least_part]
        for each in beyond:
            done.waiting[_name(end.side, each.crossing)] = "more than may arrive now"
        terms, gate = self.pair.terms, end.gate
        names = {_name(end.side, each.crossing): each for each in ready}

        def enqueue(each: Ready) -> tuple[str, Call[Any]]:
            call = gate.enqueue(terms, transfer_of(each.crossing), each.attestation)
            return _name(end.side, each.crossing), call

        calls = {}
        for each in together:
            call = gate.deliver(terms, transfer_of(each.crossing), each.attestation)
            calls[_name(end.side, each.crossing)] = call
        refused = self._send_all(end.side, {**calls, **dict(map(enqueue, alone))}, done)
        # Where the token shrank nothing is paid at once: it waits, and is paid its share.
        shrunk = [name for name, why in refused.items() if isinstance(why, LessThanOwed)]
        self._send_all(end.side, dict(enqueue(names[name]) for name in shrunk), done)

    def _go_on(self, side: RouteSide, done: CarryingPass) -> None:
        """Lets what waits at an end leave it or go through, as far as it fits, in one go."""
        end, ledger = self.pair.end(side), self._ledger(side)
        if not ledger.leaving and not due_arrivals(ledger):
            return
        now = self._next_time(side)
        delayed_until = end.gate.delayed_until(self.pair.route.id, block=Tag.LATEST)
        chosen = choose(
            ledger,
            self._bucket(side),
            now,
            self.least_steps,
            MOST_MESSAGES,
            is_held_back=delayed_until > now,
        )
        _note_dust(done, f"{side.value}: dust that waits", chosen.left_to_others)
        calls: dict[str, Call[Any]] = {}
        for waiting in chosen.leaving:
            name = f"{side.value}: number {waiting.id} leaves the queue"
            calls[name] = end.gate.complete(waiting.id)
        for arrival in chosen.arriving:
            name = f"{side.value}: message {arrival.nonce} goes through"
            calls[name] = end.gate.execute(arrival.id)
        self._send_all(side, calls, done)

    def _bucket(self, side: RouteSide) -> Bucket:
        limit = self.pair.end(side).gate.limit(self.pair.route.id, block=Tag.LATEST)
        return Bucket(limit.capacity, limit.level, limit.updated_at)

    def _next_time(self, side: RouteSide) -> int:
        return self.pair.end(side).chain.block(Tag.PENDING).timestamp

    def _send_all(
        self, side: RouteSide, calls: Mapping[str, Call[Any]], done: CarryingPass
    ) -> dict[str, Reverted]:
        """Sends calls in one go, by name. What refuses one is returned, and noted as its reason.

        Another carrier was first, or the gate does not take it yet.
        """
        sender, planned, refusals = self.senders[side], [], {}
        for name, call in calls.items():
            try:
                planned.append(PlannedCall(call, name, sender.gas_limit(call)))
            except Reverted as refused:
                refusals[name] = refused
                done.waiting[name] = str(refused)
        if not planned or self.stopping():
            return refusals
        for outcome in sender.send_all(planned):
            done.outcomes.append((side, outcome))
            done.waiting.pop(outcome.act, None)
        reached("carried")
        return refusals


def _name(side: RouteSide, crossing: Crossing) -> str:
    return f"{side.value}: message {crossing.nonce} arrives"


def _note_dust(done: CarryingPass, name: str, count: int) -> None:
    if count:
        done.waiting[name] = f"{count} are less than is carried here, and left to others"
