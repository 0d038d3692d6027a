"""What an index contract keeps for good, and the committee that a set of reporters makes of it."""

from dataclasses import dataclass

from oracle.epochs.pace import pace_of
from oracle.protocol.committee.bounds import bounds_of_set
from oracle.protocol.committee.committee import Committee
from oracle.protocol_store.committee_text import StoredCommittee
from pargrade.bindings.spot_index_v2 import ReportersChanged, SpotIndexV2
from pargrade.bindings.structs import ReporterConfig, Timing
from pargrade.chain.block import At
from pargrade.chain.typed_data import Domain
from pargrade.spot_index.common_report import common_domain
from pargrade.spot_index.observation import index_set_of


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one contract at one block. Names and timings are appended to, and never changed."""

    domain: Domain
    names: tuple[str, ...]
    timings: tuple[Timing, ...]
    """Of each index."""
    flags: int

    @property
    def index_set(self) -> bytes:
        """32 bytes."""
        return index_set_of(self.names)

    def committee(self, config: ReporterConfig | ReportersChanged, indices: int) -> StoredCommittee:
        """The committee of a set while there were so many indices.

        Raises ImpossibleBounds for a set of which fewer are left than have to sign.
        """
        pace = pace_of(self.timings[:indices])
        committee = Committee(
            bounds=bounds_of_set(len(config.reporters), config.quorum),
            domain=self.domain,
            index_set=index_set_of(self.names[:indices]),
            epoch=config.epoch,
            method_hash=config.method_hash,
            indices=indices,
            flags=self.flags,
            grid_s=self.timings[0].grid,
            heartbeat_s=pace.heartbeat_s,
            min_interval_s=pace.min_interval_s,
            deviation_bps=pace.deviation_bps,
        )
        return StoredCommittee(committee, config.reporters)


def read_terms(index: SpotIndexV2, block: At) -> Terms:
    """The terms at a block. Raises ChainError."""
    names = index.index_names(block=block)
    return Terms(
        domain=common_domain(index.chain.chain_id, index.address),
        names=names,
        timings=tuple(index.timing_of(number, block=block) for number in range(len(names))),
        flags=index.flags(block=block),
    )
