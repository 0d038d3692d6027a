"""Rows into quotes, by what the venue table says about them. Pure: the caller has the clock.

A field of another name or type says that the format changed, and then nobody knows what the others
mean: it spoils the whole answer. What merely is no offer is left out, and counted with its reason.
An absurd price is neither: it becomes a quote, and the screen refuses it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from oracle.quotes.quote import Quote, Tier
from oracle.quotes.weights import lower_median
from oracle.sources.errors import SourceMalformed
from oracle.sources.feed import Ask, Combine, Feed, FeedKind, FeedText, Keep
from oracle.sources.hardware import GpuPart, HardwareNames
from oracle.sources.payload import Page, value_at
from oracle.sources.venue import Terms, UnknownVenue, Venue, Venues
from pargrade.clock import DAY_S
from pargrade.units import BadAmount, Rounding, divide, parse_amount

_LONGEST_PRICE: Final = 40
_LONGEST_NAME: Final = 100
_DIGITS: Final = 24
"""Decimals kept of a stated price before it is divided; floats written out have no more."""
_MOST_PRICE8: Final = 10**17
"""A thousand million dollars: what no recording has to hold."""
_MOST_COUNT: Final = 10**6
_DOLLARS: Final = frozenset({"usd", "us$", "$", "us dollar", "us dollars", "dollar", "dollars"})
_CURRENCY: Final = re.compile(r"(?<!con)currency|denom", re.IGNORECASE)


class Omission(NamedTuple):
    """Rows that became no quote: why, how many, and one of them."""

    reason: str
    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an answer gave. Every price in every row is behind a quote or in an omission."""

    quotes: tuple[Quote, ...]
    omitted: tuple[Omission, ...]


class _Offer(NamedTuple):
    """What a quote is about. Prices of one offer are combined into one."""

    observed_at: int
    provider: str
    part: GpuPart
    gpu_count: int
    tier: Tier
    region: str


class _Skip(Exception):
    """A row that is no offer to us, and why."""


