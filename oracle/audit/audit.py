"""A round taken apart: whether the quotes say what each reporter signed, and if not, which quote.

What was signed comes from the chain. Quotes and panels are given. A node's archive is only asked
for the quotes it used when what comes out here differs from what it signed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from oracle.audit.recheck import check
from oracle.audit.replay import DifferenceKind, FirstDifference, Match, replay
from oracle.evidence.evidence import BadEvidence, Evidence
from oracle.index.chain import chain_of
from oracle.index.determination import Determination, determine, observe
from oracle.index.method import Method
from oracle.journal.journal import REPLAY_OFFSET, Journal
from oracle.node.config import NodeConfig
from oracle.quotes.history import History
from pargrade.chain.hashing import Address
from pargrade.deployment.submission import Statement, Submission
from pargrade.spot_index.observation import REPLAYED


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Nothing at hand can check the statement."""

    reason: str


Verdict = Match | FirstDifference | Unchecked


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one reporter's statement."""

    statement: Statement
    node: str
    """Name of its configuration; empty when there is none."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Auditor:
    """Redoes statements from the quotes of `history_of`, or from archives when that is None."""

    method: Method
    nodes: Mapping[Address, NodeConfig]
    history_of: Callable[[NodeConfig], History] | None

    def audit(self, submission: Submission) -> tuple[Finding, ...]:
        """One finding per statement, by position. Raises what `history_of` raises."""
        return tuple(self._finding(statement) for statement in submission.statements)

    def _finding(self, statement: Statement) -> Finding:
        node = self.nodes.get(statement.reporter)
        if node is None:
            return Finding(statement, "", Unchecked(f"no configuration of {statement.reporter}"))
        journal = Journal.existing(node.data)
        try:
            if self.history_of is None:
                verdict = self._from_archive(statement, journal)
            else:
                verdict = self._from_quotes(statement, node, self.history_of(node), journal)
        finally:
            if journal is not None:
                journal.close()
        return Finding(statement, node.name, verdict)

    def _from_quotes(
        self, statement: Statement, node: NodeConfig, history: History, journal: Journal | None
    ) -> Match | FirstDifference:
        stated = statement.observation
        offset_s = _offset(statement, node, journal)
        quotes = chain_of(history, self.method, node.panel)
        again = determine(quotes, stated.slot - offset_s)
        if _same(statement, again):
            return Match(again.as_of, again.root, again.value.to_json())
        archived = None if journal is None else journal.evidence(stated.evidence_root)
        if archived is not None and journal is not None:

            def earlier(midnight: int) -> Evidence | None:
                return journal.evidence_at(midnight + offset_s)

            named = replay(archived, self.method, history, earlier)
            if isinstance(named, FirstDifference):
                return named
        return FirstDifference(
            again.as_of,
            DifferenceKind.HEADER,
            f"values {list(stated.values)}, evidence 0x{stated.evidence_root.hex()}",
            f"{again.value.to_json()}, evidence 0x{again.root.hex()}",
        )

    def _from_archive(self, statement: Statement, journal: Journal | None) -> Verdict:
        stated = statement.observation
        try:
            archived = None if journal is None else journal.evidence(stated.evidence_root)
            if archived is None:
                return Unchecked(f"no archive has evidence 0x{stated.evidence_root.hex()}")
            verdict = check(archived, self.method)
        except BadEvidence as bad:
            return Unchecked(str(bad))
        if isinstance(verdict, Match) and verdict.value.get("value8") != str(stated.values[0]):
            signed = f"signed {list(stated.values)}"
            return FirstDifference(verdict.as_of, DifferenceKind.HEADER, signed, str(verdict.value))
        return verdict


def stated_evidence(
    statements: Iterable[Statement], nodes: Mapping[Address, NodeConfig], given: Evidence | None
) -> tuple[Statement, Evidence] | None:
    """The first statement whose evidence is at hand, with it: `given`, or else what its reporter's
    node archived. Raises JournalFailed.
    """
    for statement in statements:
        root = statement.observation.evidence_root
        if given is not None:
            if given.root == root:
                return statement, given
            continue
        node = nodes.get(statement.reporter)
        journal = None if node is None else Journal.existing(node.data)
        if journal is None:
            continue
        try:
            archived = journal.evidence(root)
        finally:
            journal.close()
        if archived is not None:
            return statement, archived
    return None


def _same(statement: Statement, again: Determination) -> bool:
    stated = statement.observation
    ours = observe(again, stated.index_set, stated.epoch, stated.flags)
    return replace(ours, slot=stated.slot) == stated


def _offset(statement: Statement, node: NodeConfig, journal: Journal | None) -> int:
    """Slot time less recorded time, seconds: what a replaying node fixed at its first start."""
    if not statement.observation.flags & REPLAYED:
        return 0
    settled = None if journal is None else journal.setting(REPLAY_OFFSET)
    return node.replay_offset_s if settled is None else int(settled)
