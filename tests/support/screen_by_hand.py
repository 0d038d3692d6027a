"""The screen quote by quote, as one would first write it: what the columns are compared with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from oracle.index.method import Hardware, Method
from oracle.index.panel import Panel
from oracle.index.screen import Accepted, Reason, Rejected
from oracle.quotes.quote import Line, Quote, by_order
from oracle.quotes.weights import lower_median
from oracle.sources.venue import Cadence, Terms


def answers_by_hand(
    quotes: Iterable[Quote], method: Method, panel: Panel, as_of: int
) -> list[tuple[Quote, str]]:
    """Every quote and its verdict, in canonical order; of equal quotes the counting first."""
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
    answers = [(each.quote, "ACCEPTED") for each in accepted]
    answers += [(each.quote, each.reason.value) for each in rejected + outliers]
    return sorted(answers, key=lambda result: by_order(result[0]))


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
        key=lambda instant: (
            seen[instant].cadence is Cadence.DIRECT,
            seen[instant].observed_at,
            -instant,
        ),
    )


def _surplus(quote: Quote, chain_state: Quote) -> Reason:
    return Reason.SUPERSEDED if quote.source == chain_state.source else Reason.DUPLICATE_SOURCE


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
