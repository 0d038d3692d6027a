"""Rounds as an index of either version logged them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pargrade.bindings import spot_index as first_version
from pargrade.bindings import spot_index_v2 as second_version
from pargrade.bindings.spot_index import EquivocationProven, SpotIndex
from pargrade.chain.log import Event, Log
from pargrade.deployment.submission import ForgedRound
from pargrade.spot_index.quorum import IndexVersion

_KINDS: Final[tuple[type[Event], ...]] = (
    first_version.RoundRecorded,
    second_version.ReportRecorded,
    second_version.RoundRecorded,
)


@dataclass(frozen=True, slots=True)
class RecordedRound:
    """One index got a value."""

    version: IndexVersion
    index: int
    slot: int
    """Unix seconds."""
    value: int
    """8 decimals."""
    epoch: int
    """Of the reporter set."""
    signers: int
    """Mask of positions."""


RoundLog = tuple[Log, RecordedRound]


def read_rounds(contract: SpotIndex, first: int, last: int) -> list[RoundLog]:
    """The rounds in blocks first to last, both included, in order.

    Raises ForgedRound, ChainError.
    """
    return list(_joined(contract.history(*_KINDS, first=first, last=last)))


def read_rounds_and_proofs(
    contract: SpotIndex, first: int, last: int
) -> list[tuple[Log, RecordedRound | EquivocationProven]]:
    """Likewise, with what was proven against reporters among them."""
    logs = contract.history(*_KINDS, EquivocationProven, first=first, last=last)
    found: list[tuple[Log, RecordedRound | EquivocationProven]] = list(_joined(logs))
    found += [(log, event) for log, event in logs if isinstance(event, EquivocationProven)]
    return sorted(found, key=lambda each: (each[0].block_number, each[0].index))


def _joined(logs: Iterable[tuple[Log, Event]]) -> Iterable[RoundLog]:
    """Raises ForgedRound for a round of the second version whose report is not in the log."""
    reports: dict[bytes, second_version.ReportRecorded] = {}
    for log, event in logs:
        match event:
            case first_version.RoundRecorded(index, slot, value, epoch, signers):
                version = IndexVersion.OBSERVATIONS
                yield log, RecordedRound(version, index, slot, value, epoch, signers)
            case second_version.ReportRecorded():
                # It comes before its rounds, in the same transaction.
                reports = {log.tx_hash: event}
            case second_version.RoundRecorded(index, slot, value):
                report = reports.get(log.tx_hash)
                if report is None:
                    raise ForgedRound(slot, "the log has no report for it")
                version = IndexVersion.COMMON_REPORT
                yield log, RecordedRound(version, index, slot, value, report.epoch, report.signers)
