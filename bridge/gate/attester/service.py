"""An attester as a process: its parts opened together, a look every few seconds, its API."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from bridge.gate.attester.api import create_api
from bridge.gate.attester.attester import Attester
from bridge.gate.attester.journal import AttestationJournal, AttesterIdentity
from bridge.gate.attester.watermark import begin, measure_floor
from bridge.gate.ledger.ends import follow_both, witness_all
from bridge.gate.ledger.store import open_store
from bridge.gate.route.pair import RoutePair
from bridge.gate.witness.witnesses import Witnesses
from pargrade.chain.keys import Signer
from pargrade.database import sqlite_file
from pargrade.errors import PargradeError
from pargrade.journal.claim import Claim
from pargrade.settings import BadConfig
from pargrade.web.server import listen, serve_beside

LEDGER: Final = "ledger.sqlite"
_LATE_S: Final = 120.0
"""Without a whole look at both chains for so long, an attester is not well."""

_log: Final = logging.getLogger("bridge.gate")


@dataclass(slots=True)
class AttesterService:
    """What `bridge attest` runs."""

    attester: Attester
    claim: Claim
    floor: int
    """Nothing that left up to then is signed anew, Unix seconds."""
    stop: threading.Event = field(default_factory=threading.Event)
    failure: PargradeError | None = None
    """Why the last look led to no signature."""
    looked: float = field(default_factory=time.monotonic)
    """Monotonic time of the last look that was whole."""

    def look(self) -> int:
        """One look at both chains: how many messages were signed. A failure is kept and logged."""
        try:
            done = self.attester.attest()
        except PargradeError as failure:
            if str(failure) != str(self.failure):
                _log.error("nothing is attested: %s (%s)", failure, failure.hint)
            self.failure = failure
            return 0
        if self.failure is not None:
            _log.warning("attesting again")
        self.failure, self.looked = None, time.monotonic()
        return len(done.signed)

    def run(self, interval_s: float) -> None:
        """Looks until `stop` is set."""
        while not self.stop.is_set():
            self.look()
            self.stop.wait(interval_s)

    def problems(self) -> list[str]:
        """What is wrong now."""
        found = []
        if self.failure is not None:
            found.append(f"{type(self.failure).__name__}: {self.failure}")
        age = time.monotonic() - self.looked
        if age > _LATE_S:
            found.append(f"no whole look at both chains for {age:.0f} s")
        found += [
            f"not signed: {each.describe()}" for each in list(self.attester.refused.values())[:10]
        ]
        return found

    @contextmanager
    def serving(self, host: str, port: int) -> Iterator[int]:
        """The API while the context is open: its port. Raises BadConfig."""
        with _listen(host, port) as listening, serve_beside(create_api(self), listening):
            yield listening.getsockname()[1]

    def close(self) -> None:
        """Lets another process attest with this journal."""
        self.claim.close()
        self.attester.journal.close()


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
        home, remote = follow_both(pair, engine, witness_all)
        floor = begin(claim, home.witnesses, remote.witnesses)
    except BaseException:
        claim.close()
        raise
    attester = Attester(pair.route, signer, journal, home, remote, cap)
    return AttesterService(attester, claim, floor)


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


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as failure:
        hint = "Another process has this port, perhaps another attester; change --http-port."
        raise BadConfig(None, f"api {host}:{port}: {failure.strerror}", hint) from None
