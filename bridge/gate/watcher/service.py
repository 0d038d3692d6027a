"""A watcher as a process: a look every few seconds, and an outbox for each chain it may stop."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from prometheus_client.metrics_core import Metric

from bridge.gate.carrier.service import open_sender
from bridge.gate.health.looks import Looks
from bridge.gate.route.end import RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.watcher.watcher import Send, Watcher, WatchReport
from bridge.outbox.records import Outcome
from pargrade.chain.call import Call
from pargrade.chain.fees import FeePolicy
from pargrade.chain.keys import Signer
from pargrade.errors import PargradeError
from pargrade.metrics.families import gauge

_log: Final = logging.getLogger("bridge.gate")


def open_senders(
    pair: RoutePair, signer: Signer, data: Path, policy: FeePolicy, *, dry_run: bool
) -> Mapping[RouteSide, Send]:
    """What sends at each end; in a dry run it says what it would send."""

    def sender_of(side: RouteSide) -> Send:
        sender = open_sender(pair.end(side), None if dry_run else signer, data, policy)

        def send(call: Call[Any], name: str) -> Outcome:
            sender.recover()
            return sender.send(call, name, sender.gas_limit(call))

        return send

    return {side: sender_of(side) for side in RouteSide}


class WatcherService:
    """What `bridge watch` runs."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.stop = threading.Event()
        self.looks = Looks(self._figures)
        self._last: WatchReport | None = None

    def run(self, interval_s: float, looked: Callable[[WatchReport], None]) -> None:
        """Looks until `stop` is set, whatever a look finds: who ends sees nothing any more."""
        while not self.stop.is_set():
            try:
                self._last = found = self.watcher.look()
                self.looks.note(self.watcher.followers)
                looked(found)
            except PargradeError as failure:
                self.looks.note_failure(failure)
                _log.error("nothing is known of the route now: %s (%s)", failure, failure.hint)
            self.stop.wait(interval_s)

    def _figures(self) -> Iterator[Metric]:
        if self._last is not None:
            yield gauge("gate_faults", "Faults that the last look found.", len(self._last.faults))
            yield gauge("gate_alarms", "Those the look before found, too.", len(self._last.alarms))
