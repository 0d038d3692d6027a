"""The values of one panel over rolling windows, with a cache of its midnights.

Every result is a function of the window alone: the midnights before an instant whose quotes are
known in full, and the fixing at the instant. The cache saves time and changes no result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

from oracle.evidence import merkle
from oracle.index.fixing import Fixing
from oracle.index.fixing_source import FixingSource
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import BadMethod, Method
from oracle.index.panel import Panel
from oracle.index.window.day import Day
from oracle.index.window.own_history import OwnHistory
from oracle.index.window.rule import WindowRule
from oracle.index.window.standing import (
    Firmnesses,
    LineFirmness,
    firmness_of,
    firmnesses_of,
    rule_of,
)
from oracle.index.window.value import value_in_window
from oracle.quotes.classes import Availability
from oracle.quotes.history import History
from oracle.quotes.quote import Line
from pargrade.canonical import canonical_json, read_json
from pargrade.clock import DAY_S

_KEPT_WINDOWS: Final = 4


@dataclass(frozen=True, eq=False)
class Midnight:
    """A midnight that a window remembers: what was seen on the day that ends with it.

    A list that was not read that day is in the fixing for as long as it counts, but not in the day:
    the fit remembers its lines, and a list that is carried would hide that a panel has gone.
    """

    fixing: Fixing
    prices: Mapping[Line, int]
    """USD per SCU of each line seen that day, 8 decimals."""
    firm: Firmnesses
    day: Day
    is_detached: bool = False

    @classmethod
    def of(cls, fixing: Fixing, midnight: int, method: Method) -> "Midnight":
        """The midnight of a fixing, in unix seconds."""
        judged, rows = fixing.screened.judged, fixing.screened.counted
        seen = judged.line[rows[judged.columns.observed_at[rows] > midnight - DAY_S]]
        names = (judged.lines.names[line] for line in seen.tolist())
        prices = {line: fixing.prices[line] for line in names}
        known = firmnesses_of(fixing.screened, method, midnight)
        firm = {line: known[line] for line in prices}
        return cls(fixing, prices, firm, Day.of(midnight, prices, method, firm))

    @cached_property
    def line(self) -> bytes:
        """Its line in the evidence: the prices, and the root of the quotes that count."""
        return canonical_json(
            {
                "midnight": self.day.instant,
                "fixing": self.fixing.accepted_root.hex(),
                "prices": [
                    [*line, self.firm[line].tier, str(unit8)]
                    for line, unit8 in sorted(self.prices.items())
                ],
            }
        )

    def detached(self, method: Method) -> "Midnight":
        """The same without the history it was read from, and without the quotes it refused."""
        if self.is_detached:
            return self
        return replace(self, fixing=self.fixing.detached(method), is_detached=True)


class _Decisive(NamedTuple):
    """All that decides a value."""

    midnights: list[Midnight]
    prices: Mapping[Line, int]
    firm: Firmnesses
    is_midnight: bool


@dataclass(frozen=True, slots=True)
class WindowAnchor:
    """A midnight as a link of the evidence."""

    midnight: int
    fixing: Fixing
    line: bytes
    root: bytes
    """Hash chain over the lines of the window up to this midnight."""


class WindowChain(FixingSource):
    """Fixings, midnights and values of one history, method and panel."""

    def __init__(
        self,
        history: History,
        method: Method,
        panel: Panel,
        *,
        before: Iterable[Midnight] = (),
        begin: int | None = None,
    ) -> None:
        """A chain over a whole history, or the continuation of one over a part of it.

        `before` are midnights that are known already, and `begin` is when the first quote of the
        whole history was observed. The part must hold all quotes from a look-back before the first
        midnight that is neither given nor too early to be known in full.
        """
        if method.window is None:
            raise BadMethod(f"version {method.version} has no window")
        super().__init__(history, method, panel)
        self.rule: WindowRule = method.window
        if begin is None and len(history.times):
            begin = int(history.times[0])
        self._begin = begin
        self._known_from = None if begin is None else begin + method.lookback_s
        self._midnights = {each.day.instant: each for each in before}
        self._own_history: tuple[list[int], OwnHistory] | None = None
        self._last_value: tuple[_Decisive, IndexValue | NoValue] | None = None
        self._last_window: tuple[int, list[Midnight]] | None = None
        self._last_anchors: list[WindowAnchor] = []

    def continued(self, part: History, since: int) -> "WindowChain":
        """The chain of later instants over a part of the history that holds their quotes.

        The part has all quotes later than a look-back before `since`, a midnight in unix seconds.
        It costs a day per day: of what lies before, the midnights of the windows of `since` and of
        the day before it are kept.
        """
        known = [*self.midnights(since - DAY_S), *self.midnights(since)]
        before = (each.detached(self.method) for each in known)
        return WindowChain(part, self.method, self.panel, before=before, begin=self._begin)

    def midnights(self, as_of: int) -> list[Midnight]:
        """The midnights of the window before an instant whose quotes are known in full."""
        last = -(-as_of // DAY_S) * DAY_S - DAY_S
        if self._last_window is None or self._last_window[0] != last:
            self._last_window = last, self._midnights_until(last)
        return self._last_window[1]

    def _midnights_until(self, last: int) -> list[Midnight]:
        first = last - (self.rule.days - 2) * DAY_S
        if len(self._midnights) > _KEPT_WINDOWS * self.rule.days:
            self._midnights = {m: each for m, each in self._midnights.items() if m >= first}
        return [
            self._midnight(midnight)
            for midnight in range(first, last + 1, DAY_S)
            if self._known_from is not None and midnight >= self._known_from
        ]

    def anchors(self, as_of: int) -> list[WindowAnchor]:
        """The same midnights as links of the evidence."""
        midnights = self.midnights(as_of)
        known = [anchor.midnight for anchor in self._last_anchors]
        if known != [each.day.instant for each in midnights]:
            root, anchors = merkle.EMPTY, list[WindowAnchor]()
            for each in midnights:
                root = merkle.step(root, each.line)
                anchors.append(WindowAnchor(each.day.instant, each.fixing, each.line, root))
            self._last_anchors = anchors
        return self._last_anchors

    def value(self, as_of: int) -> IndexValue | NoValue:
        """The index at an instant, in unix seconds."""
        fixing = self.fixing(as_of)
        # Quotes come every hour and prices stay for days: the prices decide, not the fixing.
        firm = firmnesses_of(fixing.screened, self.method, as_of)
        known = _Decisive(self.midnights(as_of), fixing.prices, firm, as_of % DAY_S == 0)
        if self._last_value is None or self._last_value[0] != known:
            days = [each.day for each in known.midnights]
            value = value_in_window(days, as_of, fixing, self.method, self.rule)
            self._last_value = known, value
        return self._last_value[1]

    def fixing(self, as_of: int) -> Fixing:
        """The screened quotes at an instant, in unix seconds: lists that are carried among them,
        and without lines that have left their own history alone.
        """
        midnights = self.midnights(as_of)
        return self._screened(
            as_of,
            self.method.view_s,
            self.rule.carry_s,
            lambda fixing: self._history_of(midnights).refuse_astray(fixing, self.method),
            window=midnights[-1].day.instant if midnights else 0,
        )

    def fixing_of_midnight(self, midnight: int) -> Fixing:
        """The screened quotes of a midnight as the window takes them: nothing is carried."""
        return self._screened(midnight, self.method.lookback_s)

    def _history_of(self, midnights: list[Midnight]) -> OwnHistory:
        known = [each.day.instant for each in midnights]
        if self._own_history is None or self._own_history[0] != known:
            days = [each.day for each in midnights]
            self._own_history = known, OwnHistory.of(days, self.method)
        return self._own_history[1]

    def _midnight(self, midnight: int) -> Midnight:
        if midnight not in self._midnights:
            fixing = self.fixing_of_midnight(midnight)
            self._midnights[midnight] = Midnight.of(fixing, midnight, self.method)
        return self._midnights[midnight]


def day_of_line(line: bytes, method: Method) -> Day:
    """The day that a midnight's line in the evidence states. Raises ValueError, KeyError."""
    stated, rule = read_json(line), rule_of(method)
    prices: dict[Line, int] = {}
    firm: dict[Line, LineFirmness] = {}
    for provider, hardware, count, region, tier, unit8 in stated["prices"]:
        key = Line(str(provider), str(hardware), int(count), str(region))
        prices[key] = int(unit8)
        firm[key] = firmness_of(Availability(tier), 0, rule)
    return Day.of(int(stated["midnight"]), prices, method, firm)
