"""A feed read from its table: every field checked, and what a kind needs but does not have."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from oracle.quotes.classes import STATED, Availability, Cadence, Terms
from oracle.sources.feed import (
    Ask,
    BadFeed,
    Combine,
    Feed,
    FeedAvailability,
    FeedKind,
    FeedText,
    Keep,
    KeyHeader,
    Must,
    PageLinks,
)

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
