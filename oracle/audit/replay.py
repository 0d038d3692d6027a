"""Redo a determination from quotes alone: it comes out the same, or the first difference is named.

Needs nothing of the node that made it: run it in a fresh process, on another machine.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final

from oracle.evidence.evidence import Evidence
from oracle.index.chain import chain_of
from oracle.index.determination import determine
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.history import History
from pargrade.canonical import FloatRefused, canonical_json, read_json

_SAID: Final = {"observed_at", "price8", "n_offers", "flags", "cadence", "firmness", "terms"}


class DifferenceKind(StrEnum):
    """What differs."""

    METHOD = "method"
    QUOTE_DIFFERS = "quote differs"
    QUOTE_MISSING = "quote missing"
    """In the archive, not among the quotes it is redone from."""
    QUOTE_EXTRA = "quote extra"
    """Among the quotes it is redone from, not in the archive."""
    VERDICT = "verdict"
    """The same quotes, judged otherwise or in another order."""
    LINK = "link"
    ANCHOR = "anchor"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Match:
    """The same evidence, hence the same value and root."""

    as_of: int
    root: bytes
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FirstDifference:
    """The first difference between what was archived and what comes out."""

    as_of: int
    kind: DifferenceKind
    archived: str
    """The archived line or hash; empty when there is none."""
    recomputed: str

    @property
    def sentence(self) -> str:
        """The difference in words."""
        archived, recomputed = self.archived or "nothing", self.recomputed or "nothing"
        return f"{self.kind} at {self.as_of}: archived {archived}, recomputed {recomputed}"


def no_archive(midnight: int) -> None:
    """Evidence of an earlier midnight, when no archive is at hand."""


def replay(
    evidence: Evidence,
    method: Method,
    history: History,
    earlier: Callable[[int], Evidence | None] = no_archive,
) -> Match | FirstDifference:
    """Redo a determination from quotes.

    Where only the fixing of a midnight further back differs, `earlier` is asked for the evidence
    archived at that midnight (unix seconds), in which the differing quote can be named.
    """
    facts = evidence.facts
    as_of = int(facts["as_of"])
    if (wrong := method_differs(facts, method)) is not None:
        return wrong
    again = determine(chain_of(history, method, Panel.from_json(facts["panel"])), as_of)
    ours = again.evidence()
    if (named := first_quote_apart(as_of, evidence.quotes, ours.quotes)) is not None:
        return named
    if (apart := first_apart(evidence.links, ours.links)) is not None:
        midnight = int(read_json(apart[0] or apart[1])["midnight"])
        archive = earlier(midnight) if midnight < as_of else None
        deeper = replay(archive, method, history) if archive is not None else None
        return (
            deeper
            if isinstance(deeper, FirstDifference)
            else mismatch(as_of, DifferenceKind.LINK, *apart)
        )
    if (apart := first_apart(evidence.anchor, ours.anchor)) is not None:
        return mismatch(as_of, DifferenceKind.ANCHOR, *apart)
    if evidence.header != ours.header:
        return mismatch(as_of, DifferenceKind.HEADER, evidence.header, ours.header)
    return Match(as_of, again.root, again.value.to_json())


def method_differs(facts: dict[str, Any], method: Method) -> FirstDifference | None:
    """The mismatch when evidence was made by another method than the one at hand."""
    ours = "0x" + method.method_hash.hex()
    if facts["method_hash"] == ours:
        return None
    return FirstDifference(
        int(facts["as_of"]), DifferenceKind.METHOD, str(facts["method_hash"]), ours
    )


def first_quote_apart(
    as_of: int, archived: tuple[bytes, ...], recomputed: tuple[bytes, ...]
) -> FirstDifference | None:
    """The first quote, by time, that one side has and the other has not, or has otherwise.

    Quotes go before verdicts: one quote that differs may change what is said of many others.
    """
    theirs, ours = Counter(map(_stated, archived)), Counter(map(_stated, recomputed))
    only_theirs = {_identity(quote): quote for quote in (theirs - ours).elements()}
    only_ours = {_identity(quote): quote for quote in (ours - theirs).elements()}
    if both := only_theirs.keys() | only_ours.keys():
        first = min(both)
        if first not in only_ours:
            return mismatch(as_of, DifferenceKind.QUOTE_MISSING, only_theirs[first], b"")
        if first not in only_theirs:
            return mismatch(as_of, DifferenceKind.QUOTE_EXTRA, b"", only_ours[first])
        return mismatch(as_of, DifferenceKind.QUOTE_DIFFERS, only_theirs[first], only_ours[first])
    apart = first_apart(archived, recomputed)
    return mismatch(as_of, DifferenceKind.VERDICT, *apart) if apart is not None else None


def first_apart(
    archived: tuple[bytes, ...], recomputed: tuple[bytes, ...]
) -> tuple[bytes, bytes] | None:
    """The first pair of lines that differ; a side that has ended counts as empty."""
    pairs = zip_longest(archived, recomputed, fillvalue=b"")
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


def mismatch(
    as_of: int, kind: DifferenceKind, archived: bytes, recomputed: bytes
) -> FirstDifference:
    """A mismatch of two lines."""
    return FirstDifference(as_of, kind, archived.decode(), recomputed.decode())


def _stated(line: bytes) -> bytes:
    """The quote of a line without its verdict; a line of another shape stands for itself."""
    try:
        return canonical_json(read_json(line)["quote"])
    except (ValueError, KeyError, TypeError, FloatRefused):
        return line


def _identity(quote: bytes) -> tuple[int, str]:
    """When and for what a quote was seen: everything but what it said."""
    try:
        stated = read_json(quote)
        seen_at = int(stated["observed_at"])
        return seen_at, str([(key, stated[key]) for key in sorted(stated.keys() - _SAID)])
    except (ValueError, KeyError, TypeError, AttributeError, FloatRefused):
        return -1, repr(quote)
