"""The bridge put together: one chain, one deployment, one database, perhaps one key."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.keeper.keeper import Keeper, Pass, Sender
from bridge.ledger.addresses import Watched
from bridge.ledger.contracts import Contracts
from bridge.ledger.event_reader import EventReader
from bridge.ledger.follower import Follower
from bridge.ledger.journal import Cursor, Journal
from bridge.ledger.reconcile import Reconciliation, reconcile
from bridge.ledger.snapshot import Mismatch, compare, digest, figures, totals
from bridge.outbox.dry_run import DryRunSender
from bridge.outbox.outbox import Outbox
from bridge.outbox.transaction_log import Intents
from bridge.schema import BRIDGE
from bridge.service.settings import Settings
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.chain.keys import Signer
from pargrade.chain.rpc import Chain
from pargrade.database import open_database
from pargrade.deployment.file import Deployment

_log = logging.getLogger("bridge.service")


@dataclass(slots=True)
class Service:
    """What the commands and the daemon run."""

    chain: Chain
    deployment: Deployment
    contracts: Contracts
    journal: Journal
    follower: Follower
    keeper: Keeper
    events: EventReader
    stop: threading.Event = field(default_factory=threading.Event)
    """Set from any thread: the running pass ends after the act it is in."""
    outbox: Outbox | None = None
    """What sends; None without a key."""
    _lasting: frozenset[str] = frozenset()
    """Names of the figures that differed even after everything was read again."""

    def keep(self) -> Pass:
        """One pass of the keeper."""
        return self.keeper.keep()

    def follow(self) -> Cursor:
        """Brings the ledger up to finality without doing anything else."""
        return self.follower.sync()

    def reconcile(self) -> Reconciliation:
        """Follows, then compares: ledger with contracts, and the double entries on disk with it.

        Where they differ, an endpoint may have left out logs or the disk may have lost some: all
        after the last agreement is read again and compared once more. What still differs by the
        same names is not read again for.
        """
        found = self._compare()
        names = frozenset(mismatch.figure for mismatch in found.mismatches)
        if names and names != self._lasting:
            for mismatch in found.mismatches:
                _log.warning("block %d: %s", found.block.number, mismatch)
            number = self.follower.reread()
            _log.warning("read again after block %d", number)
            found = replace(self._compare(), reread_from=number)
        self._lasting = frozenset(mismatch.figure for mismatch in found.mismatches)
        return found

    def _compare(self) -> Reconciliation:
        cursor = self.follow()
        # By hash: after a re-org in between, the reads below fail instead of comparing two forks.
        block = self.chain.block(BlockStamp(cursor.number, cursor.hash, b"", 0))
        found = reconcile(self.follower.ledger, self.contracts, block)
        found = replace(found, mismatches=(*found.mismatches, *self._disk_mismatches()))
        if not found.mismatches:
            self.follower.note_agreement(cursor)
        return found

    def replay(self) -> tuple[str, tuple[Mismatch, ...]]:
        """A ledger from the chain alone, up to the cursor: its digest, and where ours differs."""
        cursor = self.follow()
        ours, fresh = self.follower.ledger, self.events.replay(cursor.number)
        kept = {**figures(ours), **totals(ours)}
        replayed = {**figures(fresh), **totals(fresh)}
        return digest(fresh), compare(kept, replayed)

    def _disk_mismatches(self) -> tuple[Mismatch, ...]:
        rows = self.journal.balances().items()
        disk = {f"{asset} {account}": amount for (asset, account), amount in rows}
        held = {
            f"{asset} {account}": amount for asset, account, amount in self.follower.ledger.books
        }
        return compare(held, {k: v for k, v in disk.items() if not k.endswith(ZERO_ADDRESS)})


def assemble(
    chain: Chain,
    deployment: Deployment,
    path: Path,
    settings: Settings,
    key: Signer | None = None,
) -> Service:
    """The service for a deployment read from `path`. Without a key it rehearses and sends nothing.

    Raises DatabaseDown, UnknownVersion, OtherJournal, NotDeployed, BadFinality, BadPage.
    """
    watched = Watched.of(deployment)
    engine = open_database(settings.database_beside(path), BRIDGE)
    journal = Journal(engine, chain.chain_id, watched.market)
    finality = settings.finality_on(chain.chain_id)
    follower = Follower(chain, journal, watched, finality)
    contracts = Contracts.of(chain, watched)
    outbox = None
    if key is not None:
        outbox = Outbox(chain, key, Intents(engine, key.address), settings.fees, finality)
    sender: Sender = outbox or DryRunSender(chain)
    stop = threading.Event()
    stopping: Callable[[], bool] = stop.is_set
    keeper = Keeper(contracts, follower, sender, settings.paging, stopping)
    events = EventReader(chain, watched)
    return Service(chain, deployment, contracts, journal, follower, keeper, events, stop, outbox)
