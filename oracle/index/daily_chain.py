"""The daily chain of one panel, with a cache of its fixings.

Every result is a function of (history, method, panel, instant). The cache saves time and changes no
result.
"""

from typing import Final

from oracle.index.checks import judge
from oracle.index.fixing import Anchor, Fixing, base_anchor, next_anchor, value_at
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.screen import screen_judged
from oracle.quotes.history import History
from oracle.sources.venue import Cadence
from pargrade.clock import DAY_S

_KEPT_FIXINGS: Final = 4


class DailyChain:
    """Fixings, anchors and values of one history, method and panel."""

    def __init__(
        self,
        history: History,
        method: Method,
        panel: Panel,
        *,
        after: Anchor | None = None,
        begin: int | None = None,
    ) -> None:
        """A chain from the first quote on, or the continuation of a chain over a part of a history.

        `after` is the last anchor of the part before; `begin` is the first midnight if there is no
        anchor yet. The part must hold all quotes from a look-back before that midnight.
        """
        self.history = history
        self.method = method
        self.panel = panel
        self._anchors: list[Anchor] = [] if after is None else [after]
        self._judged = judge(history.columns, method, panel)
        if after is not None:
            begin = after.midnight + DAY_S
        elif begin is None and len(history.times):
            begin = -(-int(history.times[0]) // DAY_S) * DAY_S
        self._next_midnight = begin
        self._last_value: tuple[Anchor | None, Fixing, IndexValue | NoValue] | None = None
        self._fixings: dict[tuple[int, ...], Fixing] = {}

    def fixing(self, as_of: int) -> Fixing:
        """The screened quotes of the look-back at an instant, in unix seconds.

        The instant decides only which quotes are in view and which of them are stale. Instants for
        which both are the same share one fixing.
        """
        since, until = as_of - self.method.lookback_s, as_of - self.panel.lag_s
        stale = (self.history.position(as_of - self.method.max_age_s[c] - 1) for c in Cadence)
        key = (self.history.position(since), self.history.position(until), *stale)
        if key not in self._fixings:
            judged = self._judged.take(self.history.between(since, until))
            fixing = Fixing.of(screen_judged(judged, self.method, self.panel, as_of), self.method)
            while len(self._fixings) >= _KEPT_FIXINGS:
                del self._fixings[next(iter(self._fixings))]
            self._fixings[key] = fixing
        return self._fixings[key]

    def anchors(self, as_of: int) -> list[Anchor]:
        """The anchors from the base to the last midnight at or before an instant."""
        while self._next_midnight is not None and self._next_midnight <= as_of:
            midnight = self._next_midnight
            fixing = self.fixing(midnight)
            if self._anchors:
                self._anchors.append(next_anchor(self._anchors[-1], midnight, fixing, self.method))
            elif (base := base_anchor(midnight, fixing, self.method)) is not None:
                self._anchors.append(base)
            self._next_midnight = midnight + DAY_S
        if not self._anchors or as_of < self._anchors[0].midnight:
            return []
        return self._anchors[: (as_of - self._anchors[0].midnight) // DAY_S + 1]

    def anchor(self, as_of: int) -> Anchor | None:
        """The anchor of the last midnight at or before an instant; None before the base."""
        anchors = self.anchors(as_of)
        return anchors[-1] if anchors else None

    def value(self, as_of: int) -> IndexValue | NoValue:
        """The index at an instant, in unix seconds."""
        anchor, fixing = self.anchor(as_of), self.fixing(as_of)
        known = self._last_value
        if known is None or known[0] is not anchor or known[1] is not fixing:
            known = self._last_value = (anchor, fixing, value_at(anchor, fixing, self.method))
        return known[2]


def spot_index(history: History, method: Method, panel: Panel, as_of: int) -> IndexValue | NoValue:
    """The index at an instant, in unix seconds, without a chain to reuse."""
    return DailyChain(history, method, panel).value(as_of)
