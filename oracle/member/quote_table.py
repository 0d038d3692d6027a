"""The newest lists of a node as its batch takes them, from a recording or from what it fetched."""

from collections.abc import Mapping
from typing import Final

from oracle.member.config import MemberConfig
from oracle.node.quote_source import QuoteSource
from oracle.protocol.batch.table import Table
from oracle.valuation.lists import read_lists
from pargrade.clock import DAY_S

_PAUSE_S: Final = 1.0
"""A table is made anew at most so often, by the node's clock."""


class QuoteTable:
    """For one thread at a time. The same object is given until something in it has changed."""

    def __init__(self, config: MemberConfig, source: QuoteSource) -> None:
        self._source = source
        self._watch = config.watch
        self._offset_s = config.replay_offset_s
        self._view_s = source.method.view_s + DAY_S
        self._table: Table = {}
        self.left_out: Mapping[str, str] = {}
        """By list, what of it no peer would read, and why."""
        self._made_at = -_PAUSE_S

    def read(self, now: float) -> Table:
        """What was seen until an instant of the node's clock, unix seconds."""
        if abs(now - self._made_at) < _PAUSE_S and not self._source.has_changed():
            return self._table
        self._made_at = now
        made = self._make(int(now))
        if made != self._table:
            self._table = made
        return self._table

    def _make(self, now: int) -> Table:
        seen = now - self._offset_s
        history = self._source.chain().history
        since = seen - self._view_s
        found = read_lists(history, since, seen, self._offset_s, self._watch or ())
        self.left_out = found.left_out
        return found.table
