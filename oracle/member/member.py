"""A committee node: its parts, opened and closed together."""

from dataclasses import dataclass

from oracle.fetch.collector import QuoteCollector
from oracle.index.method import Method
from oracle.member.archiving import Archiving
from oracle.member.clock import ChainClock, MachineClock, MemberClock
from oracle.member.config import MemberConfig
from oracle.member.day_values import DayValues
from oracle.member.driver import Driver
from oracle.member.lander import Lander
from oracle.member.ledger import CommitteeLedger, LedgerState
from oracle.member.ledger_watch import LedgerWatch
from oracle.member.method_choice import choose_method, is_founding
from oracle.member.past import Past, Recall, opening_history
from oracle.member.quote_table import QuoteTable
from oracle.member.seating import Seating
from oracle.member.set_archivist import SetArchivist
from oracle.member.set_finder import SetFinder
from oracle.member.settings import ClockKind
from oracle.node.quote_source import open_collector, open_source
from oracle.node.recording import history_of
from oracle.protocol_store.input_store import KEPT_S, InputStore
from oracle.protocol_store.promise_journal import PromiseJournal
from oracle.transport.entry import Gate
from pargrade.extras import require_extra
from pargrade.journal.claim import Claim


@dataclass(frozen=True, slots=True)
class CommitteeNode:
    """The parts of a running committee node."""

    config: MemberConfig
    method: Method
    clock: MemberClock
    ledger: CommitteeLedger
    watch: LedgerWatch
    journal: PromiseJournal
    claim: Claim
    store: InputStore
    archivist: SetArchivist
    archiving: Archiving
    values: DayValues
    recall: Recall
    lander: Lander
    gate: Gate
    driver: Driver
    collector: QuoteCollector | None

    @classmethod
    def open(cls, config: MemberConfig, ledger: CommitteeLedger) -> "CommitteeNode":
        """The node of a configuration, not begun. It closes the ledger.

        Raises BadConfig, ChainError and what the index is refused for, WrongMethod, NotShadowed,
        JournalFailed (NoJournal, JournalInUse and OtherOwner are among them), DatabaseDown,
        MissingExtra, SignerFailed, and the errors of its source.
        """
        if config.nats is not None:
            require_extra("nats")
        key = config.load_key()
        journal = PromiseJournal(config.data)
        claim = Claim.take(journal, config.owner)
        journal.discard_old()
        state = ledger.read()
        committee = state.stored.committee
        method = choose_method(
            committee.method_hash,
            config.chain.indices[0],
            committee.flags,
            lambda: is_founding(ledger, state),
        )
        store = InputStore(config.data)
        store.discard_before(state.last_slot - KEPT_S)
        clock = _clock_of(config, state)
        values, gate = DayValues(), Gate()
        watch = LedgerWatch(ledger, clock, config.pace.poll_ms / 1000)
        lander = Lander(ledger, lambda: kept.last_slot if (kept := watch.kept()) else 0)
        answer_s = config.pace.answer_ms / 1000
        opening = None if config.opening is None else history_of(config.opening)
        archivist = SetArchivist(config.data, store.committee)
        finder = SetFinder(ledger, store, archivist, tuple(config.peers.values()), answer_s)
        past = Past(method, opening_history(opening, config.replay_offset_s), ledger, finder)
        seating = Seating(
            key=key,
            method_hash=method.method_hash,
            urls=config.peers,
            answer_s=answer_s,
            gate=gate,
            values=values,
            claim=claim,
            journal=journal,
            store=store,
            offer=lander.offer,
            nats=config.nats,
        )
        recall = Recall(past)
        quotes = QuoteTable(config, open_source(config, method))
        driver = Driver(clock, watch, recall, values, quotes, seating)
        watch.on_change = recall.on_made = driver.wake
        return cls(
            config=config,
            method=method,
            clock=clock,
            ledger=ledger,
            watch=watch,
            journal=journal,
            claim=claim,
            store=store,
            archivist=archivist,
            archiving=Archiving(ledger, watch.kept, store, finder, archivist),
            values=values,
            recall=recall,
            lander=lander,
            gate=gate,
            driver=driver,
            collector=open_collector(config),
        )

    def start(self) -> None:
        """Begin, in threads."""
        self.watch.start()
        self.recall.start()
        self.archiving.start()
        self.lander.start()
        self.driver.start()
        if self.collector is not None:
            self.collector.start()

    def close(self, seconds: float) -> bool:
        """End all threads and close files. Returns whether all ended in time.

        Nothing is lost where they do not: what was promised is on disk, and what was sent will be
        mined.
        """
        if self.collector is not None:
            self.collector.close()
        self.watch.close()
        self.recall.close()
        self.archiving.close()
        self.lander.close()
        ended = self.driver.close(seconds)
        ended = self.lander.join(seconds) and ended
        ended = self.archiving.join(seconds) and ended
        if ended:
            self.journal.close()
            self.store.close()
            self.ledger.close()
        self.claim.close()
        return ended


def _clock_of(config: MemberConfig, state: LedgerState) -> MemberClock:
    if config.pace.clock is ClockKind.MACHINE:
        return MachineClock()
    return ChainClock(state.stored.committee.grid_s)
