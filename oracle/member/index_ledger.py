"""SpotIndexV2 as a committee node uses it: one read a block, logs read once, reports simulated."""

import logging
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from prometheus_client.metrics_core import Metric

from oracle.consensus.chain_state import NoReporters, WrongIndexSet
from oracle.consensus.fee_store import FeeStore
from oracle.consensus.replacing_sender import ReplacingSender
from oracle.epochs.epoch_log import EVENTS, EpochLog
from oracle.epochs.terms import Terms, read_terms
from oracle.epochs.whole_log import LogExtent, LogsLeftOut
from oracle.member.ledger import Landed, LandingRefused, LedgerState
from oracle.member.submission_choice import choose_submission
from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.transmission.landing import Landing
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.valuation.memory import AgreedRound
from pargrade.bindings.errors import (
    AllRefused,
    SlotInFuture,
    SlotOutsideEpoch,
    SlotTooOld,
)
from pargrade.bindings.spot_index_v2 import IndexRefused, SpotIndexV2
from pargrade.bindings.structs import Refusal
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import FailedTransaction, UnknownBlock
from pargrade.chain.fees import FeePolicy
from pargrade.chain.key_watch import KeyWatch
from pargrade.chain.keys import Signer
from pargrade.chain.rpc import Chain
from pargrade.clock import DAY_S
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.metrics.families import endpoint_figures, fee_figures, key_figures

_log = logging.getLogger(__name__)

_GAS_MARGIN_PERCENT: Final = 50
"""Gas limit above the estimate of an earlier report: unused gas is not paid."""

_Shape = tuple[int, int, int]
"""What the gas of a report depends on: signatures, midnights passed, mask of indices it moves."""

_REREAD_BLOCKS: Final = 128
"""Blocks behind the head whose logs are read again: the chain may have taken others since."""


