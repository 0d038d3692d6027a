"""Rows into quotes, by what the venue table says about them. Pure: the caller has the clock.

A row with a field that is missing or cannot be read is refused, and the others are kept; too many
of them say that the format changed, and then nothing is used: see require_few. What an answer says
of itself, its units and its currency, holds for all of it. What merely is no offer is left out, and
counted with its reason. An absurd price is a quote, and the screen refuses it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from oracle.quotes.classes import STATED, availability_of
from oracle.quotes.quote import Quote, Tier
from oracle.quotes.weights import lower_median
from oracle.sources.canary import Canary
from oracle.sources.cells import (
    UNREADABLE,
    Skip,
    count_of,
    memory_of,
    name_of,
    plain,
    price8_of,
    reason_of,
    require_kept,
    shown,
    time_of,
    word_of,
)
from oracle.sources.currency import require_dollars
from oracle.sources.errors import SourceMalformed
from oracle.sources.feed import Combine, Feed, FeedKind
from oracle.sources.hardware import GpuPart, HardwareNames
from oracle.sources.payload import Page, UnreadableRow, has, value_at
from oracle.sources.refused import RefusedPart, require_few
from oracle.sources.venue import Terms, UnknownVenue, Venue, Venues


class Omission(NamedTuple):
    """Rows that became no quote: why, how many, and one of them."""

    reason: str
    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an answer gave. Every price in every row is behind a quote, an omission or a refusal."""

    quotes: tuple[Quote, ...]
    omitted: tuple[Omission, ...]
    refused: tuple[RefusedPart, ...] = ()
    """Rows that could not be read, and parts that could not be fetched."""
    canary: Canary = Canary({}, {})  # noqa: RUF009  # frozen
    """What the fields held, for comparison with the next answer."""


class _Offer(NamedTuple):
    """What a quote is about. Prices of one offer are combined into one."""

    observed_at: int
    provider: str
    part: GpuPart
    gpu_count: int
    tier: Tier
    region: str


