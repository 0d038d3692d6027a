"""What a settlement statement is made from, read from the chain's events and calldata."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pargrade.bindings.errors import NoCheckpoint, NotFinal
from pargrade.bindings.futures_market import (
    Excluded,
    Proposed,
    Rejected,
    SeriesCreated,
    Settled,
)
from pargrade.bindings.spot_index import ReportersChanged, RoundRecorded, SpotIndex
from pargrade.bindings.structs import Phase, SeriesTerms
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log
from pargrade.chain.rpc import Chain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.recorded_round import RecordedRound, read_rounds
from pargrade.deployment.series import market_of
from pargrade.deployment.session import Session
from pargrade.deployment.signed_report import signed_report_in
from pargrade.deployment.submission import RoundLog, reporters_of, submission_in
from pargrade.errors import PargradeError
from pargrade.futures.statement import Fix, Span, held_in
from pargrade.spot_index.quorum import IndexVersion
from pargrade.text import moment

SeriesEvent = SeriesCreated | Proposed | Excluded | Rejected | Settled

PROGRESS_EVERY: Final = 100
"""Rounds read between two lines of progress."""


class WindowOpen(PargradeError):
    """A statement of a window that can still get rounds."""

    hint = "Wait until the index has a round from then on, or cannot have one any more."

    def __init__(self, expiry: int) -> None:
        self.expiry = expiry
        super().__init__(f"the window is open until {moment(expiry)}, and then until it is final")


class NoSuchSeries(PargradeError):
    """An id under which nothing was listed."""

    hint = "See `pargrade futures list` for the series of this deployment."

    def __init__(self, number: int) -> None:
        super().__init__(f"series {number} was not listed up to this block")


@dataclass(frozen=True, slots=True)
class Reported:
    """What one reporter signed for a round."""

    reporter: Address
    value: int
    evidence_root: bytes
    """Of a common report the root of its inputs."""


@dataclass(frozen=True, slots=True)
class UsedRound:
    """A round that holds in the window."""

    fix: Fix
    epoch: int
    method_hash: bytes
    tx_hash: bytes
    reports: tuple[Reported, ...]


@dataclass(frozen=True, slots=True)
class ContractFigures:
    """What the contracts say; the statement's own figures have to agree with it."""

    phase: Phase
    price: int | None
    """8 decimals; None where there is none."""
    proposed_cover: int | None
    """Seconds covered, as the proposal announced them."""
    excluded: Span | None
    rejected: bool
    value_time: int | None
    """Of the whole window, by the index; None when it began without a round before it."""
    covered: int | None


@dataclass(frozen=True, slots=True)
class StatementValues:
    """Everything a statement states or is computed from."""

    chain_id: int
    market: Address
    spot_index: Address
    series: int
    terms: SeriesTerms
    index_name: str
    hold: int
    block: int
    block_hash: bytes
    holidays: tuple[int, ...]
    """UTC midnights, ascending."""
    rounds: tuple[UsedRound, ...]
    outcome: ContractFigures

    @property
    def window(self) -> Span:
        """The delivery window."""
        return Span(self.terms.start, self.terms.expiry)


def read_values(
    session: Session,
    series: int,
    block: BlockStamp,
    holidays: tuple[int, ...],
    progress: Callable[[str], None],
) -> StatementValues:
    """The values as of a block. Raises NoSuchSeries, WindowOpen, ForgedRound, BadReport."""
    market, first = market_of(session), session.deployment.block
    history: list[tuple[Log, SeriesEvent]] = market.history(
        SeriesCreated, Proposed, Excluded, Rejected, Settled, first=first, last=block.number
    )
    events = [event for _, event in history if event.series == series]
    terms = next((e.terms for e in events if isinstance(e, SeriesCreated)), None)
    if terms is None:
        raise NoSuchSeries(series)
    if block.timestamp < terms.expiry:
        raise WindowOpen(terms.expiry)
    index = SpotIndex(session.chain, session.deployment.address("SpotIndex"))
    # What never changes is read from the newest state: most endpoints have forgotten older ones.
    head = session.chain.head()
    timing, names = index.timing(block=head), index.index_names(block=head)
    hold = timing.heartbeat + timing.grace
    return StatementValues(
        chain_id=session.chain.chain_id,
        market=market.address,
        spot_index=index.address,
        series=series,
        terms=terms,
        index_name=names[terms.index],
        hold=hold,
        block=block.number,
        block_hash=block.hash,
        holidays=holidays,
        rounds=_rounds(session, index, names, terms, hold, block, progress),
        outcome=_outcome(events, index, terms, head),
    )


def _outcome(
    events: list[SeriesEvent],
    index: SpotIndex,
    terms: SeriesTerms,
    head: BlockStamp,
) -> ContractFigures:
    phase, price, cover, excluded, rejected = Phase.OPEN, 0, None, None, False
    for event in events:
        match event:
            case Proposed():
                phase, price, cover = Phase.PROPOSED, event.price, event.coverage
            case Excluded():
                price, excluded = event.price, Span(event.from_, event.to)
            case Rejected():
                rejected = True
            case Settled():
                phase, price = event.phase, event.price
    value_time = covered = None
    try:
        found = index.window(terms.index, terms.start, terms.expiry, block=head)
        value_time, covered = found.value_time, found.covered_time
    except NotFinal:
        raise WindowOpen(terms.expiry) from None
    except NoCheckpoint:
        pass
    return ContractFigures(phase, price or None, cover, excluded, rejected, value_time, covered)


def _rounds(
    session: Session,
    index: SpotIndex,
    names: tuple[str, ...],
    terms: SeriesTerms,
    hold: int,
    block: BlockStamp,
    progress: Callable[[str], None],
) -> tuple[UsedRound, ...]:
    first = session.deployment.block
    recorded = read_rounds(index, first, block.number)
    epochs = index.history(ReportersChanged, first=first, last=block.number)
    on_chain = IndexOnChain(index.address, names, first)
    of_index = [(log, each) for log, each in recorded if each.index == terms.index]
    fixes = [Fix(each.slot, each.value) for _, each in of_index]
    held = held_in(fixes, Span(terms.start, terms.expiry), hold)
    holding = [each for each, seconds in zip(of_index, held, strict=True) if seconds]
    found = []
    for number, (log, each) in enumerate(holding, start=1):
        reporters = reporters_of(each.epoch, epochs, first)
        reports = _reports_of(session.chain, on_chain, log, each, reporters)
        fix = Fix(each.slot, each.value)
        found.append(UsedRound(fix, each.epoch, reporters.method_hash, log.tx_hash, reports))
        if number % PROGRESS_EVERY == 0:
            progress(f"  {number} of {len(holding)} rounds")
    return tuple(found)


def _reports_of(
    chain: Chain,
    index: IndexOnChain,
    log: Log,
    recorded: RecordedRound,
    reporters: ReportersChanged,
) -> tuple[Reported, ...]:
    """Who signed what: observations of their own, or all of them one report."""
    if recorded.version is IndexVersion.COMMON_REPORT:
        report, signers = signed_report_in(chain, index, log.tx_hash, recorded, reporters)
        return tuple(Reported(each, recorded.value, report.input_root) for each in signers)
    event = RoundRecorded(
        recorded.index, recorded.slot, recorded.value, recorded.epoch, recorded.signers
    )
    of_round = RoundLog(log.tx_hash, log.block_number, (event,))
    submission = submission_in(chain, index, of_round, reporters)
    return tuple(
        Reported(
            statement.reporter,
            statement.observation.values[recorded.index],
            statement.observation.evidence_root,
        )
        for statement in submission.statements
    )
