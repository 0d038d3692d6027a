"""What a carrier's key has and spends on one chain, for its figures."""

from collections.abc import Iterator
from contextlib import nullcontext

from prometheus_client.metrics_core import Metric

from bridge.outbox.outbox import Outbox
from pargrade.chain.key_watch import KeyWatch
from pargrade.chain.rpc import Chain
from pargrade.metrics.families import fee_figures, key_figures


class Purse:
    """The coins of one key on one chain. The worker notes fees, any thread may read."""

    def __init__(self, chain: Chain, outbox: Outbox) -> None:
        self._outbox = outbox
        self.watch = KeyWatch(outbox.address, lambda: nullcontext(chain))
        self._spent = 0

    def note_fees(self) -> None:
        """Keeps what the 24 hours before the newest block cost. Raises ChainError."""
        self._spent = self._outbox.read_spending().spent

    def read(self) -> Iterator[Metric]:
        """Its figures now; of the balance none before the first look."""
        yield from key_figures(self.watch.report())
        yield from fee_figures(self._spent, self._outbox.fee_cap_per_day)
