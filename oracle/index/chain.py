"""The chain of values that a method asks for: daily links, or rolling windows."""

from oracle.index.daily_chain import DailyChain
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.window.chain import WindowChain
from oracle.quotes.history import History

Chain = DailyChain | WindowChain
"""Fixings, anchors and values of one history, method and panel."""


def chain_of(history: History, method: Method, panel: Panel) -> Chain:
    """The chain of a history."""
    kind = DailyChain if method.window is None else WindowChain
    return kind(history, method, panel)


def spot_index(history: History, method: Method, panel: Panel, as_of: int) -> IndexValue | NoValue:
    """The index at an instant, in unix seconds, without a chain to reuse."""
    return chain_of(history, method, panel).value(as_of)
