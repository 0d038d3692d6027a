"""The constants of the rolling window, as the file of a method states them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from oracle.index.window.estimator import MOST_DAYS_PER_PART
from oracle.index.window.logs import LOG_ONE
from oracle.quotes.classes import Availability
from pargrade.clock import DAY_S

_PPM: Final = 10**6


class BadWindowRule(ValueError):
    """Constants that no window can have; a method file with them is refused as a whole."""


@dataclass(frozen=True, slots=True)
class WindowRule:
    """How a level comes from the daily prices of a window."""

    days: int
    """Prices a level rests on: those now, and those of the midnights before, one fewer."""
    huber_ppm: int
    """Error of a log price beyond which it pulls no harder, in millionths of 1."""
    clip_ppm: int
    """Distance of an effect from the median effect beyond which it counts as this, the same."""
    steps: int
    """Robust steps of the fit after the first."""
    splice_days: int
    """Midnights that a new panel needs before a level may rest on it alone."""
    settled_days: int
    """Days from the first to the last of a segment below which a value is splicing."""
    max_distance_ppm: int
    """Farthest a value may be from the weighted median, in millionths of the median."""
    own_history_ppm: int
    """Farthest a price may be from its line's own median, where few providers quote its hardware
    and fewer than two others have moved as far; millionths of the lower one."""
    provider_ppm: int
    """What a provider weighs at most, however many kinds of hardware it offers, in millionths."""
    carry_days: int
    """Days for which a list that is not read counts, with falling weight."""
    executed_ppm: int
    """Part of its weight that a price has by how firm it is, in millionths; also below."""
    bookable_ppm: int
    listed_ppm: int
    sold_out_ppm: int
    unplaced_regions: tuple[str, ...]
    """Words in place of a region that name no place: read as a region that was not stated."""

    @property
    def carry_s(self) -> int:
        """`carry_days` in seconds."""
        return self.carry_days * DAY_S

    def firmness_ppm(self, stated: Availability, carried_days: int) -> int:
        """The part of its weight that a price has, in millionths; 0 after `carry_days`.

        `carried_days` are whole days since a price was seen that nobody could see again, 0 for one
        that is current. What was bookable then is a list price now.
        """
        whole: int = getattr(self, f"{stated.value}_ppm")
        if not carried_days:
            return whole
        left = max(0, self.carry_days - carried_days)
        return min(whole, self.listed_ppm) * left // self.carry_days

    @property
    def huber(self) -> int:
        """`huber_ppm` as a logarithm of ten decimals."""
        return self.huber_ppm * LOG_ONE // _PPM

    @property
    def clip(self) -> int:
        """`clip_ppm` as a logarithm of ten decimals."""
        return self.clip_ppm * LOG_ONE // _PPM

    @classmethod
    def from_json(cls, values: Mapping[str, Any], cap_parts: int) -> "WindowRule":
        """The rule of a method file whose provider cap is 1 / `cap_parts`. Raises BadWindowRule."""
        names = {field.name for field in fields(cls)}
        if values.keys() != names:
            raise BadWindowRule(f"a window states {', '.join(sorted(names))}")
        numbers = names - {"unplaced_regions"}
        words = tuple(map(str, values["unplaced_regions"]))
        rule = cls(**{name: int(values[name]) for name in numbers}, unplaced_regions=words)
        if "" in words or list(words) != sorted(set(words)):
            raise BadWindowRule("regions that name no place are words in ascending order")
        if min(getattr(rule, name) for name in numbers) < 1:
            raise BadWindowRule("every constant of a window is positive")
        if not rule.carry_days < rule.days:
            raise BadWindowRule("a list is carried for as long as a window remembers")
        tiers = (rule.executed_ppm, rule.bookable_ppm, rule.listed_ppm, rule.sold_out_ppm)
        if list(tiers) != sorted(tiers, reverse=True) or tiers[0] > _PPM:
            raise BadWindowRule("a looser price weighs more than a firmer one")
        if not rule.splice_days < rule.days <= MOST_DAYS_PER_PART * cap_parts:
            raise BadWindowRule(f"a window cannot have {rule.days} days")
        if max(rule.huber_ppm, rule.clip_ppm, rule.max_distance_ppm) >= _PPM:
            raise BadWindowRule("a limit of a window is wider than any price moves")
        return rule
