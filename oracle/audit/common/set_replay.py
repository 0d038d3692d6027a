"""A common report computed again from its input set, and who stated what in it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from oracle.audit.common.landed_report import LandedReport
from oracle.index.method import Method
from oracle.protocol.batch.section import read_section
from oracle.protocol.report.attested import LineName, Lines
from oracle.protocol.report.common_report import report_of
from oracle.protocol.report.input_set import InputSet, require_whole
from oracle.protocol.report.valuation import Figure
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.kept_sets import SetSource
from oracle.quotes.history import History
from oracle.valuation.index_valuation import IndexValuation
from oracle.valuation.lists import quotes_of
from oracle.valuation.memory import AgreedRound, make_memory, midnight_rounds
from pargrade.clock import midnight_of
from pargrade.errors import PargradeError


class NoInputSet(PargradeError):
    """No store at hand has an input set whole."""

    hint = "Name the folder of a member that took part, and start it: it fetches what it lacks."

    def __init__(self, slot: int, root: bytes) -> None:
        self.slot = slot
        self.root = root
        super().__init__(f"nothing here has the input set 0x{root.hex()} of slot {slot}")


@dataclass(frozen=True, slots=True)
class BatchFinding:
    """One member's batch beside what was agreed on."""

    position: int
    lines: int
    """Lines that it states."""
    differing: int
    """Lines that it states at another price than the agreed one."""
    alone: int
    """Lines of it that have no agreed price."""


@dataclass(frozen=True, slots=True)
class SetReplay:
    """What came out."""

    landed: LandedReport
    figures: tuple[Figure, ...]
    """Computed again."""
    lines: int
    """Lines with an agreed price."""
    by_basis: Mapping[str, int]
    batches: tuple[BatchFinding, ...]

    @property
    def matches(self) -> bool:
        """Whether the signed figures are those computed again, to the last digit."""
        return self.figures == self.landed.report.figures


def replay_report(
    landed: LandedReport,
    stores: Sequence[SetSource],
    method: Method,
    opening: History,
    rounds: Iterable[AgreedRound],
    committee_of: Callable[[int], StoredCommittee],
) -> SetReplay:
    """The report of a slot from its input set, as every member computed it.

    `opening` is the history of before the first round, in times of slots; `rounds` are those on
    chain; `committee_of` gives the committee of an epoch. Raises what that raises, NoInputSet,
    DatabaseDown, and UnreadableMessage for a set that was tampered with.
    """
    report, committee = landed.report, landed.stored.committee
    found = find_set(stores, report.slot, report.input_root)
    require_whole(found, committee, landed.stored.verifier)
    lines = found.lines(committee)
    midnight = midnight_of(report.slot)
    known = sorted(each for each in rounds if each.slot <= report.slot)
    needed = midnight_rounds(known, midnight, committee.grid_s)
    agreed = {
        instant: quotes_of(_lines_of(each, stores, committee_of))
        for instant, each in needed.items()
    }
    first = min((each.slot for each in known), default=None)
    memory = make_memory(method, opening, first, agreed, midnight)
    figures = IndexValuation(memory)(lines, report.slot)
    again = report_of(committee, report.slot, figures, report.input_root)
    return SetReplay(
        landed=landed,
        figures=again.figures,
        lines=len(lines),
        by_basis=Counter(value.basis.value for value in lines.values()),
        batches=batch_findings(found, lines),
    )


def find_set(stores: Iterable[SetSource], slot: int, root: bytes) -> InputSet:
    """The set of a slot from the first store that has it whole. Raises NoInputSet, DatabaseDown."""
    for store in stores:
        found = store.input_set(root, slot)
        if found is not None and found.root == root:
            return found
    raise NoInputSet(slot, root)


def batch_findings(found: InputSet, lines: Lines) -> tuple[BatchFinding, ...]:
    """Every batch of a set beside the agreed lines."""
    findings = []
    for batch in found.batches:
        stated = [
            (LineName(provider, line), price8)
            for provider, _, name in batch.content.entries
            for line, price8, _ in read_section(found.sections[name])
        ]
        agreed = [(price8, lines[name].price8) for name, price8 in stated if name in lines]
        findings.append(
            BatchFinding(
                position=batch.position,
                lines=len(stated),
                differing=sum(mine != theirs for mine, theirs in agreed),
                alone=len(stated) - len(agreed),
            )
        )
    return tuple(findings)


def _lines_of(
    wanted: AgreedRound,
    stores: Sequence[SetSource],
    committee_of: Callable[[int], StoredCommittee],
) -> Lines:
    found = find_set(stores, wanted.slot, wanted.root)
    stored = committee_of(wanted.epoch)
    require_whole(found, stored.committee, stored.verifier)
    return found.lines(stored.committee)
