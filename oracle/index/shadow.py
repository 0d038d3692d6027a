"""The shadow run: two versions of the method over one history.

A new version has to run in shadow beside the version in use before it may replace it. Nothing is
signed or sent. The result is a record that is committed beside the new method file.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oracle.index.chain import chain_of
from oracle.index.family import Family
from oracle.index.level import IndexValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.shadow_record import Comparison, ShadowRecord, Side
from oracle.quotes.history import History
from oracle.quotes.quote import Quote, by_order
from oracle.quotes.weights import apart_ppm, lower_median
from pargrade.chain.hashing import keccak
from pargrade.clock import HOUR_S, day_name
from pargrade.errors import PargradeError


class NothingToCompare(PargradeError):
    """A period without an hour, or two versions that do not follow each other."""

    hint = "Name a version and the one after it, and a period of at least one hour."


class ShadowPoint(NamedTuple):
    """The values of both versions for one index at one instant; None is nothing to report."""

    instant: int
    old: IndexValue | None
    new: IndexValue | None


@dataclass(frozen=True, slots=True)
class Shadow:
    """A shadow record and the values it was made from, by index."""

    record: ShadowRecord
    points: dict[str, tuple[ShadowPoint, ...]]


def run_shadow(
    old: Family,
    new: Family,
    quotes: Iterable[Quote],
    panel: Panel,
    since: int,
    until: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Shadow:
    """Compare both versions every hour from `since` to `until`, both included, in unix seconds.

    Compares every index of either version, and calls `progress` with its name first. Raises
    NothingToCompare.
    """
    if until < since or new.follows != old.version:
        raise NothingToCompare(
            f"versions {old.version} and {new.version} from {day_name(since)} to "
            f"{day_name(until)} give no comparison"
        )
    ordered = tuple(sorted(quotes, key=by_order))
    history = History.of(ordered)
    instants = range(since, until + 1, HOUR_S)
    by_name = [{method.index: method for method in family.methods} for family in (old, new)]
    points: dict[str, tuple[ShadowPoint, ...]] = {}
    for index in dict.fromkeys([*by_name[0], *by_name[1]]):
        progress(index)
        sides = [_values_to_report(history, names.get(index), panel, instants) for names in by_name]
        points[index] = tuple(map(ShadowPoint, instants, *sides))
    record = ShadowRecord(
        old=_side(old),
        new=_side(new),
        since=since,
        until=until,
        panel=panel.to_json(),
        sample_hash="0x" + keccak(b"\n".join(q.canonical_bytes() for q in ordered)).hex(),
        limits=old.limits,
        indices=tuple(compare_points(index, seen) for index, seen in points.items()),
    )
    return Shadow(record, points)


def compare_points(index: str, points: Sequence[ShadowPoint]) -> Comparison:
    """The comparison of one index."""
    pairs = [(p.instant, p.old, p.new) for p in points if p.old and p.new]
    apart = [(apart_ppm(old.value8, new.value8), instant) for instant, old, new in pairs]
    # Of equal differences the earliest instant is reported.
    largest_ppm, largest_at = max(apart, key=lambda each: (each[0], -each[1]), default=(0, 0))
    return Comparison(
        index=index,
        hours=len(points),
        both=len(pairs),
        old_only=sum(1 for p in points if p.old and not p.new),
        new_only=sum(1 for p in points if p.new and not p.old),
        neither=sum(1 for p in points if not p.old and not p.new),
        state_differs=sum(old.state is not new.state for _, old, new in pairs),
        median_ppm=lower_median([ppm for ppm, _ in apart]) if apart else 0,
        largest_ppm=largest_ppm,
        largest_at=largest_at,
    )


def _values_to_report(
    history: History, method: Method | None, panel: Panel, instants: Iterable[int]
) -> list[IndexValue | None]:
    if method is None:
        return [None for _ in instants]
    chain = chain_of(history, method, panel)
    found = (chain.value(instant) for instant in instants)
    return [v if isinstance(v, IndexValue) and v.reportable else None for v in found]


def _side(family: Family) -> Side:
    return Side(family.version, family.document_hash, "0x" + family.method_hash.hex())
