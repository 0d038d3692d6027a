"""The screened quotes of one panel at any instant of a history, with a cache.

The cache saves time and changes no result.
"""

from collections.abc import Callable
from typing import Final

from oracle.index.checks import judge
from oracle.index.fixing import Fixing
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.screen import screen_judged
from oracle.quotes.history import History
from oracle.sources.venue import Cadence

_KEPT_FIXINGS: Final = 4

_Key = tuple[int, ...]


class FixingSource:
    """Fixings of one history, method and panel."""

    def __init__(self, history: History, method: Method, panel: Panel) -> None:
        self.history = history
        self.method = method
        self.panel = panel
        self._judged = judge(history.columns, method, panel)
        self._fixings: dict[_Key, Fixing] = {}

    def fixing(self, as_of: int) -> Fixing:
        """The screened quotes of the look-back at an instant, in unix seconds."""
        return self._screened(as_of, self.method.lookback_s)

    def _screened(
        self,
        as_of: int,
        view_s: int,
        carry_s: int = 0,
        refine: Callable[[Fixing], Fixing] = lambda fixing: fixing,
        window: int = 0,
    ) -> Fixing:
        """The quotes of a view, screened, and refined by what the midnight `window` decides.

        The instant decides only which quotes are in view and which of them are stale. Instants for
        which both are the same share one fixing.
        """
        since, until = as_of - view_s, as_of - self.panel.lag_s
        stale = (self.history.position(as_of - self.method.max_age_s[c] - 1) for c in Cadence)
        seen = self.history.position(since), self.history.position(until)
        key = (*seen, carry_s, window, *stale)
        if key not in self._fixings:
            judged = self._judged.take(self.history.between(since, until))
            screened = screen_judged(judged, self.method, self.panel, as_of, carry_s)
            fixing = refine(Fixing.of(screened, self.method))
            while len(self._fixings) >= _KEPT_FIXINGS:
                del self._fixings[next(iter(self._fixings))]
            self._fixings[key] = fixing
        return self._fixings[key]
