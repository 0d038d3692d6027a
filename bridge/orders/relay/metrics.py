"""The figures of a relay for Prometheus. Reading them asks neither chain nor disk."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.metrics_core import Metric

from bridge.orders.book.book import Book
from bridge.orders.log.sequencer import Sequencer
from bridge.orders.relay.submission import Admitted, Result
from pargrade.chain.endpoint.health import EndpointReport
from pargrade.metrics.families import counter, counters, endpoint_figures, gauge


class RelayMetrics:
    """Counts what becomes of orders and matches. Any thread may count and read."""

    def __init__(self, sequencer: Sequencer, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds, monotonic."""
        self._sequencer = sequencer
        self._clock = clock
        self._orders = Counter({"accepted": 0, "known": 0, "refused": 0})
        self._matches = Counter({"settled": 0, "given_up": 0})
        self._calls = self._returned = 0
        self._passed = clock()

    def note_orders(self, results: Sequence[Result]) -> None:
        """Counts a batch."""
        for result in results:
            if isinstance(result, Admitted):
                self._orders["known" if result.accepted is None else "accepted"] += 1
            else:
                self._orders["refused"] += 1

    def note_match(self, *, settled: bool) -> None:
        """Counts a match that is no longer on its way."""
        self._matches["settled" if settled else "given_up"] += 1

    def note_return(self) -> None:
        """Counts an order that came back after a match that did not fill it."""
        self._returned += 1

    def note_call(self) -> None:
        """Counts a call that was cleared."""
        self._calls += 1

    def note_pass(self) -> None:
        """Notes that the chain was followed to its head."""
        self._passed = self._clock()

    @property
    def pass_age_s(self) -> float:
        """Since the chain was last followed, or since the start."""
        return self._clock() - self._passed

    def read(
        self, endpoints: Sequence[EndpointReport], subscribers: int, *, sends: bool
    ) -> Iterator[Metric]:
        """All figures now. `sends`, whether nothing keeps the relay from sending matches."""
        book = self._sequencer.book
        yield counters("relay_orders", "Orders by what became of them.", "outcome", self._orders)
        yield counters("relay_matches", "Matches by how they ended.", "end", self._matches)
        yield counter(
            "relay_orders_returned", "Orders back after a match that failed.", self._returned
        )
        yield counter("relay_calls", "Calls that were cleared.", self._calls)
        yield gauge("relay_pass_age_seconds", "Since the chain was followed.", self.pass_age_s)
        yield gauge("relay_log_writable", "0 once the disk failed.", not self._sequencer.is_broken)
        yield gauge("relay_log_entries", "Entries of the log.", self._sequencer.head[0] + 1)
        yield gauge("relay_orders_resting", "Orders that rest.", len(book.orders))
        yield gauge("relay_matches_waiting", "Matches on their way.", len(book.matches))
        yield gauge("relay_sends_matches", "0 while takers have to send theirs.", sends)
        yield gauge("relay_subscribers", "Subscribers of the stream.", subscribers)
        yield gauge(
            "relay_series_one_sided", "Series without a bid or an ask.", count_one_sided(book)
        )
        yield from endpoint_figures(endpoints)


def count_one_sided(book: Book) -> int:
    """Series in which nobody bids, or nobody asks."""
    found = list(book.series.values())
    return sum(any(half.best is None for half in series.halves) for series in found)
