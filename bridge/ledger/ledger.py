"""The ledger: what the contracts hold and owe, computed from their events and nothing else.

Pure and deterministic: equal entries in equal order make equal ledgers, however they are cut into
batches, so a replay from the first block proves one that was kept up to date. Quote amounts are
base units of the series' quote token, unit amounts wei of a unit, prices USD per SCU, 8 decimals.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Final

from bridge.ledger.books import Books
from bridge.ledger.entry import Entry, PositionId
from pargrade.bindings import futures_market as market
from pargrade.bindings import grade_registry as registry
from pargrade.bindings import spot_index as index
from pargrade.bindings import wrapped_unit as unit
from pargrade.bindings.structs import GradeTerms, Phase, SeriesTerms, Style
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.chain.log import Event
from pargrade.errors import PargradeError
from pargrade.futures.payoff import month_of

FINAL: Final = frozenset({Phase.SETTLED, Phase.DELIVERED})
_SIDE: Final = 0xFF


class OutOfOrder(PargradeError):
    """An entry at or before the last one."""

    hint = "Feed entries in the order of the chain; after a re-org fold the journal again."

    def __init__(self, place: tuple[int, int], last: tuple[int, int]) -> None:
        self.place = place
        self.last = last
        super().__init__(f"entry {place} does not come after {last}")


class Unannounced(PargradeError):
    """An event about a series or grade whose listing is not in the journal."""

    hint = "The journal does not start at the deployment's first block: `pargrade bridge rebuild`."

    def __init__(self, kind: str, name: str, place: tuple[int, int]) -> None:
        self.kind = kind
        self.name = name
        self.place = place
        super().__init__(f"entry {place} is about the unknown {kind} {name}")


@dataclass(slots=True)
class SeriesAccount:
    """One series: its standing and what it locked and paid."""

    terms: SeriesTerms
    lots: list[int]
    """Pairs open per grade, or all of a BANDED series; frozen once the series is final."""
    phase: Phase = Phase.OPEN
    price: int = 0
    challenge_ends: int = 0
    guardian_acted: bool = False
    impaired: int = 0
    quote_paid: int = 0
    """By redemption, credited amounts included."""
    redeemed: dict[PositionId, int] = field(default_factory=dict)
    """Lots per position."""

    @property
    def is_banded(self) -> bool:
        """Both sides locked quote: it has no grades."""
        return self.terms.style is Style.BANDED


@dataclass(slots=True)
class GradeAccount:
    """One grade: its standing and the tokens it took."""

    terms: GradeTerms
    tokens: int = 0
    """Base units of the underlying, taken by wrapping less paid by unwrapping."""
    closed: bool = False
    impaired_at: int = 0


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest round of an index."""

    slot: int
    value: int


