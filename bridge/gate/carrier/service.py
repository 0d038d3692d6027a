"""A carrier as a process: a ledger of both chains, an outbox for each, a pass every so often."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from prometheus_client.metrics_core import Metric
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from bridge.gate.carrier.carrier import Carrier, Sender
from bridge.gate.carrier.carrying_pass import CarryingPass
from bridge.gate.carrier.gathering import Gathering
from bridge.gate.carrier.purse import Purse
from bridge.gate.health.looks import Looks
from bridge.gate.ledger.ends import follow_both
from bridge.gate.ledger.store import open_store
from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.outbox.dry_run import DryRunSender
from bridge.outbox.outbox import Outbox
from bridge.outbox.records import Verdict
from bridge.outbox.transaction_log import Intents
from bridge.schema import BRIDGE
from pargrade.chain.fees import FeePolicy
from pargrade.chain.keys import Signer
from pargrade.database import DatabaseDown, open_database, sqlite_file
from pargrade.errors import PargradeError
from pargrade.metrics.families import counters, gauge, gauges_by

_VERDICTS: Final = tuple(verdict.value for verdict in Verdict)

_log: Final = logging.getLogger("bridge.gate")


@dataclass(slots=True)
class CarrierService:
    """What `bridge carry` runs."""

    carrier: Carrier
    database: Engine
    stop: threading.Event = field(default_factory=threading.Event)
    looks: Looks = field(default_factory=Looks)
    acts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(_VERDICTS, 0)))
    """How many acts ended how, since the start."""
    purses: dict[str, Purse] = field(default_factory=dict)
    """What its key has at each end; nothing in a dry run."""

    def __post_init__(self) -> None:
        self.carrier.stopping = self.stop.is_set
        self.looks.own = self._figures
        for side, sender in self.carrier.senders.items():
            if isinstance(sender, Outbox):
                self.purses[side.value] = Purse(self.carrier.pair.end(side).chain, sender)

    def run(self, interval_s: float, passed: Callable[[CarryingPass], None]) -> None:
        """Passes until `stop` is set. Raises DatabaseDown where no later pass can mend it."""
        with ExitStack() as open_ones:
            for purse in self.purses.values():
                open_ones.enter_context(purse.watch.watching())
            self._run(interval_s, passed)

    def _run(self, interval_s: float, passed: Callable[[CarryingPass], None]) -> None:
        while not self.stop.is_set():
            try:
                done = self.carrier.carry()
                self.acts.update(outcome.verdict.value for _, outcome in done.outcomes)
                self.looks.note(self.carrier.followers)
                passed(done)
                for purse in self.purses.values():
                    purse.note_fees()
            except PargradeError as failure:
                self.looks.note_failure(failure)
                if isinstance(failure, DatabaseDown) and not failure.may_pass:
                    raise
                _log.warning("%s (%s) the next pass tries again", failure, failure.hint)
            self.stop.wait(interval_s)

    def close(self) -> None:
        """Closes every connection to a database."""
        self.database.dispose()
        for sender in self.carrier.senders.values():
            sender.close()

    def _figures(self) -> Iterator[Metric]:
        yield counters("gate_acts", "Acts by how they ended.", "verdict", self.acts)
        silent = len(self.carrier.gathering.silent)
        yield gauge("gate_attesters_silent", "Attesters that gave nothing.", silent)
        yield from gauges_by("end", {end: purse.read() for end, purse in self.purses.items()})


def open_carrier(
    pair: RoutePair,
    signer: Signer | None,
    data: Path,
    database: str | URL = "",
    policy: FeePolicy | None = None,
    least_steps: int = 0,
) -> CarrierService:
    """A carrier with its files in a folder. Without a signer it says what it would send.

    Transfers of less than `least_steps` are left to others.

    Raises DatabaseDown, AttesterSilent for a bad address, OSError.
    """
    data.mkdir(parents=True, exist_ok=True)
    engine = open_store(database or sqlite_file((data / "ledger.sqlite").resolve()))
    senders = {side: open_sender(pair.end(side), signer, data, policy) for side in RouteSide}
    gathering = Gathering(pair.file.attesters.urls)
    carrier = Carrier(pair, follow_both(pair, engine), gathering, senders, least_steps)
    return CarrierService(carrier, engine)


def open_sender(
    end: GateEnd, signer: Signer | None, data: Path, policy: FeePolicy | None
) -> Sender:
    """What sends at an end, from files in a folder; without a signer it says what it would send."""
    if signer is None:
        return DryRunSender(end.chain)
    # One file for each chain: nonces of two chains are not one sequence.
    file = (data / f"outbox-{end.chain.chain_id}.sqlite").resolve()
    engine = open_database(sqlite_file(file), BRIDGE)
    intents = Intents(engine, signer.address)
    return Outbox(end.chain, signer, intents, policy, end.finality)
