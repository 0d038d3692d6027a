"""What a settlement statement is made from, read from the chain's events and calldata."""

from collections.abc import Callable
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
from pargrade.deployment.front import read_phases
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.recorded_round import RecordedRound, read_rounds
from pargrade.deployment.series import market_of
from pargrade.deployment.series_state import spot_index_of
from pargrade.deployment.session import Session
from pargrade.deployment.signed_report import signed_report_in
from pargrade.deployment.statement_values import (
    ContractFigures,
    Reported,
    StatementValues,
    UsedIndex,
    UsedRound,
)
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
    # What never changes is read from the newest state: most endpoints have forgotten older ones.
    head = session.chain.head()
    index = spot_index_of(session)
    names = index.index_names(block=head)
    outcome = _outcome(events, index, terms, head)
    indices = []
    for phase in read_phases(session.chain, session.deployment, head):
        span = Span(max(terms.start, phase.start), min(terms.expiry, phase.end))
        if span.start < span.end:
            indices.append(_used(session, phase.index, terms.index, span, block, progress))
    return StatementValues(
        chain_id=session.chain.chain_id,
        market=market.address,
        series=series,
        terms=terms,
        index_name=names[terms.index],
        block=block.number,
        block_hash=block.hash,
        holidays=holidays,
        indices=tuple(indices),
        outcome=outcome,
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


def _used(
    session: Session,
    address: Address,
    number: int,
    span: Span,
    block: BlockStamp,
    progress: Callable[[str], None],
) -> UsedIndex:
    """The index at an address, and the rounds of its index `number` that hold in a span."""
    index, head = SpotIndex(session.chain, address), session.chain.head()
    timing, names = index.timing(block=head), index.index_names(block=head)
    hold, first = timing.heartbeat + timing.grace, session.deployment.block
    recorded = read_rounds(index, first, block.number)
    epochs = index.history(ReportersChanged, first=first, last=block.number)
    on_chain = IndexOnChain(index.address, names, first)
    of_index = [(log, each) for log, each in recorded if each.index == number]
    fixes = [Fix(each.slot, each.value) for _, each in of_index]
    held = held_in(fixes, span, hold)
    holding = [each for each, seconds in zip(of_index, held, strict=True) if seconds]
    found = []
    for done, (log, each) in enumerate(holding, start=1):
        reporters = reporters_of(each.epoch, epochs, first)
        reports = _reports_of(session.chain, on_chain, log, each, reporters)
        fix = Fix(each.slot, each.value)
        found.append(UsedRound(fix, each.epoch, reporters.method_hash, log.tx_hash, reports))
        if done % PROGRESS_EVERY == 0:
            progress(f"  {done} of {len(holding)} rounds")
    return UsedIndex(address, span, hold, tuple(found))


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
