"""A watcher as a process: a look every few seconds, and an outbox for each chain it may stop."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bridge.gate.carrier.service import open_sender
from bridge.gate.route.end import RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.watcher.watcher import Send, Watcher, WatchReport
from bridge.outbox.records import Outcome
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError
from pargrade.chain.fees import FeePolicy
from pargrade.chain.keys import Signer
from pargrade.database import DatabaseDown

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


def run_watcher(
    watcher: Watcher,
    interval_s: float,
    stop: threading.Event,
    looked: Callable[[WatchReport], None],
) -> None:
    """Looks until `stop` is set."""
    while not stop.is_set():
        try:
            looked(watcher.look())
        except (ChainError, DatabaseDown) as failure:
            _log.error("nothing is known of the route now: %s (%s)", failure, failure.hint)
        stop.wait(interval_s)
