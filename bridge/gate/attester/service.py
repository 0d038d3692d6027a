"""An attester as a process: its parts opened together, a look every few seconds, its API."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from prometheus_client.metrics_core import Metric
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from bridge.gate.attester.api import create_api
from bridge.gate.attester.attester import Attester
from bridge.gate.attester.journal import AttestationJournal, AttesterIdentity
from bridge.gate.attester.watermark import begin, measure_floor
from bridge.gate.health.api import serving
from bridge.gate.health.looks import Looks
from bridge.gate.ledger.ends import follow_both, witness_all
from bridge.gate.ledger.store import open_store
from bridge.gate.route.pair import RoutePair
from bridge.gate.witness.witnesses import Witnesses
from pargrade.chain.keys import Signer
from pargrade.database import sqlite_file
from pargrade.errors import PargradeError
from pargrade.journal.claim import Claim
from pargrade.metrics.families import counter, gauge

LEDGER: Final = "ledger.sqlite"

_log: Final = logging.getLogger("bridge.gate")


@dataclass(slots=True)
class AttesterService:
    """What `bridge attest` runs."""

    attester: Attester
    claim: Claim
    floor: int
    """Nothing that left up to then is signed anew, Unix seconds."""
    database: Engine
    stop: threading.Event = field(default_factory=threading.Event)
    looks: Looks = field(default_factory=Looks)
    signed: int = 0
    """Messages since the start."""

    def __post_init__(self) -> None:
        self.looks.own = self._figures

    def look(self) -> int:
        """One look at both chains: how many messages were signed. A failure is kept and logged."""
        before = self.looks.failure
        try:
            done = self.attester.attest()
        except PargradeError as failure:
            if str(failure) != str(before):
                _log.error("nothing is attested: %s (%s)", failure, failure.hint)
            self.looks.note_failure(failure)
            return 0
        if before is not None:
            _log.warning("attesting again")
        self.looks.note(self.attester.followers)
        self.signed += len(done.signed)
        return len(done.signed)

    def run(self, interval_s: float) -> None:
        """Looks until `stop` is set."""
        while not self.stop.is_set():
            self.look()
            self.stop.wait(interval_s)

    def problems(self) -> list[str]:
        """What is wrong now."""
        refused = list(self.attester.refused.values())[:10]
        return [*self.looks.problems(), *(f"not signed: {each.describe()}" for each in refused)]

    @contextmanager
    def serving(self, host: str, port: int) -> Iterator[int]:
        """The API while the context is open: its port. Raises BadConfig."""
        with serving(create_api(self), host, port) as bound:
            yield bound

    def close(self) -> None:
        """Lets another process attest with this journal."""
        self.claim.close()
        self.attester.journal.close()
        self.database.dispose()

    def _figures(self) -> Iterator[Metric]:
        yield counter("gate_signed", "Messages that were signed.", self.signed)
        refused = len(self.attester.refused)
        yield gauge("gate_refused_messages", "Open messages that are not signed.", refused)


def open_attester(
    pair: RoutePair,
    signer: Signer,
    data: Path,
    database: str | URL = "",
    cap: int | None = None,
) -> AttesterService:
    """An attester with its journal in a folder, which has to be there.

    Raises BadEndpoints, NoAttestationJournal, OtherAttester, JournalInUse, JournalFailed,
    DatabaseDown, ChainError.
    """
    journal = AttestationJournal(data)
    claim = Claim.take(journal, AttesterIdentity(signer.address, pair.route.id))
    try:
        engine = open_store(database or sqlite_file((data / LEDGER).resolve()))
        followers = follow_both(pair, engine, witness_all)
        floor = begin(claim, followers.home.witnesses, followers.remote.witnesses)
    except BaseException:
        claim.close()
        raise
    attester = Attester(pair.route, signer, journal, followers, cap)
    return AttesterService(attester, claim, floor, engine)


def create_journal(pair: RoutePair, signer: Signer, data: Path, *, key_is_new: bool) -> int:
    """Makes a journal on purpose. Returns its floor, Unix seconds: 0 for a key that never signed.

    Raises BadEndpoints, JournalExists, JournalFailed.
    """
    floor = 0 if key_is_new else measure_journal_floor(pair)
    identity = AttesterIdentity(signer.address, pair.route.id)
    AttestationJournal.create(data, identity, floor)
    return floor


def measure_journal_floor(pair: RoutePair) -> int:
    """The floor of a journal for a key of unknown past, Unix seconds. Raises BadEndpoints."""
    ends = ((pair.home, pair.file.home), (pair.remote, pair.file.remote))
    chains: list[Witnesses] = [witness_all(end, table.rpc_urls) for end, table in ends]
    with closing(chains[0]), closing(chains[1]):
        return measure_floor(*chains)
