"""One entry of the journal: a contract event and its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, NewType, Self

from pargrade.bindings import futures_market as market
from pargrade.bindings import grade_registry as registry
from pargrade.bindings import spot_index as index
from pargrade.bindings import spot_index_v2 as index_v2
from pargrade.bindings import wrapped_unit as unit
from pargrade.chain.hashing import Address
from pargrade.chain.log import Event, Log

PositionId = NewType("PositionId", int)
"""The LONG of a series (the series' id), or the SHORT of grade g (that id + 1 + g)."""

Asset = Address | PositionId
"""What an account can hold: units of a grade, by their contract, or lots of a position."""

FOLLOWED: Final[Mapping[bytes, type[Event]]] = {
    kind.TOPIC: kind
    for kind in (
        *(registry.GradeListed, registry.GradeClosed),
        *(registry.GradeImpaired, registry.ImpairmentWithdrawn),
        *(registry.ShortageSeen, registry.ShortageCured),
        *(unit.Wrapped, unit.Unwrapped, unit.Transfer),
        *(index.RoundRecorded, index_v2.RoundRecorded),
        *(market.SeriesCreated, market.EntryStopped, market.MonthCapSet),
        *(market.Opened, market.Merged),
        *(market.Proposed, market.Excluded, market.Rejected, market.Settled),
        *(market.Redeemed, market.Credited, market.Claimed, market.PayoutAddressSet),
        market.Transfer,
    )
}
"""Every event the ledger knows, by topic 0. No two contracts share a topic."""


class Movement(NamedTuple):
    """An amount that moves from one account to another.

    Units are in wei of a unit, positions in lots. The zero address is the issuer.
    """

    asset: Asset
    source: Address
    destination: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A followed event with its log."""

    log: Log
    event: Event

    @classmethod
    def of(cls, log: Log) -> Self | None:
        """The entry of a log, or None when the ledger does not know the event.

        Raises BadEncoding when the bytes do not fit the event of the topic.
        """
        kind = FOLLOWED.get(log.topics[0]) if log.topics else None
        return None if kind is None else cls(log, kind.decode(log))

    @property
    def place(self) -> tuple[int, int]:
        """Block number and index of the log in the block; the journal is in this order."""
        return self.log.block_number, self.log.index

    @property
    def movement(self) -> Movement | None:
        """The movement of a transfer of units or positions; None for other events."""
        match self.event:
            case unit.Transfer(source, destination, amount):
                return Movement(self.log.address, source, destination, amount)
            case market.Transfer(_, source, destination, position, amount):
                return Movement(PositionId(position), source, destination, amount)
        return None
