"""How firm the prices behind a value are: weight per availability, and each provider's age."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from oracle.index.level import IndexValue, NoValue, Pair, WeightedPrice
from oracle.index.screen import Accepted
from oracle.quotes.classes import Availability

_PPM = 10**6


def weight_shares(
    value: IndexValue | NoValue, accepted: Sequence[Accepted]
) -> dict[Availability, int]:
    """The part of the weight by availability, millionths that add up; empty without a value.

    A provider's weight for a hardware is spread evenly over its lines. What is left over by
    rounding down goes to the largest share.
    """
    if isinstance(value, NoValue):
        return {}
    lines: dict[tuple[str, str], Counter[Availability]] = defaultdict(Counter)
    for each in accepted:
        lines[each.line.provider, each.line.hardware][each.quote.availability] += 1
    return shares_of(value.entries, lines)


def shares_of(
    entries: Sequence[WeightedPrice], kinds: Mapping[Pair, Mapping[Availability, int]]
) -> dict[Availability, int]:
    """The part of the weight of entries by availability, millionths that add up.

    `kinds` says in which proportions the weight of a pair belongs to each.
    """
    total = sum(entry.weight for entry in entries)
    found: Counter[Availability] = Counter()
    for entry in entries:
        own = kinds[entry.provider, entry.hardware]
        whole = sum(own.values())
        for kind, part in own.items():
            found[kind] += entry.weight * part * _PPM // (total * whole)
    if found:
        found[max(sorted(found), key=found.__getitem__)] += _PPM - found.total()
    return {kind: found[kind] for kind in Availability if found[kind]}


def provider_ages(accepted: Sequence[Accepted], as_of: int) -> dict[str, int]:
    """Seconds since each provider's newest price that counts, by provider."""
    newest: dict[str, int] = {}
    for each in accepted:
        provider, seen = each.quote.provider, each.quote.observed_at
        newest[provider] = max(newest.get(provider, seen), seen)
    return {provider: as_of - newest[provider] for provider in sorted(newest)}
