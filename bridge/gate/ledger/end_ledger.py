"""One route at one gate, added up from the gate's events. Pure: entries in, figures out.

An event that those before it do not allow raises Unexplained: a nonce that is not the next, an
amount that is none of the route, more than the budget held, more burned than was minted, more
released than was locked. The budget is the gate's own, to the unit (pargrade.gate.rate_limit).
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NoReturn

from bridge.gate.ledger.entry import GateEntry
from bridge.gate.ledger.messages import Arrival, SentMessage, Unexplained, WaitingTransfer
from bridge.gate.ledger.shelves import ArrivalShelf, SentShelf
from pargrade.bindings import bridge_gate as gate
from pargrade.bindings.structs import Passage
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.gate.rate_limit import Bucket, Way
from pargrade.gate.transfer import Amount, Crossing, End, Route

_COUNT: Final = 1 << 40
"""A nonce is the number of the route in its gate times this, plus a count from 1."""


class EndLedger:
    """A route at one of its ends."""

    def __init__(self, route: Route, end: End) -> None:
        self.route = route
        # Hashes and figures of a route that every event would take anew.
        self._route_id, self._decimals = route.id, route.decimals
        self.end = end
        self.is_home = end == route.home
        self.sent = SentShelf(self._route_id, self._decimals)
        """By nonce, in order."""
        self.waiting: dict[int, WaitingTransfer] = {}
        """The queue of those that leave, by id."""
        self.arrivals = ArrivalShelf()
        """By nonce at the gate they left."""
        self.arrived = array("Q")
        """Their nonces in the order of events: again, for one that goes on."""
        self.leaving: dict[int, WaitingTransfer] = {}
        """Those of `waiting` that still do."""
        self.held: dict[int, Arrival] = {}
        """Those of `arrivals` that still wait."""
        self.claimable: dict[Address, int] = {}
        """Steps that could not be paid, by account."""
        self.revoked: set[int] = set()
        self.epoch = 0
        self.is_added = False
        self.is_entry_stopped = False
        self.delayed_until = self.stopped_until = 0
        self.last: tuple[int, int] = (-1, -1)
        self._routes = 0
        self._number = 0
        self._bucket = Bucket(0, 0, 0)
        home, remote = route.home, route.remote
        self._nobody = {ZERO_ADDRESS, home.gate, home.token, remote.gate, remote.token}
        self._sent_steps = self._executed_steps = 0
        self._queued_steps = self._credited_steps = 0

    @property
    def locked(self) -> int:
        """Steps locked for the other end; at home."""
        return self._sent_steps - self._executed_steps if self.is_home else 0

    @property
    def minted(self) -> int:
        """Steps that exist at the remote end: what went through, less what was burned."""
        if self.is_home:
            return 0
        return self._executed_steps - self._sent_steps - self._queued_steps

    @property
    def set_aside(self) -> int:
        """Steps owed to senders in the queue and to claims; at home."""
        return self._queued_steps + self._credited_steps if self.is_home else 0

    @property
    def last_nonce(self) -> int:
        """Of the last message that left; 0 before the route was added."""
        return self._number * _COUNT + len(self.sent)

    @property
    def executed_steps(self) -> int:
        """Steps of all arrivals that went through."""
        return self._executed_steps

    @property
    def sent_steps(self) -> int:
        """Steps of all messages that left."""
        return self._sent_steps

    def post_all(self, entries: Sequence[GateEntry]) -> None:
        """Adds the entries of whole blocks, in chain order.

        Raises Unexplained, after which this ledger is of no use any more.
        """
        # A gate says which transfer of the queue left right after it says that it left.
        leaving = {
            entry.event.nonce: entry.event.id
            for entry in entries
            if isinstance(entry.event, gate.OutboundCompleted)
        }
        for entry in entries:
            self._post(entry, leaving)
            self.last = entry.place

    def _post(self, entry: GateEntry, leaving: Mapping[int, int]) -> None:
        event = entry.event
        match event:
            case gate.Sent() if event.route == self._route_id:
                self._post_sent(entry, event, leaving.get(event.nonce, 0))
            case gate.RouteAdded():
                self._add_route(event, entry.time)
            case gate.AttestersChanged():
                self.epoch = event.epoch
            case gate.EpochRevoked():
                self.revoked.add(event.epoch)
            case gate.OutboundCancelled():
                self._post_cancelled(entry, event)
            case _ if getattr(event, "route", None) == self._route_id:
                self._post_own(entry)

    def _post_own(self, entry: GateEntry) -> None:
        match entry.event:
            case gate.OutboundQueued() as queued:
                self._post_queued(entry, queued)
            case gate.InboundQueued() as arrived:
                self._post_arrival(entry, arrived)
            case gate.Executed() as executed:
                self._post_executed(entry, executed)
            case gate.LimitChanged(_, capacity):
                self._bucket = self._bucket.resized(capacity, entry.time)
            case gate.Credited(_, account, amount):
                steps = self._arriving_steps(entry, amount)
                self._credit(account, steps)
            case gate.Claimed(_, account, _, amount):
                self._credit(account, -self._steps(entry, amount))
            case gate.RouteStopped(_, until):
                self.stopped_until = until
            case gate.InboundDelayed(_, until):
                self.delayed_until = until
            case gate.EntryStopped(_, stopped):
                self.is_entry_stopped = stopped

    def _add_route(self, added: gate.RouteAdded, time: int) -> None:
        self._routes += 1
        if added.route == self._route_id:
            self._number, self.is_added = self._routes, True
            self._bucket = Bucket.rested(added.capacity, time)

    def _post_sent(self, entry: GateEntry, sent: gate.Sent, queue_id: int) -> None:
        steps = self._steps(entry, sent.amount)
        if sent.nonce != self.last_nonce + 1 or not self.is_added:
            self._refuse(entry, f"message {sent.nonce} follows message {self.last_nonce}")
        if sent.recipient in self._nobody:
            self._refuse(entry, f"message {sent.nonce} goes to {sent.recipient}")
        self._cross(entry, Way.OUT, steps)
        if queue_id:
            self._release(entry, sent, queue_id, steps)
        elif not self.is_home:
            self._require_minted(entry, steps)
        amount = Amount(steps, self._decimals)
        crossing = Crossing(sent.route, sent.nonce, sent.sender, sent.recipient, amount)
        self.sent.add(
            SentMessage(crossing, entry.log.block_number, entry.time, was_queued=queue_id != 0)
        )
        self._sent_steps += steps

    def _cross(self, entry: GateEntry, way: Way, steps: int) -> None:
        """Takes from the budget what crosses, as the gate does."""
        left = self._bucket.take(way, steps, entry.time)
        if left is None:
            most = self._bucket.budget(way, entry.time)
            crossed = "left" if way is Way.OUT else "arrived"
            self._refuse(entry, f"{steps} steps {crossed}, at most {most} might")
        self._bucket = left

    def _release(self, entry: GateEntry, sent: gate.Sent, queue_id: int, steps: int) -> None:
        found = self.waiting.get(queue_id)
        if found is None or found.passage is not Passage.QUEUED:
            self._refuse(entry, f"message {sent.nonce} left as number {queue_id}, which waits not")
        is_other = (found.sender, found.recipient) != (sent.sender, sent.recipient)
        if is_other or steps > found.amount.value:
            self._refuse(entry, f"number {queue_id} left the queue as another transfer")
        self._keep_waiting(found, found.amount.value - steps)

    def _keep_waiting(self, found: WaitingTransfer, steps: int) -> None:
        passage = Passage.QUEUED if steps else Passage.DONE
        self._set_waiting(replace(found, amount=Amount(steps, self._decimals), passage=passage))

    def _set_waiting(self, now: WaitingTransfer) -> None:
        before = self.leaving.pop(now.id, None)
        self._queued_steps -= before.amount.value if before else 0
        self.waiting[now.id] = now
        if now.passage is Passage.QUEUED:
            self.leaving[now.id] = now
            self._queued_steps += now.amount.value

    def _set_arrival(self, now: Arrival) -> None:
        self.arrivals.put(now)
        self.arrived.append(now.nonce)
        if now.passage is Passage.QUEUED:
            self.held[now.nonce] = now
        else:
            self.held.pop(now.nonce, None)

    def _credit(self, account: Address, steps: int) -> None:
        self.claimable[account] = self.claimable.get(account, 0) + steps
        self._credited_steps += steps

    def _require_minted(self, entry: GateEntry, steps: int) -> None:
        if steps > self.minted:
            self._refuse(entry, f"{steps} steps were burned, {self.minted} existed")

    def _post_queued(self, entry: GateEntry, queued: gate.OutboundQueued) -> None:
        amount = Amount(self._steps(entry, queued.amount), self._decimals)
        if not self.is_home:
            self._require_minted(entry, amount.value)
        parties = (queued.sender, queued.recipient)
        self._set_waiting(
            WaitingTransfer(
                queued.id, *parties, amount, Passage.QUEUED, entry.log.tx_hash, amount.value
            )
        )

    def _post_cancelled(self, entry: GateEntry, cancelled: gate.OutboundCancelled) -> None:
        found = self.waiting.get(cancelled.id)
        if found is None:
            return  # Of another route of this gate.
        if found.passage is not Passage.QUEUED or found.amount.pack() != cancelled.amount:
            self._refuse(entry, f"number {cancelled.id} was taken back, of which less waited")
        self._set_waiting(replace(found, passage=Passage.CANCELLED))

    def _post_arrival(self, entry: GateEntry, arrived: gate.InboundQueued) -> None:
        steps = self._arriving_steps(entry, arrived.amount)
        before = self.arrivals.get(arrived.nonce)
        if before is not None and before.passage is Passage.DONE:
            self._refuse(entry, f"message {arrived.nonce} was queued after it went through")
        now = Arrival(
            nonce=arrived.nonce,
            recipient=arrived.recipient,
            executed=before.executed if before else 0,
            waiting=steps,
            passage=Passage.QUEUED,
            id=arrived.id,
            epoch=arrived.epoch,
        )
        self._set_arrival(now)

    def _post_executed(self, entry: GateEntry, executed: gate.Executed) -> None:
        steps, nonce = self._arriving_steps(entry, executed.amount), executed.nonce
        before = self.arrivals.get(nonce)
        if before is not None and (before.passage is Passage.DONE or steps > before.waiting):
            self._refuse(entry, f"message {nonce} went through beyond what waited of it")
        if self.is_home and steps > self.locked:
            self._refuse(entry, f"{steps} steps were released, {self.locked} were locked")
        self._cross(entry, Way.IN, steps)
        left = before.waiting - steps if before else 0
        now = Arrival(
            nonce=nonce,
            recipient=executed.recipient,
            executed=steps + (before.executed if before else 0),
            waiting=left,
            passage=Passage.QUEUED if left else Passage.DONE,
            id=before.id if before else 0,
            epoch=before.epoch if before else 0,
        )
        self._set_arrival(now)
        self._executed_steps += steps

    def _steps(self, entry: GateEntry, packed: int) -> int:
        value = self._arriving_steps(entry, packed)
        if not value:
            self._refuse(entry, "an amount of nothing is none of it")
        return value

    def _arriving_steps(self, entry: GateEntry, packed: int) -> int:
        """Steps of what arrives: a gate takes 0, which nobody sends but a forger can sign.

        So it is a forgery, to be named like any other, and not an event that cannot be.
        """
        value, decimals = packed >> 8, packed & 0xFF
        if decimals != self._decimals:
            self._refuse(entry, f"an amount of {value} with {decimals} decimals is none of it")
        return value

    def _refuse(self, entry: GateEntry, reason: str) -> NoReturn:
        raise Unexplained(self.end.chain, entry.log.block_number, reason)
