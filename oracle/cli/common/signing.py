"""Opens what `pargrade oracle signer` serves, for a node of either version."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from oracle.journal.watermark import measure_floor
from oracle.member.config import MemberConfig
from oracle.member.ledger import floor_of
from oracle.member.promise_signer import PromiseSigner
from oracle.member.settings import ClockKind
from oracle.node.config import NodeConfig
from oracle.node.signer_service import FILE, SignerService, SignerStore
from oracle.node.signing import SigningRefused
from oracle.protocol_store import promise_journal
from oracle.protocol_store.promise_journal import PromiseJournal
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.keys import Key
from pargrade.journal.claim import Claim
from pargrade.keys.source import load_local_key
from pargrade.logs.handler import set_up_logs
from pargrade.logs.log_format import LogFormat
from pargrade.settings import BadConfig


@contextmanager
def open_node_signer(
    path: Path, folder: Path, key: str, *, create: bool, log_format: LogFormat | None
) -> Iterator[SignerService]:
    """The signer of observations. Raises BadConfig, SigningRefused and what loads keys."""
    node = NodeConfig.read_file(path).with_log_format(log_format)
    set_up_logs(f"signer-{node.reporter}", node.log_format)
    loaded = _load(path, key, node.reporter)
    new_after = measure_floor(node.chain.index, node.outside()) if create else None
    with closing(SignerStore(folder / FILE, node.owner, new_after)) as store:
        yield SignerService(loaded, node.owner, store)


@contextmanager
def open_member_signer(
    path: Path, folder: Path, key: str, *, create: bool, log_format: LogFormat | None
) -> Iterator[PromiseSigner]:
    """The signer of a committee member's messages.

    A file that may lack something (new, restored, copied, or last used before the machine started)
    signs after the slot that follows the one in progress, which the chain is asked for. Raises
    BadConfig, SigningRefused, JournalFailed, what loads keys, and ChainError.
    """
    member = MemberConfig.read_file(path).with_log_format(log_format)
    set_up_logs(f"signer-{member.reporter}", member.log_format)
    loaded = _load(path, key, member.reporter)
    file = folder / promise_journal.FILE
    if file.is_file() == create:
        state = "exists already" if create else "is missing"
        raise SigningRefused(f"the signer's file {file} {state}")
    if create:
        PromiseJournal.create(folder, member.owner, _floor(member))
    with (
        closing(PromiseJournal(folder)) as journal,
        closing(Claim.take(journal, member.owner)) as claim,
    ):
        journal.discard_old()
        claim.begin(0 if claim.is_complete else _floor(member))
        yield PromiseSigner(loaded, member.owner, member.chain.indices, journal)


def _load(path: Path, text: str, reporter: str) -> Key:
    loaded = load_local_key(text)
    if loaded.address != reporter:
        raise BadConfig(path, f"the key is of {loaded.address}, the reporter is {reporter}")
    return loaded


def _floor(member: MemberConfig) -> int:
    """The newest slot for which the key may have promised elsewhere, unix seconds."""
    chain_of, by_machine = member.chain, member.pace.clock is ClockKind.MACHINE
    timeout_s = member.pace.rpc_timeout_ms / 1000
    with Endpoints(chain_of.rpc, chain_of.id, timeout_s).use() as chain:
        head, index = chain.head(), SpotIndexV2(chain, chain_of.spot_index)
        grid_s, last_slot = index.timing(block=head).grid, index.last_slot(block=head)
    now = max(head.timestamp, time.time() if by_machine else 0)
    return floor_of(now, grid_s, last_slot)
