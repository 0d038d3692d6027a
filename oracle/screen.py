"""Which quotes count. A refusal is a value with its reason, and every quote gets an answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from oracle.method import Hardware, Method
from oracle.panel import Panel
from oracle.quote import Line, Quote, by_order
from oracle.venue import Cadence, Terms
from oracle.weights import lower_median


class Reason(StrEnum):
    """Why a quote does not count. A quote with several faults is given the first in this order."""

    RESTRICTED_TERMS = "RESTRICTED_TERMS"
    FUTURE = "FUTURE"
    STALE = "STALE"
    ZERO_OR_NEGATIVE = "ZERO_OR_NEGATIVE"
    UNKNOWN_HARDWARE = "UNKNOWN_HARDWARE"
    WRONG_TIER = "WRONG_TIER"
    NOT_ON_PANEL = "NOT_ON_PANEL"
    PLACEHOLDER = "PLACEHOLDER"
    OUT_OF_BAND = "OUT_OF_BAND"
    DUPLICATE_SOURCE = "DUPLICATE_SOURCE"
    SUPERSEDED = "SUPERSEDED"
    OUTLIER = "OUTLIER"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A quote that counts: the one price of its line."""

    quote: Quote
    line: Line


@dataclass(frozen=True, slots=True)
class Rejected:
    """A quote that does not count, and why."""

    quote: Quote
    reason: Reason


@dataclass(frozen=True, slots=True)
class Screened:
    """Every quote that was looked at, once, each side in canonical order."""

    accepted: tuple[Accepted, ...]
    rejected: tuple[Rejected, ...]


def screen(quotes: Iterable[Quote], method: Method, panel: Panel, as_of: int) -> Screened:
    """Split quotes into those that count for a panel at an instant and those that do not.

    First each quote is judged by itself, then against other quotes of its line, then against other
    providers of its hardware. The order quotes come in does not matter.
    """
    rejected: list[Rejected] = []
    offers: dict[Line, list[Quote]] = defaultdict(list)
    for quote in sorted(quotes, key=by_order):
        judged = _by_itself(quote, method, panel, as_of)
        if isinstance(judged, Reason):
            rejected.append(Rejected(quote, judged))
        else:
            offers[_line(quote, judged)].append(quote)

    current: list[Accepted] = []
    for line, seen in offers.items():
        chosen = _standing(seen)
        current.append(Accepted(seen[chosen], line))
        rejected.extend(
            Rejected(quote, _surplus(quote, seen[chosen]))
            for position, quote in enumerate(seen)
            if position != chosen
        )

    accepted, outliers = _without_outliers(current, method)
    return Screened(
        tuple(sorted(accepted, key=lambda each: by_order(each.quote))),
        tuple(sorted(rejected + outliers, key=lambda each: by_order(each.quote))),
    )


def line_of(quote: Quote, method: Method) -> Line:
    """The line a quote is for. Raises ValueError for hardware the method does not know."""
    hardware = method.hardware_of(quote)
    if hardware is None:
        raise ValueError(f"no hardware for {quote.gpu_model} {quote.variant}")
    return _line(quote, hardware)


def _line(quote: Quote, hardware: Hardware) -> Line:
    return Line(quote.provider, hardware.name, quote.gpu_count, quote.region)


def _by_itself(quote: Quote, method: Method, panel: Panel, as_of: int) -> Hardware | Reason:
    if quote.terms is Terms.RESTRICTED:
        return Reason.RESTRICTED_TERMS
    if quote.observed_at > as_of - panel.lag_s:
        return Reason.FUTURE
    if as_of - quote.observed_at > method.max_age_s[quote.cadence]:
        return Reason.STALE
    if quote.price8 <= 0:
        return Reason.ZERO_OR_NEGATIVE
    hardware = method.hardware_of(quote)
    if hardware is None:
        return Reason.UNKNOWN_HARDWARE
    if quote.tier is not method.tier or quote.firmness not in method.firmness:
        return Reason.WRONG_TIER
    if quote.provider not in panel.members:
        return Reason.NOT_ON_PANEL
    if quote.price8 == method.placeholder_price8 or any(
        method.placeholder_flag in flag for flag in quote.flags
    ):
        return Reason.PLACEHOLDER
    if not hardware.low8 <= quote.price8 <= hardware.high8:
        return Reason.OUT_OF_BAND
    return hardware


def _standing(seen: Sequence[Quote]) -> int:
    """Position of the quote that speaks for a line: direct before daily, then the latest.

    Of several at one second the first in canonical order stands, which is the lowest price: nobody
    has to pay more than the best offer of a line.
    """
    return max(
        range(len(seen)),
        key=lambda at: (seen[at].cadence is Cadence.DIRECT, seen[at].observed_at, -at),
    )


def _surplus(quote: Quote, standing: Quote) -> Reason:
    return Reason.SUPERSEDED if quote.source == standing.source else Reason.DUPLICATE_SOURCE


def _without_outliers(
    current: Sequence[Accepted], method: Method
) -> tuple[list[Accepted], list[Rejected]]:
    """Refuse quotes far from the middle of the providers of their hardware.

    Each provider enters the middle with one price, so rows cannot outvote providers. Prices are
    compared as ratios: half the middle is as far from it as twice. The limit is a multiple of the
    median deviation, but never under a floor: lists often agree so well, or stand still so long,
    that the median deviation is zero.
    """
    by_hardware: dict[str, list[Accepted]] = defaultdict(list)
    for each in current:
        by_hardware[each.line.hardware].append(each)

    kept: list[Accepted] = []
    refused: list[Rejected] = []
    for group in by_hardware.values():
        by_provider: dict[str, list[int]] = defaultdict(list)
        for each in group:
            by_provider[each.line.provider].append(each.quote.price8)
        if len(by_provider) < method.outlier_min_providers:
            kept.extend(group)
            continue
        prices = [lower_median(own) for own in by_provider.values()]
        middle = lower_median(prices)
        spread = lower_median([deviation_ppm(price, middle) for price in prices])
        limit = max(method.outlier_floor_ppm, method.outlier_mad_multiple * spread)
        for each in group:
            if deviation_ppm(each.quote.price8, middle) > limit:
                refused.append(Rejected(each.quote, Reason.OUTLIER))
            else:
                kept.append(each)
    return kept, refused


def deviation_ppm(price8: int, middle8: int) -> int:
    """How far two positive prices are apart, in millionths of the lower one, rounded down."""
    return abs(price8 - middle8) * 10**6 // min(price8, middle8)
