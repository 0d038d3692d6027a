"""A node that lies: it runs the protocol and changes what leaves it."""

import random
from collections.abc import Iterable
from typing import NamedTuple

from oracle.protocol.batch.table import Table
from oracle.protocol.committee.committee import Committee
from oracle.protocol.message.envelope import Envelope
from oracle.protocol.wire.content import Content, sign_content
from oracle.simulation.mac import MacSignatory


class Parcel(NamedTuple):
    """One message on its way."""

    to: int
    raw: bytes
    delay_s: float = 0.0
    """Held back for so long before it is sent."""


class Liar:
    """By default honest; a strategy overrides what it lies about. Liars know each other."""

    def __init__(
        self, committee: Committee, position: int, coalition: frozenset[int], seed: int
    ) -> None:
        self.committee = committee
        self.position = position
        self.coalition = coalition
        self.last_slot = 0
        """Of the last round on chain, as of its last tick."""
        self.draw = random.Random(f"liar {seed} {position}")  # noqa: S311 - a simulated liar
        self.nodes = range(committee.bounds.nodes)
        self.honest = [each for each in self.nodes if each not in coalition]

    def table(self, table: Table, now: float) -> Table:
        """What it says it has fetched."""
        return table

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """What leaves in place of one of its messages to one node."""
        return [Parcel(to, envelope.pack())]

    def tick(self, now: float) -> Iterable[Parcel]:
        """What it sends on its own account, four times a second."""
        return ()

    def hear(self, raw: bytes, now: float) -> None:
        """A message that reached it."""

    def transmits_after(self, age_s: float) -> float | None:
        """For how long it holds back, in its turn, a report of such an age; None is for ever."""
        return 0.0

    def signed(self, content: Content) -> Envelope:
        """Any content under its own signature."""
        signatory = MacSignatory(self.position)
        signed = sign_content(content, self.committee, self.position, signatory)
        return Envelope(self.committee.epoch, signed)

    def is_leader(self, position: int, slot: int) -> bool:
        """Whether a node proposes at a slot."""
        return position == self.committee.leader(slot, self.last_slot)

    def is_in_half(self, to: int) -> bool:
        """Whether a node is in the half that gets to see the second face."""
        return to % 2 == 0
