"""How firm each line of an instant is, and what it weighs by that."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from oracle.index.level import Pair, capped_pairs
from oracle.index.method import BadMethod, Method
from oracle.index.screen import Screened
from oracle.index.window.rule import WindowRule
from oracle.quotes.classes import Availability, availability_of
from oracle.quotes.quote import Line
from pargrade.clock import DAY_S


class LineFirmness(NamedTuple):
    """How firm the price of a line is."""

    tier: Availability
    weight_ppm: int
    """The part of its weight that the price has, in millionths."""

    @property
    def is_current(self) -> bool:
        """Whether its source still shows it."""
        return self.tier is not Availability.CARRIED


Firmnesses = Mapping[Line, LineFirmness]


def rule_of(method: Method) -> WindowRule:
    """The window of a method. Raises BadMethod when it has none."""
    if method.window is None:
        raise BadMethod(f"version {method.version} has no window")
    return method.window


def firmnesses_of(screened: Screened, method: Method, as_of: int) -> Firmnesses:
    """How firm the lines that count are at an instant, in unix seconds."""
    rule, columns, rows = rule_of(method), screened.judged.columns, screened.counted
    ages = as_of - columns.observed_at[rows]
    oldest = columns.cadence.each(lambda cadence: method.max_age_s[cadence], np.int64)[rows]
    days = np.where(ages > oldest, np.maximum(1, ages // DAY_S), 0)
    codes = columns.flags.codes[rows].tolist()
    # A history has many words of flags, and an instant few of them.
    tiers = {code: availability_of(columns.flags.words[code]) for code in set(codes)}
    names = screened.judged.lines.names
    lines = (names[line] for line in screened.judged.line[rows].tolist())
    kinds = {
        (code, carried): firmness_of(tiers[code], carried, rule)
        for code, carried in set(zip(codes, days.tolist(), strict=True))
    }
    return {
        line: kinds[kind]
        for line, kind in zip(lines, zip(codes, days.tolist(), strict=True), strict=True)
    }


def firmness_of(stated: Availability, carried_days: int, rule: WindowRule) -> LineFirmness:
    """The firmness of a price that was stated so, and is carried for whole days; 0 is current."""
    tier = Availability.CARRIED if carried_days else stated
    return LineFirmness(tier, rule.firmness_ppm(stated, carried_days))


def weigh_pairs(firm: Firmnesses, method: Method) -> Mapping[Pair, int]:
    """What each provider's price for a hardware weighs, after every cap; any scale.

    A provider that offers several kinds of hardware weighs no more than `provider_ppm` together: it
    is one opinion, and a list is made longer at no cost. A line has its part of its pair, times how
    firm it is. Then no provider weighs more than the cap of the method.
    """
    most = rule_of(method).provider_ppm
    sizes: Counter[Pair] = Counter()
    firmness: Counter[Pair] = Counter()
    for line, each in firm.items():
        pair = line.provider, line.hardware
        sizes[pair] += 1
        firmness[pair] += each.weight_ppm
    offered: Counter[str] = Counter()
    for provider, hardware in sizes:
        offered[provider] += method.by_name[hardware].weight_ppm
    raw = (
        (pair, _raw_weight(pair, most, offered[pair[0]], method) * firmness[pair] // sizes[pair])
        for pair in sorted(sizes)
    )
    return capped_pairs(tuple((pair, max(1, weight)) for pair, weight in raw), method)


def tiers_of_pairs(firm: Firmnesses) -> Mapping[Pair, Mapping[Availability, int]]:
    """The weight of each pair's lines by tier, in any scale."""
    found: dict[Pair, Counter[Availability]] = defaultdict(Counter)
    for line, each in firm.items():
        found[line.provider, line.hardware][each.tier] += each.weight_ppm
    return found


def panel_in_force(firm: Firmnesses, method: Method) -> frozenset[Line]:
    """The lines that a value is held against: the current ones.

    All of them where fewer than `min_providers` providers are current: then lists that are carried
    stand for the panel.
    """
    current = frozenset(line for line, each in firm.items() if each.is_current)
    return current if _providers(current) >= method.min_providers else frozenset(firm)


def current_providers(firm: Firmnesses) -> int:
    """Providers with a line whose source still shows it."""
    return _providers(line for line, each in firm.items() if each.is_current)


def _providers(lines: Iterable[Line]) -> int:
    return len({line.provider for line in lines})


def _raw_weight(pair: Pair, most_ppm: int, offered_ppm: int, method: Method) -> int:
    return method.by_name[pair[1]].weight_ppm * most_ppm // max(most_ppm, offered_ppm)