@dataclass
class _Ledger:
    """Prices found so far, and what was left out."""

    asks: dict[_Offer, list[int]] = field(default_factory=lambda: defaultdict(list))
    offers: Counter[_Offer] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

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
    number = 0
    for page in pages:
        reader.require_dollars(page.rows if page.document is None else page.document)
        for row in page.rows:
            try:
                if reader.is_repeated(row, seen):
                    ledger.omit("the same offer again", str(number))
                else:
                    reader.read(page.document, row, ledger)
            except (KeyError, TypeError, ValueError, BadAmount) as error:
                reason = f"{type(error).__name__} {error}"
                raise SourceMalformed(venue.slug, f"row {number}", reason) from error
            number += 1
    if number == 0:
        raise SourceMalformed(venue.slug, "the whole answer", "no rows at all")
    return Fetched(
        tuple(reader.quote(offer, ledger) for offer in sorted(ledger.asks)),
        tuple(Omission(why, n, ledger.examples[why]) for why, n in sorted(ledger.left_out.items())),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    feed: Feed
    venue: Venue
    venues: Venues
    hardware: HardwareNames
    observed_at: int
    seller: str

    def read(self, document: Any, row: Any, ledger: _Ledger) -> None:
        """Enter a row's prices into the ledger, or why it has none."""
        if not isinstance(row, Mapping):
            raise TypeError("a row is not an object")
        for must in self.feed.must:
            whole = must.path.removeprefix("$.")
            stated = value_at(document, whole) if whole != must.path else value_at(row, whole)
            if stated != must.equal:
                raise ValueError(f"{must.path} is {_shown(stated)}, not {must.equal!r}")
        try:
            for keep in self.feed.keep:
                _require_kept(row, keep, self._tabular)
            provider = self._provider(row)
            part, gpu_count = self._machine(row)
            seen_at = self._time(row)
        except _Skip as skip:
            ledger.omit(str(skip), self._example(row))
            return
        for ask in self.feed.asks:
            try:
                price8 = _price8(row, ask, gpu_count)
                tier = Tier(_word(row, ask.tier))
                region = _name(_word(row, ask.region))
            except _Skip as skip:
                ledger.omit(str(skip), self._example(row))
                continue
            offer = _Offer(seen_at, provider, part, gpu_count, tier, region)
            ledger.asks[offer].append(price8)
            ledger.offers[offer] += self._n_offers(row)

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
        )

    def is_repeated(self, row: Any, seen: dict[str, Any]) -> bool:
        """Whether this very offer was in an earlier row. Raises ValueError if it says otherwise."""
        if not self.feed.identity:
            return False
        identity = repr(value_at(row, self.feed.identity))
        if identity not in seen:
            seen[identity] = row
            return False
        if seen[identity] != row:
            raise ValueError(f"{self.feed.identity} {identity} stands for two different offers")
        return True

    def require_dollars(self, value: Any) -> None:
        """Refuse another currency wherever an answer names one, expected there or not."""
        if isinstance(value, list | tuple):
            for part in value:
                self.require_dollars(part)
        elif isinstance(value, Mapping):
            for key, stated in value.items():
                if not isinstance(stated, str):
                    self.require_dollars(stated)
                elif _CURRENCY.search(key) and stated.strip().lower() not in _DOLLARS:
                    reason = f"{key} is {_shown(stated)!r}, not USD"
                    raise SourceMalformed(self.venue.slug, "the whole answer", reason)

    def _provider(self, row: Mapping[str, Any]) -> str:
        if self.feed.provider is None:
            return self.seller or self.venue.slug
        provider = _name(_word(row, self.feed.provider))
        try:
            terms = self.venues[provider].terms
        except UnknownVenue:
            raise _Skip("a provider that the venue table does not list") from None
        if terms is Terms.RESTRICTED:
            raise _Skip("a provider whose terms forbid it")
        return provider

    def _machine(self, row: Mapping[str, Any]) -> tuple[GpuPart, int]:
        stated = self.feed.gpu_count
        count = (
            stated
            if isinstance(stated, int)
            else _count(value_at(row, stated), stated, self._tabular)
        )
        if self.feed.instance:
            instance = self.hardware.instance(_name(_plain(value_at(row, self.feed.instance))))
            if instance is not None:
                if count not in (0, instance.gpu_count):
                    raise _Skip("another number of GPUs than its instance type has")
                return instance.part, instance.gpu_count
        if not self.feed.name:
            raise _Skip("an instance type that the hardware table does not list")
        name = _name(" ".join(_plain(value_at(row, path)) for path in self.feed.name))
        if not any(letter.isalpha() for letter in name):
            raise ValueError(f"{_shown(name)} is no name")
        memory = self.feed.memory
        return self.hardware.part(
            name, _memory(value_at(row, memory), self.feed.memory_unit) if memory else 0
        ), count

    def _time(self, row: Mapping[str, Any]) -> int:
        if not self.feed.observed_at:
            return self.observed_at
        moment = datetime.fromisoformat(_plain(value_at(row, self.feed.observed_at)))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        # Integer arithmetic: datetime.timestamp() is a float.
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
        seconds = since.days * DAY_S + since.seconds
        if seconds < 0:
            raise ValueError(f"{self.feed.observed_at} is before there were such prices")
        return seconds

    @property
    def _tabular(self) -> bool:
        """Whether counts come as text."""
        return self.feed.kind in (FeedKind.CSV, FeedKind.PARQUET, FeedKind.GPUHUNT)

    def _n_offers(self, row: Mapping[str, Any]) -> int:
        if not self.feed.n_offers:
            return 1
        return _count(value_at(row, self.feed.n_offers), self.feed.n_offers, self._tabular)

    def _example(self, row: Mapping[str, Any]) -> str:
        paths = (*self.feed.name, *((self.feed.instance,) if self.feed.instance else ()))
        return _shown(" ".join(_shown(_maybe(row, path)) for path in paths))


