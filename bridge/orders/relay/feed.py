"""What subscribers see of a series: a snapshot, then increments numbered without gaps."""

import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.orders.relay.levels import BookLevels
from bridge.orders.relay.tape import MatchedTrade

MOST_LEVELS: Final = 500
"""Of each side in a snapshot."""
_HISTORY: Final = 1_200
"""Increments kept for who resumes: a minute at 20 Hz."""
_SIDES: Final = ("bid", "ask")


@dataclass(slots=True)
class _Series:
    update: int = 0
    history: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_HISTORY))
    trades: list[MatchedTrade] = field(default_factory=list)
    shot: tuple[int, int, str] = (-1, -1, "")
    """The newest snapshot with its update and sequence."""


class BookFeed:
    """Messages about one relay's books. Whoever holds the book's lock calls it."""

    def __init__(self, levels: BookLevels) -> None:
        self._levels = levels
        self._series: dict[int, _Series] = {}
        self.stream = secrets.token_hex(8)
        """Names this run of the relay: numbers of increments begin anew with it."""

    def note(self, trades: list[MatchedTrade]) -> None:
        """Trades that the next increment tells of."""
        for trade in trades:
            self._series.setdefault(trade.series, _Series()).trades.append(trade)

    def collect(self, sequence: int) -> dict[int, str]:
        """The increment of each series that changed since the last call."""
        changes: dict[int, list[list[str]]] = {}
        for series, side, price, lots in self._levels.take_changed():
            changes.setdefault(series, []).append([_SIDES[side], str(price), str(lots)])
        for series, kept in self._series.items():
            if kept.trades:
                changes.setdefault(series, [])
        found: dict[int, str] = {}
        for series, levels in changes.items():
            kept = self._series.setdefault(series, _Series())
            kept.update += 1
            trades = [trade.to_json() for trade in kept.trades]
            kept.trades.clear()
            body = {"type": "update", "levels": levels, "trades": trades}
            found[series] = self._message(series, kept.update, sequence, body)
            kept.history.append((kept.update, found[series]))
        return found

    def skip(self) -> None:
        """Lets no increment tell of what has changed by now."""
        self._levels.take_changed()

    def snapshot(self, series: int, sequence: int) -> str:
        """The whole of a series as subscribers have it after the newest increment.

        What has changed since without an entry is in the next increment, so all who come between
        two of them get the same.
        """
        kept = self._series.setdefault(series, _Series())
        if kept.shot[:2] == (kept.update, sequence):
            return kept.shot[2]
        sides = {
            f"{name}s": [
                [str(price), str(lots)]
                for price, lots in self._levels.best(series, side, MOST_LEVELS)
            ]
            for side, name in enumerate(_SIDES)
        }
        made = self._message(series, kept.update, sequence, {"type": "snapshot", **sides})
        kept.shot = (kept.update, sequence, made)
        return made

    def missed(self, series: int, stream: str, update: int) -> list[str] | None:
        """The increments after one that a subscriber has; None where they are not kept."""
        kept = self._series.get(series)
        if stream != self.stream or kept is None or update > kept.update:
            return None
        if update == kept.update:
            return []
        if not kept.history or kept.history[0][0] > update + 1:
            return None
        return [message for number, message in kept.history if number > update]

    def _message(self, series: int, update: int, sequence: int, body: dict[str, Any]) -> str:
        head = {"series": str(series), "stream": self.stream, "update": update}
        return json.dumps({**head, "sequence": sequence, **body}, separators=(",", ":"))