@dataclass
class _Ledger:
    """Prices found so far, and what was left out."""

    asks: dict[_Offer, list[int]] = field(default_factory=lambda: defaultdict(list))
    offers: Counter[_Offer] = field(default_factory=Counter)
    stated: dict[_Offer, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Words on how firm the prices of an offer are; the firmest of them counts."""
    left_out: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    priced_rows: int = 0
    """Rows with a price at least."""

    def omit(self, reason: str, example: str) -> None:
        self.left_out[reason] += 1
        self.examples.setdefault(reason, example)


def quotes_of(
    pages: Iterable[Page],
    feed: Feed,
    venue: Venue,
    venues: Venues,
    hardware: HardwareNames,
    observed_at: int,
    seller: str = "",
) -> Fetched:
    """The quotes in an answer that was asked for at `observed_at`, in unix seconds.

    `seller` is the provider of all of them where neither the venue itself nor its rows are. Raises
    SourceMalformed for another format, unit or currency than the feed states.
    """
    reader = _Reader(feed, venue, venues, hardware, observed_at, seller)
    ledger = _Ledger()
    seen: dict[str, Any] = {}
    refused: list[RefusedPart] = []
    number = 0
    pages = tuple(pages)
    for page in pages:
        require_dollars(page, feed, venue.slug)
        for row in page.rows:
            where = f"row {number}"
            try:
                if reader.is_repeated(row, seen, where):
                    ledger.omit("the same offer again", str(number))
                else:
                    reader.read(page.document, row, where, ledger)
            except UNREADABLE as error:
                refused.append(RefusedPart(where, reason_of(error)))
            number += 1
    if number == 0:
        raise SourceMalformed(venue.slug, "the whole answer", "no rows at all")
    _require_optional(pages, feed, venue.slug)
    require_few(venue.slug, refused, ledger.priced_rows)
    quotes = tuple(reader.quote(offer, ledger) for offer in sorted(ledger.asks))
    return Fetched(
        quotes,
        tuple(Omission(why, n, ledger.examples[why]) for why, n in sorted(ledger.left_out.items())),
        tuple(refused),
        Canary.of(pages, feed, quotes),
    )


def _require_optional(pages: tuple[Page, ...], feed: Feed, source: str) -> None:
    """Refuse an answer in which no row has a field that some rows may lack: it was renamed."""
    for keep in feed.keep:
        if keep.may_lack and not any(has(row, keep.path) for page in pages for row in page.rows):
            raise SourceMalformed(source, "the whole answer", f"no row has {keep.path}")


@dataclass(frozen=True, slots=True)
class _Reader:
    feed: Feed
    venue: Venue
    venues: Venues
    hardware: HardwareNames
    observed_at: int
    seller: str

    def read(self, document: Any, row: Any, where: str, ledger: _Ledger) -> None:
        """Enter a row's prices into the ledger, or why it has none; all of the row or nothing.

        Raises one of UNREADABLE, and SourceMalformed for another unit than the feed states.
        """
        self._require_units(document, row, where)
        try:
            for keep in self.feed.keep:
                require_kept(row, keep, tabular=self._tabular)
            about = (self._time(row), self._provider(row), *self._machine(row))
        except Skip as skip:
            ledger.omit(str(skip), self._example(row))
            return
        priced: list[tuple[_Offer, int]] = []
        skipped: list[str] = []
        for ask in self.feed.asks:
            try:
                price8 = price8_of(row, ask, gpu_count=about[-1])
                tier = Tier(word_of(row, ask.tier))
                region = name_of(word_of(row, ask.region))
            except Skip as skip:
                skipped.append(str(skip))
            else:
                priced.append((_Offer(*about, tier, region), price8))
        n_offers = self._n_offers(row) if priced else 0
        word = self._availability(row) if priced else ""
        for reason in skipped:
            ledger.omit(reason, self._example(row))
        for offer, price8 in priced:
            ledger.asks[offer].append(price8)
            ledger.offers[offer] += n_offers
            ledger.stated[offer] |= {word} if word else set()
        ledger.priced_rows += bool(priced)

    def quote(self, offer: _Offer, ledger: _Ledger) -> Quote:
        """The one quote for an offer."""
        asks = ledger.asks[offer]
        lowest = self.feed.combine is Combine.LOWEST
        classified = self.venues.classify(offer.provider, self.venue.slug)
        return Quote(
            observed_at=offer.observed_at,
            provider=offer.provider,
            gpu_model=offer.part.model,
            variant=offer.part.variant,
            gpu_memory_gb=offer.part.memory_gb,
            gpu_count=offer.gpu_count,
            price8=min(asks) if lowest else lower_median(asks),
            tier=offer.tier,
            region=offer.region,
            source=self.venue.slug,
            cadence=classified.cadence,
            firmness=classified.firmness,
            terms=classified.terms,
            n_offers=ledger.offers[offer],
            flags=tuple(filter(_is_stated, (availability_of(ledger.stated[offer]).value,))),
        )

    def is_repeated(self, row: Any, seen: dict[str, Any], where: str) -> bool:
        """Whether this very offer was in an earlier row. Raises SourceMalformed for another one
        under the same identity.
        """
        if isinstance(row, UnreadableRow):
            raise ValueError(row.reason)
        if not self.feed.identity:
            return False
        identity = repr(value_at(row, self.feed.identity))
        if identity not in seen:
            seen[identity] = row
            return False
        if seen[identity] != row:
            reason = f"{self.feed.identity} {shown(identity)} stands for two different offers"
            raise SourceMalformed(self.venue.slug, where, reason)
        return True

    def _require_units(self, document: Any, row: Any, where: str) -> None:
        if not isinstance(row, Mapping):
            raise TypeError("a row is not an object")
        for must in self.feed.must:
            whole = must.path.removeprefix("$.")
            stated = value_at(document, whole) if whole != must.path else value_at(row, whole)
            if stated != must.equal:
                reason = f"{must.path} is {shown(stated)}, not {must.equal!r}"
                raise SourceMalformed(self.venue.slug, where, reason)

    def _provider(self, row: Mapping[str, Any]) -> str:
        if self.feed.provider is None:
            return self.seller or self.venue.slug
        provider = name_of(word_of(row, self.feed.provider))
        try:
            terms = self.venues[provider].terms
        except UnknownVenue:
            raise Skip("a provider that the venue table does not list") from None
        if terms is Terms.RESTRICTED:
            raise Skip("a provider whose terms forbid it")
        return provider

    def _machine(self, row: Mapping[str, Any]) -> tuple[GpuPart, int]:
        stated = self.feed.gpu_count
        count = (
            stated
            if isinstance(stated, int)
            else count_of(value_at(row, stated), stated, tabular=self._tabular)
        )
        if self.feed.instance:
            instance = self.hardware.instance(name_of(plain(value_at(row, self.feed.instance))))
            if instance is not None:
                if count not in (0, instance.gpu_count):
                    raise Skip("another number of GPUs than its instance type has")
                return instance.part, instance.gpu_count
        if not self.feed.name:
            raise Skip("an instance type that the hardware table does not list")
        name = name_of(" ".join(plain(value_at(row, path)) for path in self.feed.name))
        if not any(letter.isalpha() for letter in name):
            raise ValueError(f"{shown(name)} is no name")
        memory = self.feed.memory
        return self.hardware.part(
            name, memory_of(value_at(row, memory), self.feed.memory_unit) if memory else 0
        ), count

    def _time(self, row: Mapping[str, Any]) -> int:
        path = self.feed.observed_at
        return time_of(value_at(row, path), path) if path else self.observed_at

    @property
    def _tabular(self) -> bool:
        """Whether counts come as text."""
        return self.feed.kind in (FeedKind.CSV, FeedKind.PARQUET, FeedKind.GPUHUNT)

    def _availability(self, row: Mapping[str, Any]) -> str:
        stated = self.feed.availability
        if not stated.path:
            return stated.const
        found = value_at(row, stated.path)
        if not isinstance(found, list):
            raise TypeError(f"{stated.path} is not a list")
        return stated.filled if found else stated.empty

    def _n_offers(self, row: Mapping[str, Any]) -> int:
        if not self.feed.n_offers:
            return 1
        return count_of(
            value_at(row, self.feed.n_offers), self.feed.n_offers, tabular=self._tabular
        )

    def _example(self, row: Mapping[str, Any]) -> str:
        paths = (*self.feed.name, *((self.feed.instance,) if self.feed.instance else ()))
        return shown(" ".join(shown(_maybe(row, path)) for path in paths))


def _is_stated(word: str) -> bool:
    return word in STATED


def _maybe(row: Mapping[str, Any], path: str) -> Any:
    try:
        return value_at(row, path)
    except KeyError:
        return ""