class IndexLedger:
    """The index of one node, read and written through its endpoints."""

    def __init__(
        self,
        endpoints: Endpoints,
        index: IndexOnChain,
        key: Signer,
        fees: FeePolicy,
        folder: Path,
    ) -> None:
        """What was paid is kept in `folder`. Raises DatabaseDown."""
        self._endpoints = endpoints
        self._index = index
        self._key = key
        self._fees = fees
        self.key = KeyWatch(key.address, endpoints.use)
        """The account that pays; whoever runs the node lets it watch."""
        self._paid = FeeStore(folder)
        self._lock = threading.Lock()
        self._rounds_lock = threading.Lock()
        self._kept: LedgerState | None = None
        self._sender: ReplacingSender | None = None
        self._limits: dict[_Shape, int] = {}
        self._terms: Terms | None = None
        self._terms_since = 0
        """The block at which this node first saw these names."""
        self._log = EpochLog()
        self._read_until = index.first_block - 1

    def read(self) -> LedgerState:
        """The state at the head.

        Raises ChainError, WrongIndexSet, NoReporters, ImpossibleBounds.
        """
        with self._lock, self._endpoints.use() as chain:
            head = chain.head()
            if self._kept is None or self._kept.head.hash != head.hash:
                self._kept = self._read_state(SpotIndexV2(chain, self._index.address), head)
            return self._kept

    def rounds(self, state: LedgerState) -> list[AgreedRound]:
        """All rounds up to a state's block, by slot: as many as the index has counted there.

        Raises LogsLeftOut, and the chain's other errors.
        """
        with self._rounds_lock:
            return self._read_rounds(state)

    def holds(self, block: BlockStamp, head: BlockStamp) -> bool:
        """Whether the chain that ends with `head` has a block. Asks only where heads were missed.

        Raises UnknownBlock where the chain no longer ends so, and its other errors.
        """
        if block.hash in (head.hash, head.parent_hash):
            return True
        if block.number >= head.number:
            return False
        with self._endpoints.use() as chain:
            # The head first: a re-org in between may make a block look gone, and never held.
            if chain.block(head.number) != head:
                raise UnknownBlock(str(head.number))
            return chain.block(block.number) == block

    def committee(self, epoch: int) -> StoredCommittee | None:
        """The committee of an epoch; None before its change was read with the rounds, and for one
        in which nobody could sign.
        """
        kept, terms = self._kept, self._terms
        if kept is not None and kept.epoch == epoch:
            return kept.stored
        with self._rounds_lock:
            return None if terms is None else self._log.committee(epoch, terms)

    def methods(self) -> Mapping[int, bytes]:
        """The method hash of every epoch that was read with the rounds."""
        with self._rounds_lock:
            return self._log.methods()

    def land(self, landing: Landing, last_slot: int) -> Landed:
        """Simulate, send and wait until mined.

        Raises LandingRefused, ChainError, FeesAboveCap, FeesAboveDailyCap, DatabaseDown.
        """
        slot = landing.report.slot
        days = slot // DAY_S - last_slot // DAY_S
        try:
            with self._endpoints.use() as chain:
                return self._land(chain, landing, days)
        except SlotInFuture as early:
            raise LandingRefused(slot, str(early), is_early=True) from None
        except (AllRefused, SlotTooOld, SlotOutsideEpoch) as refused:
            raise LandingRefused(slot, str(refused)) from None
        except FailedTransaction as failed:
            # Of two reports for one slot in one block the second fails.
            if self.read().last_slot < slot:
                raise
            raise LandingRefused(slot, f"another node came first ({failed})") from None

    def _read_rounds(self, state: LedgerState) -> list[AgreedRound]:
        first = max(self._index.first_block, self._read_until - _REREAD_BLOCKS)
        try:
            self._read_logs(state, first)
        except LogsLeftOut as failure:
            # Now, or when they were read before: all of them are read from another endpoint.
            _log.warning("%s", failure)
            self._read_until = self._index.first_block - 1
            self._read_logs(state, self._index.first_block)
        return self._log.rounds()

    def _read_logs(self, state: LedgerState, first: int) -> None:
        """Reads the log from a block on, and believes it where it is whole."""
        head, indices = state.head, state.stored.committee.indices
        with self._lock, self._endpoints.use() as chain:
            index = SpotIndexV2(chain, self._index.address)
            extent = LogExtent.read(index, head, indices, state.epoch)
            logs = index.history(*EVENTS, first=first, last=head.number)
            # What a re-org took away is not read again.
            self._log.forget_from(first)
            self._log.take(logs, indices)
            extent.require(self._log, index)
            self._read_until = head.number

    def _land(self, chain: Chain, landing: Landing, days: int) -> Landed:
        sender, index = self._sender_for(chain), SpotIndexV2(chain, self._index.address)
        enough = 0 if self._kept is None else self._kept.stored.committee.bounds.signatures
        chosen = choose_submission(sender, index, landing, enough or MOST_NODES)
        call = chosen.call
        # Estimated once for each shape: an estimate takes 15 times as long as a simulation.
        shape = chosen.signatures, days, chosen.moved
        if shape not in self._limits:
            self._limits[shape] = sender.estimate(call) * (100 + _GAS_MARGIN_PERCENT) // 100
        try:
            receipt = sender.send(call, self._limits[shape])
        except FailedTransaction:
            # The estimate may have become too low, so the next report estimates again.
            self._limits.pop(shape, None)
            raise
        refusals = receipt.events(IndexRefused, index.address)
        too_fast = frozenset(each.index for each in refusals if each.reason is Refusal.TOO_FAST)
        return Landed(landing.report.slot, receipt.gas_used, too_fast)

    def figures(self, now: int) -> Iterator[Metric]:
        """What was paid in the 24 hours before `now` (Unix seconds, chain time), the endpoints and
        the key that pays, for Prometheus. Asks nobody.
        """
        paid = sum(expense.wei for expense in self._paid.expenses(now - DAY_S))
        yield from fee_figures(paid, self._fees.max_cost_per_day)
        yield from endpoint_figures(self._endpoints.report())
        yield from key_figures(self.key.report())

    def close(self) -> None:
        """Closes the record of what was paid."""
        self._paid.close()

    def _read_state(self, index: SpotIndexV2, head: BlockStamp) -> LedgerState:
        terms = self._read_terms(index, head)
        # Either may know of an appended index first.
        names = self._index.names
        if any(ours != theirs for ours, theirs in zip(names, terms.names, strict=False)):
            raise WrongIndexSet(index.address, names)
        # Read at every head: a re-org may seat another set under the same epoch.
        config = index.reporter_config(block=head)
        if config.epoch == 0:
            raise NoReporters(index.address)
        stored = terms.committee(config, len(terms.names))
        return LedgerState(head, stored, index.last_slot(block=head))

    def _read_terms(self, index: SpotIndexV2, head: BlockStamp) -> Terms:
        index_set = index.index_set(block=head)
        is_new = self._terms is None or self._terms.index_set != index_set
        if is_new:
            self._terms_since = head.number
        # A re-org may append the same names with other limits.
        if is_new or head.number - self._terms_since <= _REREAD_BLOCKS:
            self._terms = read_terms(index, head)
        assert self._terms is not None, "terms were just read"
        return self._terms

    def _sender_for(self, chain: Chain) -> ReplacingSender:
        if self._sender is None or self._sender.chain is not chain:
            self._sender = ReplacingSender(chain, self._key, self._fees, self._paid)
        return self._sender
