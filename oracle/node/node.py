"""A node: the parts of one reporter, opened and closed together."""

from dataclasses import dataclass

from oracle.consensus.accuser import Accuser
from oracle.consensus.chain_state import ChainState, ChainStateReader
from oracle.consensus.exchange import Exchange
from oracle.consensus.peers import Peers
from oracle.consensus.sighting_store import SightingStore
from oracle.consensus.transmission_schedule import Turns
from oracle.consensus.transmitter import Transmitter
from oracle.consensus.validation import Expected
from oracle.consensus.witness import Witness
from oracle.index.method import load_method
from oracle.journal.journal import REPLAY_OFFSET, Journal
from oracle.journal.watermark import begin, measure
from oracle.node.archive_process import Archivist
from oracle.node.config import NodeConfig
from oracle.node.quote_source import open_source
from oracle.node.reporter import Reporter
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.typed_data import Domain
from pargrade.clock import DAY_S
from pargrade.journal.claim import Claim
from pargrade.spot_index.observation import SignedObservation
from pargrade.spot_index.report import Part


@dataclass(frozen=True, slots=True)
class Node:
    """The parts of a running node."""

    config: NodeConfig
    endpoints: Endpoints
    chain_state_reader: ChainStateReader
    journal: Journal
    claim: Claim
    archivist: Archivist
    reporter: Reporter
    peers: Peers
    transmitter: Transmitter
    turns: Turns
    witness: Witness

    @classmethod
    def open(cls, config: NodeConfig) -> "Node":
        """The node of a configuration, fully checked before it is returned.

        Raises BadConfig, RpcDown, WrongChain, NoContract, WrongIndexSet, NoReporters, NotReporter,
        WrongMethod, JournalFailed (NoJournal, JournalInUse and OtherOwner are among them),
        DatabaseDown, and the errors of its source.
        """
        key, pace = config.load_key(), config.pace
        endpoints = Endpoints(config.chain.rpc, config.chain.id, pace.rpc_timeout_ms / 1000)
        endpoints.check()
        chain_state_reader = ChainStateReader(endpoints, config.chain.index)
        chain_state = chain_state_reader.read()
        archivist = Archivist(config.data)
        journal = Journal(config.data, archivist.find)
        claim = Claim.take(journal, config.owner)
        begin(claim, measure(claim, journal, chain_state, config.outside()))
        reporter = Reporter(
            key=key,
            domain=chain_state_reader.domain,
            index_set=chain_state_reader.index_set,
            source=open_source(config, load_method()),
            journal=journal,
            replay_offset_s=_replay_offset_s(config, journal, chain_state.head.timestamp),
        )
        reporter.require_may_sign(chain_state)
        transmitter = Transmitter(endpoints, config.chain.spot_index, key, config.fees, config.data)
        return cls(
            config=config,
            endpoints=endpoints,
            chain_state_reader=chain_state_reader,
            journal=journal,
            claim=claim,
            archivist=archivist,
            reporter=reporter,
            peers=Peers(config.peers, pace.answer_ms / 1000, pace.linger_ms / 1000),
            transmitter=transmitter,
            turns=Turns(pace.takeover_ms / 1000),
            witness=_open_witness(config, chain_state_reader.domain, transmitter),
        )

    def expected(self, slot: int, chain_state: ChainState) -> Expected:
        """What every observation in a report of this node must state."""
        return Expected(
            slot=slot,
            flags=self.reporter.flags,
            index_set=self.chain_state_reader.index_set,
            domain=self.chain_state_reader.domain,
            chain_state=chain_state,
        )

    def close(self) -> None:
        """End threads and close files."""
        self.peers.close()
        self.witness.close()
        self.transmitter.close()
        self.archivist.close()
        self.journal.close()
        self.claim.close()


def _open_witness(config: NodeConfig, domain: Domain, transmitter: Transmitter) -> Witness:
    pace = config.pace
    takeover_s = pace.takeover_ms / 1000
    store = SightingStore(config.data, domain.separator())
    exchange = Exchange(config.peers, pace.answer_ms / 1000, takeover_s)
    accuser = Accuser(store, transmitter, config.reporter, domain, takeover_s)
    return Witness(store, exchange, accuser)


def part_of(signed: SignedObservation, position: int) -> Part:
    """The part of a report that an observation of this position gives."""
    return Part(
        position=position,
        signature=signed.signature.compact,
        evidence_root=signed.observation.evidence_root,
        values=signed.observation.values,
    )


def _replay_offset_s(config: NodeConfig, journal: Journal, now: int) -> int:
    """Slot time less recorded time, in seconds, fixed in the journal at the first start."""
    if config.replay_day is None:
        return config.replay_offset_s
    return int(journal.settle(REPLAY_OFFSET, str(now - now % DAY_S - config.replay_day)))