def _require_kept(row: Mapping[str, Any], keep: Keep, tabular: bool) -> None:
    found = value_at(row, keep.path)
    if keep.present:
        kept = found not in (None, "")
    elif keep.some:
        if not isinstance(found, list):
            raise TypeError(f"{keep.path} is not a list")
        kept = any(value_at(each, keep.some) is True for each in found)
    elif keep.above is not None:
        kept = _count(found, keep.path, tabular) > keep.above
    elif keep.lacks:
        kept = keep.lacks not in _plain(found)
    else:
        kept = _plain(found) in keep.among
    if not kept:
        raise _Skip(keep.reason)


def _price8(row: Mapping[str, Any], ask: Ask, gpu_count: int) -> int:
    """USD for one GPU-hour, 8 decimals, half-even: digits past the eighth are a float's noise."""
    raw = _amount(value_at(row, ask.path), ask.path)
    if raw == 0 and ask.nothing_at_zero:
        raise _Skip("no price: the venue writes zero for nothing on offer")
    parts = ask.per_usd
    if ask.per_instance:
        if gpu_count == 0:
            raise _Skip("an instance without a number of GPUs")
        parts *= gpu_count
    if ask.fee_percent:
        hundred = 100 * 10**_DIGITS
        fee = _amount(value_at(row, ask.fee_percent), ask.fee_percent)
        if not 0 <= fee <= hundred:
            raise ValueError(f"{ask.fee_percent} is no part of a hundred")
        raw *= hundred + fee
        parts *= hundred
    price8 = divide(raw, parts * 10 ** (_DIGITS - 8), Rounding.HALF_EVEN)
    if abs(price8) >= _MOST_PRICE8:
        raise _Skip("a price beyond a thousand million dollars")
    return price8


def _amount(stated: Any, path: str) -> int:
    if isinstance(stated, bool) or not isinstance(stated, int | str):
        raise TypeError(f"{path} is not a number")
    if len(str(stated)) > _LONGEST_PRICE:
        raise ValueError(f"{path} has too many digits")
    return parse_amount(str(stated), _DIGITS, Rounding.HALF_EVEN)


def _count(stated: Any, path: str, tabular: bool) -> int:
    if tabular and isinstance(stated, str) and re.fullmatch("[0-9]{1,7}", stated):
        stated = int(stated)
    if not isinstance(stated, int) or isinstance(stated, bool) or not 0 <= stated <= _MOST_COUNT:
        raise TypeError(f"{path} is not a count")
    return stated


def _memory(stated: Any, unit: str) -> int:
    """GB per GPU, rounded up: drivers report a little less than what is built in."""
    if stated in (None, ""):
        return 0
    per_gb = 1024 if unit == "MiB" else 1
    memory = divide(_amount(stated, "memory"), per_gb * 10**_DIGITS, Rounding.CEIL)
    if not 0 <= memory <= _MOST_COUNT:
        raise ValueError(f"{_shown(stated)} is no memory")
    return memory


def _word(row: Mapping[str, Any], text: FeedText) -> str:
    if not text.path:
        return text.const
    text_found = _plain(value_at(row, text.path))
    if text.after:
        text_found = text_found.rpartition(text.after)[2]
    for word, meaning in (text.words or {}).items():
        if word in text_found:
            return meaning
    if text.map is not None and text_found in text.map:
        return text.map[text_found]
    if text.otherwise is not None:
        return text_found if text.otherwise == "*" else text.otherwise
    if text.map is None and text.words is None:
        return text_found
    raise ValueError(f"{text.path} is {_shown(text_found)}, which has no meaning here")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int):
        raise TypeError(f"{_shown(value)} is not text")
    return str(value)


def _name(text: str) -> str:
    """A name that a recording can hold on one line."""
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise _Skip("a name that cannot be written down")
    return text.strip()


def _maybe(row: Mapping[str, Any], path: str) -> Any:
    try:
        return value_at(row, path)
    except KeyError:
        return ""


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    # What a venue writes may end on somebody's terminal.
    return "".join(letter if letter.isprintable() else "?" for letter in text[:60])
