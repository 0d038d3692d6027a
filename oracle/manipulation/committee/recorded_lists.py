"""What each provider's lists showed at any instant of a recorded history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from oracle.quotes.classes import Cadence, Terms
from oracle.quotes.history import History
from oracle.quotes.quote import Quote
from oracle.valuation.lists import table_of

Sections = Mapping[str, bytes]
"""The lists of a provider, by name."""


class RecordedLists:
    """The lists of providers whose terms allow to read them."""

    def __init__(self, quotes: Iterable[Quote], max_age_s: Mapping[Cadence, int]) -> None:
        """`max_age_s` is how long a recorded list stands if nothing newer came."""
        found: dict[str, dict[Cadence, list[Quote]]] = defaultdict(lambda: defaultdict(list))
        for quote in quotes:
            if quote.terms is not Terms.RESTRICTED:
                found[quote.provider][quote.cadence].append(quote)
        self._recorded = {
            name: [
                (max_age_s[cadence], History.of(each)) for cadence, each in sorted(parts.items())
            ]
            for name, parts in found.items()
        }
        self._sections: dict[tuple[object, ...], Sections] = {}
        self.providers = tuple(sorted(found))

    def sections_at(self, provider: str, instant: int) -> Sections:
        """The lists that a fetch at an instant gives, in unix seconds; of each the newest visit."""
        recorded = self._recorded.get(provider, [])
        spans = [(history, instant - age_s - 1) for age_s, history in recorded]
        key = (provider, *((h.position(since), h.position(instant)) for h, since in spans))
        if key not in self._sections:
            lists: dict[str, bytes] = {}
            for history, since in spans:
                fetched = table_of(history, since, instant)
                lists.update((name, each.section) for name, each in fetched.items())
            self._sections[key] = lists
        return self._sections[key]
