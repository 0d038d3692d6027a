"""The ledger: what the contracts hold and owe, computed from their events.

Equal entries in equal order make equal ledgers, in batches of any size. So a replay from the first
block checks a ledger that was kept up to date. Quote amounts are base units of the series' quote
token, unit amounts wei of a unit, prices USD per SCU with 8 decimals.
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
from pargrade.bindings import spot_index_v2 as index_v2
from pargrade.bindings import wrapped_unit as unit
from pargrade.bindings.structs import GradeTerms, Phase, SeriesTerms, Style
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.chain.log import Event
from pargrade.deployment.grade_shortage import LOOKS_APART_S
from pargrade.errors import PargradeError
from pargrade.futures.payoff import month_of

FINAL: Final = frozenset({Phase.SETTLED, Phase.DELIVERED})
_SIDE: Final = 0xFF


class OutOfOrder(PargradeError):
    """An entry whose place is not after the last entry."""

    hint = "Feed entries in the order of the chain; after a re-org fold the journal again."

    def __init__(self, place: tuple[int, int], last: tuple[int, int]) -> None:
        self.place = place
        self.last = last
        super().__init__(f"entry {place} does not come after {last}")


class Unannounced(PargradeError):
    """An event of a series or grade whose listing is not in the journal."""

    hint = "The journal does not start at the deployment's first block: `pargrade bridge rebuild`."

    def __init__(self, kind: str, name: str, place: tuple[int, int]) -> None:
        self.kind = kind
        self.name = name
        self.place = place
        super().__init__(f"entry {place} is about the unknown {kind} {name}")


@dataclass(slots=True)
class SeriesAccount:
    """One series: its phase and price, and what it locked and paid."""

    terms: SeriesTerms
    lots: list[int]
    """Open pairs per grade, or the sum if BANDED; unchanged once the series is final."""
    phase: Phase = Phase.OPEN
    price: int = 0
    challenge_ends: int = 0
    guardian_acted: bool = False
    impaired: int = 0
    quote_paid: int = 0
    """Base units paid by redemption, credited amounts included."""
    redeemed: dict[PositionId, int] = field(default_factory=dict)
    """Redeemed lots per position."""

    @property
    def is_banded(self) -> bool:
        """Whether both sides locked quote, so the series has no grades."""
        return self.terms.style is Style.BANDED


@dataclass(slots=True)
class GradeAccount:
    """One grade: its terms and state, and the tokens it holds."""

    terms: GradeTerms
    tokens: int = 0
    """Base units of the underlying: received by wrapping less paid by unwrapping."""
    closed: bool = False
    impaired_at: int = 0
    short_since: int = 0
    """Unix time of the first look that found its reserves short; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class LatestRound:
    """The latest round of an index: slot in unix seconds, value with 8 decimals."""

    slot: int
    value: int