class Ledger:
    """The fold of all entries so far."""

    def __init__(self) -> None:
        self.books = Books()
        self.series: dict[int, SeriesAccount] = {}
        self.grades: dict[Address, GradeAccount] = {}
        """By unit, in order of listing; so are the series by id."""
        self.claimable: dict[tuple[Address, Address], int] = {}
        """By token and account."""
        self.payout_addresses: dict[Address, Address] = {}
        self.indices: dict[int, Latest] = {}
        self.month_caps: dict[int, int] = {}
        """Most BANDED lots in one month, by index."""
        self.month_lots: dict[tuple[int, int], int] = {}
        """BANDED lots opened less those merged, by index and month."""
        self.entry_stopped = False
        self.last = (-1, -1)
        """Place of the last entry."""

    def post(self, entry: Entry) -> None:
        """Takes the next entry. Raises OutOfOrder, Unannounced, Overdrawn."""
        if entry.place <= self.last:
            raise OutOfOrder(entry.place, self.last)
        self.last = entry.place
        if entry.movement is not None:
            self.books.post(entry.movement)
        else:
            self._take(entry.event, entry)

    def post_all(self, entries: Iterable[Entry]) -> "Ledger":
        """Takes entries in order, and returns itself."""
        for entry in entries:
            self.post(entry)
        return self

    def positions(self, series: int) -> tuple[PositionId, ...]:
        """The LONG of a series and the SHORT of each of its grades, or its one SHORT if BANDED."""
        shorts = len(self.series[series].lots)
        return tuple(PositionId(series + side) for side in range(shorts + 1))

    def holders(self, series: int) -> dict[PositionId, tuple[Address, ...]]:
        """Who still holds each position of a series; positions nobody holds are left out."""
        found = {position: self.books.holders(position) for position in self.positions(series)}
        return {position: holders for position, holders in found.items() if holders}

    def unfinished(self) -> tuple[int, ...]:
        """Series that are not final, or have holders left, in order of listing."""
        return tuple(
            number
            for number, account in self.series.items()
            if account.phase not in FINAL or self.holders(number)
        )

    @singledispatchmethod
    def _take(self, event: Event, entry: Entry) -> None:
        raise TypeError(f"no rule for {type(event).__name__}")

    @_take.register
    def _(self, event: registry.GradeListed, entry: Entry) -> None:
        self.grades[event.unit] = GradeAccount(event.terms)

    @_take.register
    def _(self, event: registry.GradeClosed, entry: Entry) -> None:
        self._grade(event.unit, entry).closed = event.closed

    @_take.register
    def _(self, event: registry.GradeImpaired, entry: Entry) -> None:
        self._grade(event.unit, entry).impaired_at = event.impaired_at

    @_take.register
    def _(self, event: registry.ImpairmentWithdrawn, entry: Entry) -> None:
        self._grade(event.unit, entry).impaired_at = 0

    @_take.register
    def _(self, event: unit.Wrapped, entry: Entry) -> None:
        self._grade(entry.log.address, entry).tokens += event.tokens

    @_take.register
    def _(self, event: unit.Unwrapped, entry: Entry) -> None:
        self._grade(entry.log.address, entry).tokens -= event.tokens

    @_take.register
    def _(self, event: index.RoundRecorded, entry: Entry) -> None:
        self.indices[event.index] = Latest(event.slot, event.value)

    @_take.register
    def _(self, event: market.SeriesCreated, entry: Entry) -> None:
        self.series[event.series] = SeriesAccount(event.terms, [0] * len(event.terms.cap_lots))

    @_take.register
    def _(self, event: market.MonthCapSet, entry: Entry) -> None:
        self.month_caps[event.index] = event.lots

    @_take.register
    def _(self, event: market.EntryStopped, entry: Entry) -> None:
        self.entry_stopped = event.stopped

    @_take.register
    def _(self, event: market.Opened, entry: Entry) -> None:
        self._count(self._series(event.series, entry), event.grade, event.lots)

    @_take.register
    def _(self, event: market.Merged, entry: Entry) -> None:
        self._count(self._series(event.series, entry), event.grade, -event.lots)

    @_take.register
    def _(self, event: market.Proposed, entry: Entry) -> None:
        account = self._series(event.series, entry)
        account.phase = Phase.PROPOSED
        account.price, account.challenge_ends = event.price, event.challenge_ends

    @_take.register
    def _(self, event: market.Excluded, entry: Entry) -> None:
        account = self._series(event.series, entry)
        account.guardian_acted = True
        account.price, account.challenge_ends = event.price, event.challenge_ends

    @_take.register
    def _(self, event: market.Rejected, entry: Entry) -> None:
        self._series(event.series, entry).guardian_acted = True

    @_take.register
    def _(self, event: market.Settled, entry: Entry) -> None:
        account = self._series(event.series, entry)
        account.phase, account.price, account.impaired = event.phase, event.price, event.impaired

    @_take.register
    def _(self, event: market.Redeemed, entry: Entry) -> None:
        position = PositionId(event.position)
        account = self._series(event.position & ~_SIDE, entry)
        account.redeemed[position] = account.redeemed.get(position, 0) + event.lots
        account.quote_paid += event.quote

    @_take.register
    def _(self, event: market.Credited, entry: Entry) -> None:
        self._claim(event.token, event.account, event.amount)

    @_take.register
    def _(self, event: market.Claimed, entry: Entry) -> None:
        self._claim(event.token, event.account, -event.amount)

    @_take.register
    def _(self, event: market.PayoutAddressSet, entry: Entry) -> None:
        if event.to == ZERO_ADDRESS:
            self.payout_addresses.pop(event.holder, None)
        else:
            self.payout_addresses[event.holder] = event.to

    def _series(self, number: int, entry: Entry) -> SeriesAccount:
        if number not in self.series:
            raise Unannounced("series", str(number), entry.place)
        return self.series[number]

    def _grade(self, address: Address, entry: Entry) -> GradeAccount:
        if address not in self.grades:
            raise Unannounced("grade", address, entry.place)
        return self.grades[address]

    def _count(self, account: SeriesAccount, grade: int, change: int) -> None:
        account.lots[grade] += change
        if account.is_banded:
            key = account.terms.index, month_of(account.terms.expiry)
            self.month_lots[key] = self.month_lots.get(key, 0) + change

    def _claim(self, token: Address, account: Address, change: int) -> None:
        key = token, account
        amount = self.claimable.get(key, 0) + change
        if amount:
            self.claimable[key] = amount
        else:
            self.claimable.pop(key, None)


def fold(entries: Iterable[Entry]) -> Ledger:
    """The ledger of a journal, from its first entry."""
    return Ledger().post_all(entries)
