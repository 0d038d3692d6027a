"""The price of each provider for each kind of hardware at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from oracle.index.method import Method
from oracle.quotes.quote import Quote, by_order
from oracle.sources.factor_prices import hardware_key
from oracle.sources.venue import Terms


def lowest_asks(
    quotes: Iterable[Quote], method: Method, as_of: int
) -> Mapping[str, Mapping[str, int]]:
    """The lowest fresh price of each provider, by hardware: USD per GPU-hour, 8 decimals.

    The rules for tier, firmness, terms, age and placeholders are those of the index. Unlike the
    screen of the index, it takes any hardware and drops no outlier.
    """
    newest: dict[tuple[str, str, int, str], Quote] = {}
    for quote in sorted(quotes, key=by_order):
        if _counts(quote, method, as_of):
            key = hardware_key(quote.gpu_model, quote.variant, quote.gpu_memory_gb)
            line = (key, quote.provider, quote.gpu_count, quote.region)
            # In canonical order the first quote of a second has the lowest price, so it is kept.
            if line not in newest or newest[line].observed_at < quote.observed_at:
                newest[line] = quote
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (key, provider, _, _), quote in newest.items():
        found[key][provider] = min(quote.price8, found[key].get(provider, quote.price8))
    return found


def _counts(quote: Quote, method: Method, as_of: int) -> bool:
    return (
        0 <= as_of - quote.observed_at <= method.max_age_s[quote.cadence]
        and quote.price8 > 0
        and quote.tier is method.tier
        and quote.firmness in method.firmness
        and quote.terms is not Terms.RESTRICTED
        and quote.price8 != method.placeholder_price8
        and not any(method.placeholder_flag in flag for flag in quote.flags)
    )
