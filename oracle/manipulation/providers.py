"""One window under attack by providers: the index and the settlement beside the honest ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oracle.backtest.month import HOLD_S
from oracle.index.daily_chain import DailyChain
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.manipulation.attack import HOUR_S, Attack, AttackPlan, coalition, corrupted
from oracle.manipulation.memory import remembering
from oracle.quotes.history import History
from oracle.quotes.quote import Quote
from pargrade.errors import PargradeError
from pargrade.futures.ladder import Rung, admits
from pargrade.spot_index.accumulator import NoCheckpoint, NothingCovered, Window, accumulate, window
from pargrade.units import Price

_PPM = 10**6


class NoWindow(PargradeError):
    """A window in which the honest index does not settle: nothing can be compared with it."""

    hint = "Take whole days inside the recording, after its first midnight."


@dataclass(frozen=True, slots=True)
class Scene:
    """What is attacked: a window [start, end) between UTC midnights of one panel's index."""

    quotes: tuple[Quote, ...]
    method: Method
    panel: Panel
    start: int
    end: int
    memory_s: int = 0
    """How long lines that left are remembered; 0 is the method as it is."""

    def hours(self) -> range:
        """Every hour from an hour before the window to its end, so that it is covered at once."""
        return range(self.start - HOUR_S, self.end + 1, HOUR_S)

    def values(self, quotes: Iterable[Quote]) -> dict[int, IndexValue]:
        """What a node would report from some quotes, by hour."""
        chain = DailyChain(History.of(quotes), self.method, self.panel)
        found: Iterable[tuple[int, IndexValue | NoValue]]
        if self.memory_s:
            found = remembering(chain, self.hours(), self.memory_s)
        else:
            found = ((instant, chain.value(instant)) for instant in self.hours())
        return {instant: v for instant, v in found if isinstance(v, IndexValue) and v.reportable}

    def window(self, values: dict[int, IndexValue]) -> Window | None:
        """What the values accumulate over the window; None when nothing is covered."""
        rounds = accumulate(((instant, Price(v.value8)) for instant, v in values.items()), HOLD_S)
        try:
            found = window(rounds, self.start, self.end, HOLD_S)
            found.price()
        except (NoCheckpoint, NothingCovered):
            return None
        return found


class AttackOutcome(NamedTuple):
    """What an attack came to."""

    plan: AttackPlan
    share_ppm: int
    """The coalition's part of the capped weight when the window starts."""
    settlement8: int | None
    """None when the window is delivered without a price."""
    moved8: int | None
    """S less the honest S."""
    largest_ppm: int
    """The largest difference of the index from the honest one at any hour, with its sign."""
    inside: int
    """Hours at which the index lay within the unit prices of the honest providers."""
    hours: int
    """Hours with a value."""
    coverage_bps: int
    rung: str
    """full, reduced or delivery: which rung of the ladder takes the window."""


class Honest(NamedTuple):
    """The window without an attack."""

    scene: Scene
    values: dict[int, IndexValue]
    settlement8: int

    @classmethod
    def of(cls, scene: Scene) -> "Honest":
        """The honest run. Raises NoWindow."""
        values = scene.values(scene.quotes)
        found = scene.window(values)
        if found is None or scene.start not in values:
            raise NoWindow("the index has no value in the window")
        return cls(scene, values, int(found.price()))

    def plans(self, attack: Attack, size_ppm: int, counts: Sequence[int]) -> tuple[AttackPlan, ...]:
        """The attack by the strongest coalitions of these numbers of providers."""
        entries = self.values[self.scene.start].entries
        return tuple(
            AttackPlan(
                attack,
                coalition(entries, count, up=size_ppm >= 0),
                self.scene.start,
                self.scene.end,
                size_ppm,
            )
            for count in counts
        )

    def share_ppm(self, providers: frozenset[str]) -> int:
        """Their part of the capped weight when the window starts, rounded down."""
        entries = self.values[self.scene.start].entries
        held = sum(entry.weight for entry in entries if entry.provider in providers)
        return held * _PPM // sum(entry.weight for entry in entries)

    def under(self, plan: AttackPlan) -> AttackOutcome:
        """The same window with the plan carried out."""
        values = self.scene.values(corrupted(self.scene.quotes, plan))
        found = self.scene.window(values)
        settlement8 = None if found is None else int(found.price())
        apart = [
            (values[instant].value8 - honest.value8) * _PPM // honest.value8
            for instant, honest in self.values.items()
            if instant in values
        ]
        return AttackOutcome(
            plan=plan,
            share_ppm=self.share_ppm(plan.providers),
            settlement8=settlement8,
            moved8=None if settlement8 is None else settlement8 - self.settlement8,
            largest_ppm=max(apart, key=abs, default=0),
            inside=sum(_inside(value, plan.providers) for value in values.values()),
            hours=len(values),
            coverage_bps=0 if found is None else found.covered_time * 10_000 // found.span,
            rung=_rung(found),
        )


def _inside(value: IndexValue, liars: frozenset[str]) -> bool:
    honest = [entry.unit8 for entry in value.entries if entry.provider not in liars]
    return bool(honest) and min(honest) <= value.value8 <= max(honest)


def _rung(found: Window | None) -> str:
    if found is not None and admits(Rung.FULL, found):
        return "full"
    return "reduced" if found is not None and admits(Rung.REDUCED, found) else "delivery"
