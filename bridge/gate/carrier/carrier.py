"""Carries messages over: what is open is delivered, what waited long enough goes on. Anyone may.

A gate checks everything itself, so a carrier is believed by nobody: with a wrong endpoint it wastes
gas, with none it is late, and another one may do all of it at any time.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bridge.gate.carrier.gathering import Gathering
from bridge.gate.carrier.quorum import attestation_of, sort_signatures
from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.ends import Followers
from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.reading import read_attesters
from bridge.outbox.records import Outcome
from pargrade.bindings.errors import LessThanOwed
from pargrade.bindings.structs import Attestation, AttesterConfig, Passage, Transfer
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted
from pargrade.chain.keys import Signature
from pargrade.gate.rate_limit import Bucket, Way
from pargrade.gate.transfer import Crossing, End
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

    def recover(self) -> list[Outcome]:
        """Ends what an earlier run left open."""


@dataclass(slots=True)
class CarryingPass:
    """What one pass led to."""

    outcomes: list[tuple[RouteSide, Outcome]] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    """Why something that is open was not done, by what it is."""

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "outcomes": [
                {
                    "end": side.value,
                    "act": outcome.act,
                    "verdict": outcome.verdict.value,
                    "block": outcome.block,
                    "gas": outcome.gas_used,
                    "tx_hash": None if outcome.tx_hash is None else "0x" + outcome.tx_hash.hex(),
                }
                for side, outcome in self.outcomes
            ],
            "waiting": self.waiting,
        }


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
        return (
            self.followers.ledger.home if side is RouteSide.HOME else self.followers.ledger.remote
        )

    def _complete(self, side: RouteSide, done: CarryingPass) -> None:
        """Lets what waited at an end leave it, as far as it fits."""
        end = self.pair.end(side)
        for waiting in list(self._ledger(side).waiting.values()):
            if waiting.passage is Passage.QUEUED and self._fits(
                side, Way.OUT, waiting.amount.value
            ):
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
        delivered = 0
        # Messages that nobody attests must not stand in the way of those behind them.
        for crossing in due:
            if delivered == MOST_MESSAGES:
                return
            attestation = self._attest(end, config, crossing, given.get(crossing.nonce, []), done)
            if attestation is not None and self._takes(end, source.end, crossing.nonce, block):
                self._bring(end, crossing, attestation, done)
                delivered += 1

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
            name = f"{end.side.value}: message {crossing.nonce} arrives"
            done.waiting[name] = f"{len(signed)} of {config.threshold} signatures"
        return attestation

    def _bring(
        self, end: GateEnd, crossing: Crossing, attestation: Attestation, done: CarryingPass
    ) -> None:
        arguments = (self.pair.terms, transfer_of(crossing), attestation)
        name = f"{end.side.value}: message {crossing.nonce} arrives"
        refused = self._send(end.side, end.gate.deliver(*arguments), name, done)
        if isinstance(refused, LessThanOwed):
            # The token shrank: it waits, and is paid its share when it is put through.
            self._send(end.side, end.gate.enqueue(*arguments), name, done)

    def _execute(self, side: RouteSide, done: CarryingPass) -> None:
        """Puts through what waited at the end it goes to, as far as it fits."""
        end, ledger = self.pair.end(side), self._ledger(side)
        if end.gate.delayed_until(self.pair.route.id, block=Tag.LATEST) > self._next_time(side):
            return
        for arrival in list(ledger.arrivals.values()):
            is_due = arrival.passage is Passage.QUEUED and arrival.epoch not in ledger.revoked
            if is_due and self._fits(side, Way.IN, arrival.waiting):
                name = f"{side.value}: message {arrival.nonce} goes through"
                self._send(side, end.gate.execute(arrival.id), name, done)

    def _fits(self, side: RouteSide, way: Way, steps: int) -> bool:
        """Whether a part of what waits would go on in the next block."""
        limit = self.pair.end(side).gate.limit(self.pair.route.id, block=Tag.LATEST)
        bucket = Bucket(limit.capacity, limit.level, limit.updated_at)
        return bucket.part(way, steps, self._next_time(side)) > 0

    def _next_time(self, side: RouteSide) -> int:
        return self.pair.end(side).chain.block(Tag.PENDING).timestamp

    def _takes(self, end: GateEnd, source: End, nonce: int, block: BlockStamp) -> bool:
        """Whether a gate takes a message now: new, or queued on an epoch that was revoked since."""
        there = end.gate.arrival(source.chain, source.gate, nonce, block=block)
        return there.passage is Passage.NONE or self._lost_its_epoch(end.side, there.id, block)

    def _lost_its_epoch(self, side: RouteSide, number: int, block: BlockStamp) -> bool:
        """Whether an arrival waits on attesters that were revoked since."""
        if not number:
            return False
        gate = self.pair.end(side).gate
        queued = gate.inbound(number, block=block)
        if queued.passage is not Passage.QUEUED:
            return False
        return gate.attester_config(queued.epoch, block=block).revoked

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


def transfer_of(crossing: Crossing) -> Transfer:
    """A message as the gate takes it."""
    return Transfer(
        crossing.route,
        crossing.nonce,
        crossing.sender,
        crossing.recipient,
        crossing.amount.pack(),
    )
