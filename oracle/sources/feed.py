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
from dataclasses import dataclass
from enum import StrEnum

from oracle.quotes.classes import Cadence, Terms
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
