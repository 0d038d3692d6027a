"""How a venue's payload becomes quotes, as data: read from the venue table, checked, and frozen.

A *feed* is the way to one venue's own prices, or to one aggregator's. Its kind says which fetcher
speaks to it; everything else is paths into the payload. A path is keys joined by dots, a number for
a place in a list; `*` as the last key of `rows` means every value of an object.

The table's fields are those of `Feed`, except for prices: `price` is a list, and each has `path`,
`unit` (usd, cents, micro_usd), `per` (gpu, instance), `every` (second, minute, hour, day, month;
an hour where it is left out), and what else `Ask` has. `tier` and `region`
are a `FeedText` for all prices, or stand in a price for it alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from oracle.quotes.classes import STATED, Availability, Cadence, Terms
from pargrade.errors import PargradeError


class FeedKind(StrEnum):
    """Which fetcher speaks to a feed."""

    REST = "rest"
    """One JSON answer."""
    GRAPHQL = "graphql"
    """One JSON answer to a posted query; errors beside the data spoil it."""
    PAGED = "paged"
    """JSON in pages, each of which says where the next one is."""
    CSV = "csv"
    """A table of text, plain or packed."""
    PARQUET = "parquet"
    GPUHUNT = "gpuhunt"
    """The catalogues that dstack's gpuhunt publishes: a zipped table per provider."""


class Combine(StrEnum):
    """Which price speaks for several offers of one line."""

    LOWEST = "lowest"
    """Of a price list: what a buyer would take."""
    LOWER_MEDIAN = "lower_median"
    """Of a market: one host cannot set the price of all."""


class BadFeed(PargradeError):
    """A feed in the venue table that says too little, or something that has no meaning."""

    hint = "Compare the feed with another one of its kind in the venue table."

    def __init__(self, slug: str, reason: str) -> None:
        self.slug = slug
        self.reason = reason
        super().__init__(f"the feed of {slug} {reason}")


@dataclass(frozen=True, slots=True)
class FeedText:
    """A word for a quote: a constant, or a field of the row and how to read it."""

    path: str = ""
    const: str = ""
    map: Mapping[str, str] | None = None
    """What values mean. Another value spoils the answer, unless `otherwise` says what it means."""
    words: Mapping[str, str] | None = None
    """What the value means when it contains a word."""
    otherwise: str | None = None
    """What any other value means; `*` is the value itself."""
    after: str = ""
    """Read only what follows the last of these."""


@dataclass(frozen=True, slots=True)
class Keep:
    """A condition on a row. Rows that fail it are left out, counted under the reason."""

    path: str
    reason: str
    among: tuple[str, ...] = ()
    lacks: str = ""
    above: int | None = None
    present: bool = False
    some: str = ""
    """At least one object of the list at the path has this field true."""
    absent: bool = False
    """The path holds nothing, or null."""
    filled: bool = False
    """The list at the path has something in it."""
    may_lack: bool = False
    """A row without the path fails the condition; else it cannot be read."""


@dataclass(frozen=True, slots=True)
class Must:
    """What an answer has to say, such as its currency: anything else spoils the whole answer."""

    path: str
    """From the row, or from the whole answer with `$.` before it."""
    equal: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A price in a row."""

    path: str
    per_usd: int
    """Units of the stated price in one USD: 1, 100 for cents, 1,000,000 for micro-dollars."""
    per_instance: bool
    """The price is of the whole instance, and is divided by its GPUs."""
    tier: FeedText
    region: FeedText
    nothing_at_zero: bool = False
    """The venue writes zero where it offers nothing."""
    fee_percent: str = ""
    """Path of a fee in per cent that the buyer pays on top."""
    hours: tuple[int, int] = (1, 1)
    """How long the price is for, in hours, as a fraction: (1, 60) is a minute."""


@dataclass(frozen=True, slots=True)
class FeedAvailability:
    """What a feed says of how firm its prices are: one word for all, or by a list in the row."""

    const: str = ""
    path: str = ""
    filled: str = ""
    """The word when the list at the path has something in it."""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """How a page leads to the next one."""

    next: str
    """Path of the next page's URL, or of a cursor when `cursor` names its query parameter."""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class KeyHeader:
    """The header a venue wants its key in. The key itself comes from the environment."""

    env: str
    header: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """One way to prices: where to ask, and how to read the answer."""

    kind: FeedKind
    url: str
    cadence: Cadence
    terms: Terms
    """Of this way to the prices; the recorded ones may have come on other terms."""
    attribution: str
    enabled: bool
    asks: tuple[Ask, ...]
    gpu_count: str | int
    """Path, or how many; 0 where the source does not say."""
    name: tuple[str, ...] = ()
    """Paths whose words together name the hardware."""
    instance: str = ""
    """Path of an instance type, which names hardware and number of GPUs."""
    memory: str = ""
    """Path of the memory per GPU, in GB unless the unit says MiB."""
    memory_unit: str = "GB"
    rows: str = ""
    """Path of the list; empty when the answer is the list."""
    provider: FeedText | None = None
    """Who sells, where an aggregator says so; else the venue itself."""
    observed_at: str = ""
    """Path of an ISO 8601 time or day; else the time of asking."""
    n_offers: str = ""
    identity: str = ""
    """Path of what makes a row one offer: the same offer twice counts once."""
    row_count: str = ""
    """Path of how many rows the page says it has."""
    combine: Combine = Combine.LOWEST
    keep: tuple[Keep, ...] = ()
    must: tuple[Must, ...] = ()
    body: str = ""
    """JSON to post; a GraphQL query for that kind. Empty: the venue is asked by GET."""
    paging: PageLinks | None = None
    key: KeyHeader | None = None
    columns: tuple[str, ...] = ()
    """Names of the columns of a table that has no header."""
    separator: str = ","
    availability: FeedAvailability = FeedAvailability()  # frozen
    """How firm the prices are; without it they are list prices."""
    catalogues: Mapping[str, str] | None = None
    """For gpuhunt: its provider names, and the venue each of them is."""
    by_hand: bool = False
    """An archive of large files: people download one, and it is read from disk."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path into a row that is read, in ascending order."""
        texts = [
            self.provider,
            *(ask.tier for ask in self.asks),
            *(ask.region for ask in self.asks),
        ]
        counts = [self.gpu_count] if isinstance(self.gpu_count, str) else []
        read = [
            *(
                self.availability.path,
                self.instance,
                self.memory,
                self.observed_at,
                self.n_offers,
                self.identity,
            ),
            *self.name,
            *counts,
            *(text.path for text in texts if text is not None),
            *(ask.path for ask in self.asks),
            *(ask.fee_percent for ask in self.asks),
            *(keep.path for keep in self.keep),
            *(must.path for must in self.must if not must.path.startswith("$.")),
        ]
        return tuple(sorted(set(filter(None, read))))


