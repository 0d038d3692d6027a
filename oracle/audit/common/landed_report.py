"""A common report as it was submitted, read back from the chain, with every signature checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oracle.epochs.epoch_log import EpochLog
from oracle.epochs.history import read_epochs
from oracle.epochs.whole_log import LogExtent
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.content import digest_of
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.valuation.memory import AgreedRound
from pargrade.bindings.spot_index_v2 import ReportRecorded, RoundRecorded, SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.chain.log import Log
from pargrade.chain.rpc import Chain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.submission import (
    NEWEST,
    ForgedRound,
    NoSuchRound,
    parse_tx_hash,
    submitted_bytes,
)
from pargrade.spot_index.submission import unpack_submission

_MOST_DIGITS: Final = 12
"""Of a slot, unix seconds."""


@dataclass(frozen=True, slots=True)
class LandedReport:
    """One report on chain, and the committee that signed it."""

    tx_hash: bytes
    block: int
    stored: StoredCommittee
    report: CommonReport
    signers: tuple[int, ...]
    """Positions, ascending; every signature was checked."""
    recorded: Mapping[int, int]
    """What the chain recorded, 8 decimals, by index; of a refused index there is none."""


def read_landed_report(chain: Chain, index: IndexOnChain, slot_or_hash: str) -> LandedReport:
    """The report of a slot (unix seconds), or `newest`, or of a transaction (0x hash).

    Raises NoSuchRound, BadReport, BadSubmission, ForgedRound, ChainError.
    """
    contract = SpotIndexV2(chain, index.address)
    found = _find(chain, contract, index, slot_or_hash)
    tx_hash, block = found[0].tx_hash, found[0].block_number
    topics = ((ReportRecorded.TOPIC,),)
    reports = chain.logs([index.address], first=block, last=block, topics=topics)
    report_log = next((log for log in reports if log.tx_hash == tx_hash), None)
    if report_log is None:
        raise NoSuchRound(slot_or_hash)
    recorded = [RoundRecorded.decode(log) for log in found]
    stored = read_epochs(chain, index).committee(ReportRecorded.decode(report_log).epoch)
    packed = submitted_bytes(chain, index.address, tx_hash, SpotIndexV2.SELECTORS["submit"])
    submitted = unpack_submission(packed, stored.committee.indices)
    figures = tuple(Figure(*each) for each in submitted.figures)
    report = CommonReport(submitted.slot, submitted.flags, figures, submitted.input_root)
    _require_signed(report, submitted.signatures, stored)
    for event in recorded:
        if event.slot != report.slot or event.value != figures[event.index].value8:
            reason = f"index {event.index} got {event.value}, signed {figures[event.index].value8}"
            raise ForgedRound(report.slot, reason)
    return LandedReport(
        tx_hash=tx_hash,
        block=block,
        stored=stored,
        report=report,
        signers=tuple(submitted.signatures),
        recorded={event.index: event.value for event in recorded},
    )


def read_rounds(chain: Chain, index: IndexOnChain, last: int) -> Sequence[AgreedRound]:
    """All rounds up to a block, by slot: what decides what a day remembers.

    Raises LogsLeftOut, and the chain's other errors.
    """
    contract, log, head = SpotIndexV2(chain, index.address), EpochLog(), chain.head()
    # By the state alone a log is known to be whole, and endpoints keep that of the newest blocks.
    extent = LogExtent.read(contract, head, len(contract.index_names(block=head)))
    events = contract.history(
        ReportRecorded, RoundRecorded, first=index.first_block, last=head.number
    )
    log.take(events, len(extent.rounds))
    extent.require(log, contract)
    return log.rounds(last)


def _find(chain: Chain, contract: SpotIndexV2, index: IndexOnChain, reference: str) -> list[Log]:
    """What one report recorded, an index each."""
    topics: tuple[tuple[bytes, ...], ...] = ((RoundRecorded.TOPIC,),)
    if reference.startswith("0x"):
        wanted = parse_tx_hash(reference)
        receipt = chain.receipt(wanted)
        if receipt is None:
            raise NoSuchRound(reference)
        block = receipt.block_number
        logs = chain.logs([index.address], first=block, last=block, topics=topics)
        found = [log for log in logs if log.tx_hash == wanted]
    elif reference == NEWEST or (reference.isdecimal() and len(reference) <= _MOST_DIGITS):
        newest = reference == NEWEST
        slot = contract.last_slot(block=Tag.LATEST) if newest else int(reference)
        topics = (*topics, (), (slot.to_bytes(32),))
        last = chain.head().number
        found = list(chain.logs([index.address], first=index.first_block, last=last, topics=topics))
    else:
        raise NoSuchRound(reference)
    if not found:
        raise NoSuchRound(reference)
    return found


def _require_signed(
    report: CommonReport, signatures: Mapping[int, bytes], stored: StoredCommittee
) -> None:
    digest = digest_of(report, stored.committee)
    for position, signature in signatures.items():
        if not stored.verifier.verify(position, digest, signature):
            raise ForgedRound(report.slot, f"not signed by position {position}")
    if len(signatures) < stored.committee.bounds.signatures:
        needed = stored.committee.bounds.signatures
        raise ForgedRound(report.slot, f"{len(signatures)} signatures of {needed}")
