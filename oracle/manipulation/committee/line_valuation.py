"""The index of agreed lines: screened, and linked to the midnights that everybody knows."""

from oracle.index.chain import chain_of
from oracle.index.daily_chain import DailyChain
from oracle.index.fixing import Fixing, value_at
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.screen import screen
from oracle.index.window.own_history import OwnHistory
from oracle.index.window.value import value_in_window
from oracle.protocol.report.attested import Lines
from oracle.quotes.columns import Columns
from oracle.quotes.history import History
from oracle.valuation.lists import quotes_of


class LineValuation:
    """One index of one history. What came before midnight is read from it, the rest is lines."""

    def __init__(self, history: History, method: Method, panel: Panel) -> None:
        self.method = method
        self._chain = chain_of(history, method, Panel(panel.name, panel.providers, 0))
        self._known: dict[object, int | None] = {}

    def value8(self, lines: Lines, slot: int) -> int | None:
        """USD per SCU with 8 decimals; None where no value may be reported."""
        key = (slot, tuple(lines.items()))
        if key not in self._known:
            if len(self._known) > 64:
                self._known.clear()
            value = self._value(lines, slot)
            self._known[key] = (
                value.value8 if isinstance(value, IndexValue) and value.reportable else None
            )
        return self._known[key]

    def _value(self, lines: Lines, slot: int) -> IndexValue | NoValue:
        chain, method = self._chain, self.method
        quotes = Columns.of(quotes_of(lines))
        fixing = Fixing.of(screen(quotes, method, chain.panel, slot), method)
        if isinstance(chain, DailyChain):
            return value_at(chain.anchor(slot), fixing, method)
        days = [midnight.day for midnight in chain.midnights(slot)]
        fixing = OwnHistory.of(days, method).refuse_astray(fixing, method)
        return value_in_window(days, slot, fixing, method, chain.rule)
