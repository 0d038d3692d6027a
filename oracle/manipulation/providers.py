"""The index and the settlement of a window under attack by providers, and without an attack."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oracle.backtest.month import HOLD_S, coverage_bps, covered_window, rung_of
from oracle.index.chain import chain_of
from oracle.index.daily_chain import DailyChain
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.manipulation.attack import (
    PPM,
    Attack,
    AttackPlan,
    choose_coalition,
    corrupt_quotes,
)
from oracle.manipulation.memory import compute_with_memory
from oracle.quotes.history import History
from oracle.quotes.quote import Quote
from pargrade.clock import HOUR_S
from pargrade.errors import PargradeError
from pargrade.spot_index.accumulator import Window, accumulate
from pargrade.units import Price


class NoWindow(PargradeError):
    """A window in which the honest index has no settlement to compare with."""

    hint = "Take whole days inside the recording, after its first midnight."


@dataclass(frozen=True, slots=True)
class Scenario:
    """The index of one panel over a window [start, end), both UTC midnights in unix seconds."""

    quotes: tuple[Quote, ...]
    method: Method
    panel: Panel
    start: int
    end: int
    memory_s: int = 0
    """Seconds that lines which left are remembered; 0 is the method in use. A window remembers its
    own lines, whatever this is."""

    def hours(self) -> range:
        """Every hour from one hour before the window, so that its start is covered, to its end."""
        return range(self.start - HOUR_S, self.end + 1, HOUR_S)

    def compute_values(self, quotes: Iterable[Quote]) -> dict[int, IndexValue]:
        """Compute the values that a node would report from these quotes, by hour."""
        chain = chain_of(History.of(quotes), self.method, self.panel)
        found: Iterable[tuple[int, IndexValue | NoValue]]
        if self.memory_s and isinstance(chain, DailyChain):
            found = compute_with_memory(chain, self.hours(), self.memory_s)
        else:
            found = ((instant, chain.value(instant)) for instant in self.hours())
        return {instant: v for instant, v in found if isinstance(v, IndexValue) and v.reportable}

    def accumulate_window(self, values: dict[int, IndexValue]) -> Window | None:
        """Accumulate the values over the window; None when nothing is covered."""
        rounds = accumulate(((instant, Price(v.value8)) for instant, v in values.items()), HOLD_S)
        return covered_window(rounds, self.start, self.end)


class AttackOutcome(NamedTuple):
    """The result of an attack. Amounts are USD with 8 decimals."""

    plan: AttackPlan
    share_ppm: int
    """The coalition's part of the capped weight at the start of the window, rounded down."""
    settlement8: int | None
    """None when nothing of the window is covered."""
    moved8: int | None
    """S less the honest S; None without S."""
    largest_ppm: int
    """The largest difference of the index from the honest index at any hour, with its sign, in
    millionths of the honest index, rounded down."""
    inside: int
    """Hours at which the index is within the unit prices of the honest providers."""
    hours: int
    """Hours with a value."""
    coverage_bps: int
    rung: str
    """full, reduced or delivery, as in `rung_of`."""


class HonestRun(NamedTuple):
    """The window without an attack."""

    scenario: Scenario
    values: dict[int, IndexValue]
    """By hour, unix seconds."""
    settlement8: int
    """USD per SCU with 8 decimals, half-even to 0.0001 USD."""

    @classmethod
    def of(cls, scenario: Scenario) -> "HonestRun":
        """The honest run of a scenario. Raises NoWindow."""
        values = scenario.compute_values(scenario.quotes)
        found = scenario.accumulate_window(values)
        if found is None or scenario.start not in values:
            raise NoWindow("the index has no value in the window")
        return cls(scenario, values, int(found.price()))

    def plan_attacks(
        self, attack: Attack, size_ppm: int, counts: Sequence[int]
    ) -> tuple[AttackPlan, ...]:
        """Plan an attack by a coalition of each number of providers in `counts`."""
        entries = self.values[self.scenario.start].entries
        return tuple(
            AttackPlan(
                attack,
                choose_coalition(entries, count, up=size_ppm >= 0),
                self.scenario.start,
                self.scenario.end,
                size_ppm,
            )
            for count in counts
        )

    def share_ppm(self, providers: frozenset[str]) -> int:
        """The providers' part of the capped weight at the start of the window, rounded down."""
        entries = self.values[self.scenario.start].entries
        held = sum(entry.weight for entry in entries if entry.provider in providers)
        return held * PPM // sum(entry.weight for entry in entries)

    def run_attack(self, plan: AttackPlan) -> AttackOutcome:
        """Run the same window with the attack."""
        values = self.scenario.compute_values(corrupt_quotes(self.scenario.quotes, plan))
        found = self.scenario.accumulate_window(values)
        settlement8 = None if found is None else int(found.price())
        differences = [
            (values[instant].value8 - honest.value8) * PPM // honest.value8
            for instant, honest in self.values.items()
            if instant in values
        ]
        return AttackOutcome(
            plan=plan,
            share_ppm=self.share_ppm(plan.providers),
            settlement8=settlement8,
            moved8=None if settlement8 is None else settlement8 - self.settlement8,
            largest_ppm=max(differences, key=abs, default=0),
            inside=sum(_inside(value, plan.providers) for value in values.values()),
            hours=len(values),
            coverage_bps=coverage_bps(found),
            rung=rung_of(found),
        )


def _inside(value: IndexValue, liars: frozenset[str]) -> bool:
    honest = [entry.unit8 for entry in value.entries if entry.provider not in liars]
    return bool(honest) and min(honest) <= value.value8 <= max(honest)
