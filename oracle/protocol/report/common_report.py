"""REPORT: the figures of a slot over which a quorum's signatures land on chain."""

from dataclasses import dataclass
from typing import Final

from oracle.protocol.committee.committee import Committee
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.reader import Reader
from pargrade.spot_index.common_report import report_struct

MOST_INDICES: Final = 16
"""Values in a report, as in an observation."""
_MOST_PROVIDERS: Final = 255
_MOST_FIGURE: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class CommonReport:
    """What follows from an input set: every honest node computes the same."""

    slot: int
    flags: int
    figures: tuple[Figure, ...]
    input_root: bytes
    """Of the proposal, 32 bytes."""

    def struct(self, committee: Committee) -> bytes:
        """Report(indexSet, epoch, slot, flags, values, confidences, providers, …)."""
        terms = committee.terms
        return report_struct(terms, self.slot, self.flags, self.figures, self.input_root)

    def pack(self) -> bytes:
        """Flags, figures behind their number, input root."""
        packed = [self.flags.to_bytes(1), len(self.figures).to_bytes(1)]
        for value8, confidence8, providers in self.figures:
            packed += [value8.to_bytes(8), confidence8.to_bytes(8), providers.to_bytes(1)]
        return b"".join(packed) + self.input_root


def report_of(
    committee: Committee, slot: int, figures: tuple[Figure, ...], input_root: bytes
) -> CommonReport:
    """The report of figures, fitted."""
    return CommonReport(slot, committee.flags, fit_figures(committee, figures), input_root)


def fit_figures(committee: Committee, figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Figures as a report has them: one for each index of the committee.

    Of an index that this release has no value for, as it was appended later, there is none. A value
    that does not fit 64 bits is none; confidence and count of providers saturate: more is no other
    news.
    """
    fitted = tuple(
        Figure(
            value8 if 0 < value8 <= _MOST_FIGURE else 0,
            min(confidence8, _MOST_FIGURE),
            min(providers, _MOST_PROVIDERS),
        )
        for value8, confidence8, providers in figures
    )
    return fitted + (Figure(0, 0, 0),) * (committee.indices - len(fitted))


def read_common_report(reader: Reader, slot: int) -> CommonReport:
    """The report at a cursor. Raises UnreadableMessage."""
    flags = reader.uint(1)
    count = reader.uint(1, MOST_INDICES + 1)
    if count == 0:
        raise reader.refuse("a report without indices")
    figures = tuple(Figure(reader.uint(8), reader.uint(8), reader.uint(1)) for _ in range(count))
    return CommonReport(slot, flags, figures, reader.take(32))