_UNITS: Final[Mapping[str, int]] = {"usd": 1, "cents": 100, "micro_usd": 1_000_000}
_PERIODS: Final[Mapping[str, tuple[int, int]]] = {
    "second": (1, 3_600),
    "minute": (1, 60),
    "hour": (1, 1),
    "day": (24, 1),
    "month": (730, 1),
}
"""A month has 730 hours, as a listed contract has."""
_PARTS: Final = (
    "availability",
    "price",
    "keep",
    "must",
    "paging",
    "key",
    "provider",
    "tier",
    "region",
)
_PLAIN: Final = frozenset(field.name for field in fields(Feed)) - {"asks", *_PARTS}


def feed_of(slug: str, row: Mapping[str, Any]) -> Feed:
    """The feed a table states; its row has the venue's terms and attribution, or its own.

    Raises BadFeed, naming what is wrong with it.
    """
    unknown = sorted(row.keys() - _PLAIN - set(_PARTS))
    if unknown:
        raise BadFeed(slug, f"has a field nobody reads: {', '.join(unknown)}")
    try:
        feed = _feed(row)
    except (KeyError, TypeError, ValueError) as error:
        raise BadFeed(slug, f"cannot be read: {type(error).__name__} {error}") from error
    problem = _problem(feed)
    if problem:
        raise BadFeed(slug, problem)
    return feed


def _feed(row: Mapping[str, Any]) -> Feed:
    plain = {name: _frozen(value) for name, value in row.items() if name in _PLAIN}
    tier, region = _text(row.get("tier", {})), _text(row.get("region", {"const": "global"}))
    return Feed(
        **plain
        | {
            "kind": FeedKind(row["kind"]),
            "cadence": Cadence(row.get("cadence", Cadence.DIRECT)),
            "terms": Terms(row["terms"]),
            "attribution": str(row["attribution"]),
            "enabled": bool(row.get("enabled", False)),
            "gpu_count": row.get("gpu_count", 0),
            "combine": Combine(row.get("combine", Combine.LOWEST)),
            "availability": _availability(row.get("availability", {})),
            "asks": tuple(_ask(price, tier, region) for price in row["price"]),
            "keep": tuple(
                Keep(**{k: _frozen(v) for k, v in each.items()}) for each in _list(row, "keep")
            ),
            "must": tuple(Must(**each) for each in _list(row, "must")),
            "paging": PageLinks(**row["paging"]) if "paging" in row else None,
            "key": KeyHeader(**row["key"]) if "key" in row else None,
            "provider": _text(row["provider"]) if "provider" in row else None,
        }
    )


def _list(row: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return list(row.get(name, []))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _text(row: Mapping[str, Any]) -> FeedText:
    return FeedText(**row)


def _availability(row: Mapping[str, str]) -> FeedAvailability:
    found = FeedAvailability(**row)
    for word in filter(None, (found.const, found.filled, found.empty)):
        if Availability(word) not in STATED:
            raise ValueError(f"{word} is what is not stated")
    if bool(found.path) != bool(found.filled and found.empty):
        raise ValueError("availability by a path needs a word for filled and one for empty")
    return found


def _ask(row: Mapping[str, Any], tier: FeedText, region: FeedText) -> Ask:
    if row["per"] not in ("gpu", "instance"):
        raise ValueError(f"a price is per gpu or per instance, not per {row['per']}")
    return Ask(
        path=row["path"],
        per_usd=_UNITS[row["unit"]],
        per_instance=row["per"] == "instance",
        tier=_text(row["tier"]) if "tier" in row else tier,
        region=_text(row["region"]) if "region" in row else region,
        nothing_at_zero=bool(row.get("nothing_at_zero", False)),
        fee_percent=row.get("fee_percent", ""),
        hours=_PERIODS[row.get("every", "hour")],
    )


def _problem(feed: Feed) -> str:
    """What a feed lacks that its kind needs; empty when it is sound."""
    if not feed.asks:
        return "has no price"
    if not (feed.name or feed.instance):
        return "does not say what the hardware is called"
    if any(not (ask.tier.path or ask.tier.const) for ask in feed.asks):
        return "does not say which tier a price is of"
    if any(ask.per_instance for ask in feed.asks) and not (feed.gpu_count or feed.instance):
        return "prices an instance and does not say how many GPUs it has"
    if (feed.kind is FeedKind.PAGED) != (feed.paging is not None):
        return "is paged without saying how, or says how without being paged"
    if (feed.kind is FeedKind.GPUHUNT) != (feed.catalogues is not None):
        return "needs catalogues exactly when it is of gpuhunt's kind"
    if feed.kind is FeedKind.GRAPHQL and not feed.body:
        return "has no query"
    return ""
