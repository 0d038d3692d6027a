"""One line of the journal: an event of the deployment's contracts, and its place in the chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, NewType, Self

from pargrade.bindings import futures_market as market
from pargrade.bindings import grade_registry as registry
from pargrade.bindings import spot_index as index
from pargrade.bindings import wrapped_unit as unit
from pargrade.chain.hashing import Address
from pargrade.chain.log import Event, Log

PositionId = NewType("PositionId", int)
"""A LONG (its series' id) or the SHORT of grade g (that id + 1 + g)."""

Asset = Address | PositionId
"""What accounts hold: units of a grade, named by their contract, or lots of a position."""

FOLLOWED: Final[Mapping[bytes, type[Event]]] = {
    kind.TOPIC: kind
    for kind in (
        *(registry.GradeListed, registry.GradeClosed),
        *(registry.GradeImpaired, registry.ImpairmentWithdrawn),
        *(unit.Wrapped, unit.Unwrapped, unit.Transfer),
        index.RoundRecorded,
        *(market.SeriesCreated, market.EntryStopped, market.MonthCapSet),
        *(market.Opened, market.Merged),
        *(market.Proposed, market.Excluded, market.Rejected, market.Settled),
        *(market.Redeemed, market.Credited, market.Claimed, market.PayoutAddressSet),
        market.Transfer,
    )
}
"""Every event the ledger knows, by topic 0. No two contracts share one."""


class Movement(NamedTuple):
    """An amount leaves one account for another: both sides of a double entry in one line.

    Units are in wei of a unit, positions in lots. The zero address issues and redeems.
    """

    asset: Asset
    source: Address
    destination: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A followed event where it happened."""

    log: Log
    event: Event

    @classmethod
    def of(cls, log: Log) -> Self | None:
        """The entry a log makes, or None when it is no event the ledger knows.

        Raises BadEncoding when its topic promises an event that its bytes are not.
        """
        kind = FOLLOWED.get(log.topics[0]) if log.topics else None
        return None if kind is None else cls(log, kind.decode(log))

    @property
    def place(self) -> tuple[int, int]:
        """Block number and position in the block: the order of the journal."""
        return self.log.block_number, self.log.index

    @property
    def movement(self) -> Movement | None:
        """The double entry this event is, when it moves units or positions."""
        match self.event:
            case unit.Transfer(source, destination, amount):
                return Movement(self.log.address, source, destination, amount)
            case market.Transfer(_, source, destination, position, amount):
                return Movement(PositionId(position), source, destination, amount)
        return None
