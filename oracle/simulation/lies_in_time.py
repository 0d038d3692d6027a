"""Strategies that send true messages at the wrong time, to the wrong nodes, or too often."""

from collections.abc import Iterable, Sequence
from typing import Final

from oracle.protocol.committee.committee import USABLE_SLOTS
from oracle.protocol.message.calls import DeviationCall
from oracle.protocol.message.envelope import Envelope, MessageKind
from oracle.simulation.liar import Liar, Parcel

_LAST_S: Final = 2.0


class Silent(Liar):
    """Sends nothing."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """Nothing."""
        return ()

    def transmits_after(self, age_s: float) -> float | None:
        """Never."""
        return None


class DelayAll(Liar):
    """Every message just late enough to be waited for."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """The message, 2 to 8 s later."""
        return [Parcel(to, envelope.pack(), self.draw.uniform(2, 8))]


class LateHave(Liar):
    """Its HAVE comes when the leader is about to give up waiting."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """HAVEs 5.8 s later, all else in time."""
        return [Parcel(to, envelope.pack(), 5.8 if envelope.kind is MessageKind.HAVE else 0.0)]


class HoldReports(Liar):
    """Keeps its own REPORT, and sends it when the next slots are under way."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """REPORTs two slots later."""
        late_s = 2.0 * self.committee.grid_s if envelope.kind is MessageKind.REPORT else 0.0
        return [Parcel(to, envelope.pack(), late_s)]

    def transmits_after(self, age_s: float) -> float | None:
        """Never."""
        return None


class NeverTransmits(Liar):
    """Takes part in everything, and brings no report to the chain."""

    def transmits_after(self, age_s: float) -> float | None:
        """Never."""
        return None


class TransmitsLast(Liar):
    """Keeps complete reports, and brings them when they are hardly usable any more."""

    def transmits_after(self, age_s: float) -> float | None:
        """Just before the end of what the chain takes."""
        return max(USABLE_SLOTS * self.committee.grid_s - age_s - _LAST_S, 0.0)


class Staggered(Liar):
    """As the leader, proposes to f+1 nodes and to the others only in the next slot."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """The proposal to a few; its own PREPARE, which carries it, to the same."""
        if envelope.kind in (MessageKind.PROPOSAL, MessageKind.PREPARE):
            few = self.honest[: self.committee.bounds.attesters]
            if to not in few:
                return [Parcel(to, envelope.pack(), float(self.committee.grid_s))]
        return [Parcel(to, envelope.pack())]


class ReplayOld(Liar):
    """Sends what it heard before, from all slots, again and again."""

    kept: Sequence[bytes] = ()

    def hear(self, raw: bytes, now: float) -> None:
        """Keeps one of ten."""
        if self.draw.random() < 0.1:
            self.kept = [*self.kept[-100:], raw]

    def tick(self, now: float) -> Iterable[Parcel]:
        """Three of them."""
        return [
            Parcel(self.draw.choice(self.nodes), self.draw.choice(self.kept)) for _ in self.kept[:3]
        ]


class Flood(Liar):
    """Noise, and what it heard with bytes changed."""

    last = b"\2"

    def hear(self, raw: bytes, now: float) -> None:
        """Keeps the last one."""
        self.last = raw

    def tick(self, now: float) -> Iterable[Parcel]:
        """Some noise to everyone."""
        for to in self.nodes:
            noise = bytearray(self.last[:4_096] or b"\0")
            noise[self.draw.randrange(len(noise))] ^= 1 << self.draw.randrange(8)
            yield Parcel(to, bytes(noise))
            yield Parcel(to, self.draw.randbytes(self.draw.randrange(200)))


class Spam(Liar):
    """Calls for a slot whether prices moved or not."""

    def tick(self, now: float) -> Iterable[Parcel]:
        """A call for the next slot to everyone."""
        slot = self.committee.slot_at(now) + self.committee.grid_s
        raw = self.signed(DeviationCall(slot)).pack()
        return [Parcel(to, raw) for to in self.nodes]
