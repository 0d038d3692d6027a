"""The daily chain of one panel, with a cache of its fixings.

Every result is a function of (history, method, panel, instant). The cache saves time and changes no
result.
"""

from collections.abc import Sequence
from dataclasses import replace

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
        before: Sequence[Anchor] = (),
        begin: int | None = None,
    ) -> None:
        """A chain from the first quote on, or the continuation of a chain over a part of a history.

        `before` are anchors of the part before, of which only the last decides values; `begin` is
        the first midnight if there is no anchor yet. The part must hold all quotes from a look-back
        before that midnight.
        """
        super().__init__(history, method, panel)
        self._anchors: list[Anchor] = list(before)
        if before:
            begin = before[-1].midnight + DAY_S
        elif begin is None and len(history.times):
            begin = -(-int(history.times[0]) // DAY_S) * DAY_S
        self._next_midnight = begin
        self._detached: frozenset[int] = frozenset()
        self._last_value: tuple[Anchor | None, Fixing, IndexValue | NoValue] | None = None

    def continued(self, part: History, since: int) -> "DailyChain":
        """The chain of later instants over a part of the history that holds their quotes.

        The part has all quotes later than a look-back before `since`, a midnight in unix seconds.
        It costs a day per day: of what lies before, every anchor is kept, without its history.
        """
        before = self.anchors(since - 1)
        known: dict[int, Fixing] = {}
        for anchor in before:
            if anchor.fixed_at not in known:
                is_kept = anchor.fixed_at in self._detached
                known[anchor.fixed_at] = (
                    anchor.fixing if is_kept else anchor.fixing.detached(self.method)
                )
        chain = DailyChain(
            part,
            self.method,
            self.panel,
            before=[replace(each, fixing=known[each.fixed_at]) for each in before],
            begin=None if self._next_midnight is None else since,
        )
        chain._detached = frozenset(known)
        return chain

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
