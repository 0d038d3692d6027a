"""The head of the chain and what the index contract holds there."""

import threading
import time
from dataclasses import dataclass

from oracle.consensus.slot import LastRound
from oracle.consensus.transmission_schedule import places_before
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import ReporterConfig, Status, Timing
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.errors import PargradeError
from pargrade.spot_index.observation import index_domain, index_set_of


class WrongIndexSet(PargradeError):
    """The contract publishes other indices than this node computes."""

    hint = "Name the indices of the contract under `chain.indices`, or another contract."

    def __init__(self, contract: Address, expected: tuple[str, ...]) -> None:
        self.contract = contract
        self.expected = expected
        super().__init__(f"SpotIndex {contract} does not publish just {', '.join(expected)}")


class NoReporters(PargradeError):
    """The contract has no reporter set yet, so nothing can be signed for it."""

    hint = "Its admin has to call setReporters first."

    def __init__(self, contract: Address) -> None:
        self.contract = contract
        super().__init__(f"SpotIndex {contract} has no reporters")


@dataclass(frozen=True, slots=True)
class ChainState:
    """Everything a tick decides from, read at one block."""

    head: BlockStamp
    timing: Timing
    reporters: ReporterConfig
    last: tuple[LastRound, ...]
    """The last round of each index."""

    @property
    def epoch(self) -> int:
        """The epoch of the reporter set, which every observation carries."""
        return self.reporters.epoch

    @property
    def last_slot(self) -> int:
        """The slot of the last round of any index, in unix seconds; 0 before the first."""
        return max(each.slot for each in self.last)

    def position(self, reporter: Address) -> int | None:
        """The position of a reporter in the set, from 0; None when it is not in the set."""
        try:
            return self.reporters.reporters.index(reporter)
        except ValueError:
            return None

    def places_before(self, reporter: Address) -> int | None:
        """How many reporters have their turn first; None for an address outside the set."""
        position = self.position(reporter)
        if position is None:
            return None
        return places_before(self.last_slot, position, len(self.reporters.reporters))


@dataclass(frozen=True, slots=True)
class Ages:
    """For how long nothing has changed, in seconds of this machine's monotonic clock."""

    head_s: float
    round_s: float
    """Since the last round of any index was first seen."""


class ChainStateReader:
    """Reads the state once per block and keeps it. Safe to share between threads."""

    def __init__(self, endpoints: Endpoints, index: IndexOnChain) -> None:
        self.domain = index_domain(endpoints.chain_id, index.address)
        self.index_set = index_set_of(index.names)
        self._endpoints = endpoints
        self._index = index
        self._lock = threading.Lock()
        self._kept: ChainState | None = None
        self._read_since = self._head_since = self._round_since = time.monotonic()

    def read(self) -> ChainState:
        """The state at the head. Raises RpcDown, NoContract, WrongIndexSet, NoReporters.

        Threads that ask while another one reads share what the next one of them reads.
        """
        asked = time.monotonic()
        with self._lock:
            if self._kept is not None and self._read_since > asked:
                return self._kept
            began = time.monotonic()
            with self._endpoints.use() as chain:
                head = chain.head()
                if self._kept is None or self._kept.head.hash != head.hash:
                    self._keep(self._read_state(chain, head))
            self._read_since = began
            assert self._kept is not None, "a state was just read"
            return self._kept

    def ages(self) -> Ages:
        """For how long head and last round have not changed."""
        now = time.monotonic()
        return Ages(now - self._head_since, now - self._round_since)

    def kept(self) -> ChainState | None:
        """The last state that was read, without a request to the chain; None before the first."""
        return self._kept

    def _keep(self, state: ChainState) -> None:
        now = self._head_since = time.monotonic()
        if self._kept is None or self._kept.last_slot != state.last_slot:
            self._round_since = now
        self._kept = state

    def _read_state(self, chain: Chain, head: BlockStamp) -> ChainState:
        index = SpotIndex(chain, self._index.address)
        status = index.status(0, block=head)
        if status.index_set != self.index_set:
            raise WrongIndexSet(index.address, self._index.names)
        if status.epoch == 0:
            raise NoReporters(index.address)
        return ChainState(
            head=head,
            timing=status.timing,
            reporters=self._read_reporters(index, head, status),
            last=(LastRound(status.latest.slot, status.latest.value),),
        )

    def _read_reporters(self, index: SpotIndex, head: BlockStamp, status: Status) -> ReporterConfig:
        # A set never changes within an epoch.
        kept = self._kept
        if kept is not None and kept.epoch == status.epoch:
            return kept.reporters
        return index.reporter_config(block=head)
