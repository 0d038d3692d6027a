"""The daily chain of one panel, with a cache of its fixings.

Every result is a function of (history, method, panel, instant). The cache saves time and changes no
result.
"""

from oracle.index.fixing import Anchor, Fixing, base_anchor, next_anchor, value_at
from oracle.index.fixing_source import FixingSource
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.history import History
from pargrade.clock import DAY_S


class DailyChain(FixingSource):
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
        super().__init__(history, method, panel)
        self._anchors: list[Anchor] = [] if after is None else [after]
        if after is not None:
            begin = after.midnight + DAY_S
        elif begin is None and len(history.times):
            begin = -(-int(history.times[0]) // DAY_S) * DAY_S
        self._next_midnight = begin
        self._last_value: tuple[Anchor | None, Fixing, IndexValue | NoValue] | None = None

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
