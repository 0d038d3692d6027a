"""What each provider's list showed at any instant of a recorded history."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping

from oracle.manipulation.committee.offers import offer_of
from oracle.protocol.batch.section import LinePrice, pack_section
from oracle.quotes.classes import Cadence, Terms
from oracle.quotes.quote import Quote, by_order


class RecordedLists:
    """The lists of providers whose terms allow to read them."""

    def __init__(self, quotes: Iterable[Quote], max_age_s: Mapping[Cadence, int]) -> None:
        """`max_age_s` is how long a recorded price stands on the list if nothing newer came."""
        found: dict[str, dict[Cadence, list[Quote]]] = defaultdict(lambda: defaultdict(list))
        for quote in sorted(quotes, key=by_order):
            if quote.terms is not Terms.RESTRICTED:
                found[quote.provider][quote.cadence].append(quote)
        self._recorded = {
            name: [_Recorded(max_age_s[cadence], each) for cadence, each in sorted(parts.items())]
            for name, parts in found.items()
        }
        self._sections: dict[tuple[str, tuple[tuple[int, int], ...]], bytes] = {}
        self.providers = tuple(sorted(found))

    def section_at(self, provider: str, instant: int) -> bytes | None:
        """The list that a fetch at an instant gives, in unix seconds; None for an empty one.

        Of every line the newest price counts, at one second the lowest.
        """
        recorded = self._recorded.get(provider, [])
        spans = tuple(each.span(instant) for each in recorded)
        key = provider, tuple((each.start, each.stop) for each in spans)
        if key not in self._sections:
            rows = zip(recorded, spans, strict=True)
            self._sections[key] = _packed(
                [quote for each, span in rows for quote in each.quotes[span]]
            )
        return self._sections[key] or None


class _Recorded:
    """The quotes of one provider and cadence, by time."""

    def __init__(self, max_age_s: int, quotes: list[Quote]) -> None:
        self.quotes = quotes
        self._max_age_s = max_age_s
        self._times = [quote.observed_at for quote in quotes]

    def span(self, instant: int) -> slice:
        """The quotes that stand at an instant."""
        first = bisect_right(self._times, instant - self._max_age_s - 1)
        return slice(first, bisect_right(self._times, instant))


def _packed(quotes: list[Quote]) -> bytes:
    newest: dict[bytes, tuple[int, LinePrice]] = {}
    for quote in quotes:
        offer = offer_of(quote)
        if offer is None:
            continue
        known = newest.get(offer.line)
        if known is None or known[0] < quote.observed_at:
            newest[offer.line] = quote.observed_at, offer
    return pack_section(offer for _, offer in newest.values()) if newest else b""
