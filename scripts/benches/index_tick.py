"""tick_1m_quotes_s and peak_memory_ratio: one tick over a million quotes."""

import tracemalloc
from statistics import median
from typing import Final

import numpy as np
from index_history import panel_of, read, timed

from oracle.index.daily_chain import DailyChain
from oracle.index.fixing import Anchor, Fixing, value_at
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import load_method
from oracle.index.screen import screen
from oracle.quotes.columns import Coded, Columns
from oracle.quotes.history import History
from oracle.sources.venue import Terms
from pargrade.clock import DAY_S

MILLION: Final = 1_000_000
COPIES: Final = 20
REGIONS: Final = 4
METHOD: Final = load_method()


def repeated(columns: Columns, rows: int, after: int, until: int) -> Columns:
    """Rows of a history again and again, as other providers' and spread over another time."""
    number = np.arange(rows)
    noise = number * 2_654_435_761 % 2**32
    part = columns.take(number % len(columns))
    return Columns(
        **{
            name: getattr(part, name)
            for name in Columns.__dataclass_fields__
            if name not in {"observed_at", "provider", "region", "price8", "ordered"}
        },
        observed_at=after + 1 + noise % (until - after),
        provider=_renamed(part.provider, noise // 7 % COPIES, COPIES),
        region=_renamed(part.region, noise // 11 % REGIONS, REGIONS),
        price8=part.price8 * (9_900 + noise % 201) // 10_000,
    )


def _renamed(column: Coded, copy: np.ndarray, copies: int) -> Coded:
    words = tuple(f"{word}-{number}" for word in column.words for number in range(copies))
    return Coded((column.codes * copies + copy).astype(np.int32), words)


class Tick:
    """A million quotes, and the chain's last anchor."""

    def __init__(self) -> None:
        real = read()
        self.as_of = int(real.observed_at.max()) // DAY_S * DAY_S + DAY_S // 2
        open_ = real.terms.each(lambda terms: terms is not Terms.RESTRICTED)
        real = real.take(np.flatnonzero(open_))
        self.quotes = repeated(real, MILLION, self.as_of - METHOD.lookback_s, self.as_of)
        self.panel = panel_of(self.quotes)
        before = self.quotes.take(np.arange(0, MILLION, 10))
        self.anchor = DailyChain(History.of(before), METHOD, self.panel).anchor(self.as_of)

    def value(self) -> tuple[IndexValue | NoValue, Fixing]:
        """The tick that is measured."""
        fixing = Fixing.of(screen(self.quotes, METHOD, self.panel, self.as_of), METHOD)
        return value_at(self.anchor, fixing, METHOD), fixing

    def require_whole(self) -> None:
        """That the tick has a value, and that every quote has its verdict."""
        value, fixing = self.value()
        anchor: Anchor | None = self.anchor
        if anchor is None or not isinstance(value, IndexValue):
            raise SystemExit(f"the tick has no value: {value}")
        if fixing.screened.counts.total() != MILLION:
            raise SystemExit("quotes are missing from the verdicts")


def tick_s() -> tuple[float, int]:
    """Seconds of a tick, and its lines."""
    tick = Tick()
    tick.require_whole()
    took, found = zip(*(timed(tick.value) for _ in range(7)), strict=True)
    return median(took), len(found[0][1].prices)


def memory_ratio() -> None:
    """Prints input and peak of a tick against its input."""
    tick = Tick()
    tick.require_whole()
    tracemalloc.start()
    tick.value()
    _, peak = tracemalloc.get_traced_memory()
    print((tick.quotes.nbytes + peak) / tick.quotes.nbytes)