class Ledger:
    """The state of the contracts after all entries so far."""

    def __init__(self) -> None:
        self.books = Books()
        self.series: dict[int, SeriesAccount] = {}
        self.grades: dict[Address, GradeAccount] = {}
        """By unit, in order of listing, as the series are by id."""
        self.claimable: dict[tuple[Address, Address], int] = {}
        """Base units by token and account."""
        self.payout_addresses: dict[Address, Address] = {}
        self.rounds: dict[tuple[Address, int], LatestRound] = {}
        """By the contract that recorded it and the number of its index: one may follow another."""
        self.month_caps: dict[int, int] = {}
        """Limit of BANDED lots in one month, by index."""
        self.month_lots: dict[tuple[int, int], int] = {}
        """BANDED lots opened less lots merged, by index and month."""
        self.entry_stopped = False
        self.last = (-1, -1)
        """Place of the last entry."""

    def post(self, entry: Entry) -> None:
        """Apply the next entry. Raises OutOfOrder, Unannounced, Overdrawn."""
        if entry.place <= self.last:
            raise OutOfOrder(entry.place, self.last)
        self.last = entry.place
        if entry.movement is not None:
            self.books.post(entry.movement)
        else:
            self._apply(entry.event, entry)

    def post_all(self, entries: Iterable[Entry]) -> "Ledger":
        """Apply entries in order, and return this ledger."""
        for entry in entries:
            self.post(entry)
        return self

    def positions(self, series: int) -> tuple[PositionId, ...]:
        """The LONG of a series and the SHORT of each of its grades, or its one SHORT if BANDED."""
        shorts = len(self.series[series].lots)
        return tuple(PositionId(series + side) for side in range(shorts + 1))

    def holders(self, series: int) -> dict[PositionId, tuple[Address, ...]]:
        """The holders of each position of a series; positions without holders are left out."""
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
    def _apply(self, event: Event, entry: Entry) -> None:
        raise TypeError(f"no rule for {type(event).__name__}")

    @_apply.register
    def _(self, event: registry.GradeListed, entry: Entry) -> None:
        self.grades[event.unit] = GradeAccount(event.terms)

    @_apply.register
    def _(self, event: registry.GradeClosed, entry: Entry) -> None:
        self._grade(event.unit, entry).closed = event.closed

    @_apply.register
    def _(self, event: registry.GradeImpaired, entry: Entry) -> None:
        self._grade(event.unit, entry).impaired_at = event.impaired_at

    @_apply.register
    def _(self, event: registry.ImpairmentWithdrawn, entry: Entry) -> None:
        self._grade(event.unit, entry).impaired_at = 0

    @_apply.register
    def _(self, event: registry.ShortageSeen, entry: Entry) -> None:
        self._grade(event.unit, entry).short_since = event.second_look_from - LOOKS_APART_S

    @_apply.register
    def _(self, event: registry.ShortageCured, entry: Entry) -> None:
        self._grade(event.unit, entry).short_since = 0

    @_apply.register
    def _(self, event: unit.Wrapped, entry: Entry) -> None:
        self._grade(entry.log.address, entry).tokens += event.tokens

    @_apply.register
    def _(self, event: unit.Unwrapped, entry: Entry) -> None:
        self._grade(entry.log.address, entry).tokens -= event.tokens

    @_apply.register(index.RoundRecorded)
    @_apply.register(index_v2.RoundRecorded)
    def _(self, event: index.RoundRecorded | index_v2.RoundRecorded, entry: Entry) -> None:
        self.rounds[entry.log.address, event.index] = LatestRound(event.slot, event.value)

    @_apply.register
    def _(self, event: market.SeriesCreated, entry: Entry) -> None:
        self.series[event.series] = SeriesAccount(event.terms, [0] * len(event.terms.cap_lots))

    @_apply.register
    def _(self, event: market.MonthCapSet, entry: Entry) -> None:
        self.month_caps[event.index] = event.lots

    @_apply.register
    def _(self, event: market.EntryStopped, entry: Entry) -> None:
        self.entry_stopped = event.stopped

    @_apply.register
    def _(self, event: market.Opened, entry: Entry) -> None:
        self._add_lots(self._series(event.series, entry), event.grade, event.lots)

    @_apply.register
    def _(self, event: market.Merged, entry: Entry) -> None:
        self._add_lots(self._series(event.series, entry), event.grade, -event.lots)

    @_apply.register
    def _(self, event: market.Proposed, entry: Entry) -> None:
        account = self._series(event.series, entry)
        account.phase = Phase.PROPOSED
        account.price, account.challenge_ends = event.price, event.challenge_ends

    @_apply.register
    def _(self, event: market.Excluded, entry: Entry) -> None:
        account = self._series(event.series, entry)
        account.guardian_acted = True
        account.price, account.challenge_ends = event.price, event.challenge_ends

    @_apply.register
    def _(self, event: market.Rejected, entry: Entry) -> None:
        self._series(event.series, entry).guardian_acted = True

    @_apply.register
    def _(self, event: market.Settled, entry: Entry) -> None:
        account = self._series(event.series, entry)
        account.phase, account.price, account.impaired = event.phase, event.price, event.impaired

    @_apply.register
    def _(self, event: market.Redeemed, entry: Entry) -> None:
        position = PositionId(event.position)
        account = self._series(event.position & ~_SIDE, entry)
        account.redeemed[position] = account.redeemed.get(position, 0) + event.lots
        account.quote_paid += event.quote

    @_apply.register
    def _(self, event: market.Credited, entry: Entry) -> None:
        self._add_claim(event.token, event.account, event.amount)

    @_apply.register
    def _(self, event: market.Claimed, entry: Entry) -> None:
        self._add_claim(event.token, event.account, -event.amount)

    @_apply.register
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

    def _add_lots(self, account: SeriesAccount, grade: int, change: int) -> None:
        account.lots[grade] += change
        if account.is_banded:
            key = account.terms.index, month_of(account.terms.expiry)
            self.month_lots[key] = self.month_lots.get(key, 0) + change

    def _add_claim(self, token: Address, account: Address, change: int) -> None:
        key = token, account
        amount = self.claimable.get(key, 0) + change
        if amount:
            self.claimable[key] = amount
        else:
            self.claimable.pop(key, None)


def fold(entries: Iterable[Entry]) -> Ledger:
    """The ledger of all entries of a journal."""
    return Ledger().post_all(entries)
