"""Outliers where few providers quote a kind of hardware: a line against its own past.

Among three or four providers no middle tells who is wrong. What does is that prices of one market
move together: a line that leaves its own history alone is refused, until half of the window knows
it at its new price, or two other providers have moved as it did. A line without a past is held
against the range that its hardware had in the window.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from oracle.index.checks import CODE, Reason
from oracle.index.fixing import Fixing
from oracle.index.method import Method
from oracle.index.window.day import Day
from oracle.index.window.logs import log_of
from oracle.index.window.standing import rule_of
from oracle.quotes.quote import Line
from oracle.quotes.weights import lower_median

_PPM: Final = 10**6
_WITNESSES: Final = 2
"""Other providers that have to have moved, too."""


@dataclass(frozen=True)
class OwnHistory:
    """What the midnights of a window know of lines: logarithms of ten decimals."""

    medians: dict[Line, int]
    """The lower median of each line that was seen on at least `splice_days` midnights."""
    ranges: dict[str, tuple[int, int]]
    """Lowest and highest price of these lines by hardware."""

    @classmethod
    def of(cls, days: Sequence[Day], method: Method) -> "OwnHistory":
        """The history in some days."""
        seen: dict[Line, list[int]] = defaultdict(list)
        for day in days:
            for each in day.lines:
                seen[each.line].append(each.log)
        least = rule_of(method).splice_days
        known = {line: logs for line, logs in seen.items() if len(logs) >= least}
        by_hardware: dict[str, list[int]] = defaultdict(list)
        for line, logs in known.items():
            by_hardware[line.hardware] += logs
        return cls(
            {line: lower_median(logs) for line, logs in known.items()},
            {hardware: (min(logs), max(logs)) for hardware, logs in by_hardware.items()},
        )

    def refuse_astray(self, fixing: Fixing, method: Method) -> Fixing:
        """The fixing with OUTLIER for lines that left what the window knows of them alone."""
        providers = Counter(
            hardware for _, hardware in {(line.provider, line.hardware) for line in fixing.prices}
        )
        few = {h for h, count in providers.items() if count < method.outlier_min_providers}
        if not few:
            return fixing
        moves = self._moves(fixing, method)
        movers: dict[int, set[str]] = {-1: set(), 1: set()}
        for line, way in moves.items():
            movers[way].add(line.provider)
        astray = {
            line
            for line in fixing.prices
            if line.hardware in few
            and (
                (line in moves and len(movers[moves[line]] - {line.provider}) < _WITNESSES)
                or self._is_out_of_range(line, fixing.prices[line], method)
            )
        }
        return _refused(fixing, astray, method) if astray else fixing

    def _moves(self, fixing: Fixing, method: Method) -> dict[Line, int]:
        """Which way each line has left its own median, where it has: 1 up, -1 down."""
        limit = log_of(_PPM + rule_of(method).own_history_ppm) - log_of(_PPM)
        apart = {
            line: log_of(unit8) - self.medians[line]
            for line, unit8 in fixing.prices.items()
            if line in self.medians
        }
        return {line: 1 if by > 0 else -1 for line, by in apart.items() if abs(by) > limit}

    def _is_out_of_range(self, line: Line, unit8: int, method: Method) -> bool:
        if line in self.medians or line.hardware not in self.ranges:
            return False
        low, high = self.ranges[line.hardware]
        room = log_of(_PPM + method.outlier_floor_ppm) - log_of(_PPM)
        return not low - room <= log_of(unit8) <= high + room


def _refused(fixing: Fixing, astray: set[Line], method: Method) -> Fixing:
    judged, rows = fixing.screened.judged, fixing.screened.counted
    names = judged.lines.names
    wrong = [names[line] in astray for line in judged.line[rows].tolist()]
    verdicts = fixing.screened.verdicts.copy()
    verdicts[rows[np.array(wrong, np.bool_)]] = CODE[Reason.OUTLIER]
    return Fixing.of(replace(fixing.screened, verdicts=verdicts), method)
