"""scripts/bench quorum [--rounds N] [--json]: what the one who submits a round can choose.

Rounds are drawn over the recorded quotes of PARGRADE_HISTORY, or of the sample that ships. Each
node leaves out other providers, asks the rest every 15 minutes at seconds of its own, nine of ten
times with success, and keeps the newest list that came.

range_Q_of_N   range of the value over all input sets that a leader can get accepted, per cent: the
               largest of all rounds and of two indices. Beside it today's, over all quorums, and
               the same rounds where one batch came too late for 2f+1 HAVEs: it may be left out
liars_Q_of_N   the same with f lying witnesses, one of whom may lead, at rounds at which all nodes
               saw every list in the same state; beside it today's with as many liars, and rounds
               in which a list had just changed: until f+1 honest nodes have fetched it again,
               liars can hold the old price
value_N        rounds with a value, per cent: four providers, each node lacks each list in one of
               ten rounds and is down in one of ten; beside it today's, and both for three
               providers. Of five nodes four have to be up, which they are in 91.9 % of rounds
               whatever they have fetched: one liar among five leaves no smaller majority
"""

import argparse
import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final, NamedTuple

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from oracle.index.daily_chain import DailyChain
from oracle.index.family import everyone, load_family
from oracle.index.panel import Panel
from oracle.manipulation.committee.drawn_tables import FetchConditions, draw_tables
from oracle.manipulation.committee.line_valuation import LineValuation
from oracle.manipulation.committee.recorded_lists import RecordedLists
from oracle.manipulation.committee.round_choice import (
    CommonRound,
    ValueSpan,
    own_values,
    span_of,
    span_of_medians,
)
from oracle.manipulation.reporters import rotate_panels
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.report.attested import Lines, own_lines
from oracle.quotes.history import History
from oracle.sources.history_file import Scan
from oracle.sources.venue import load_venues
from pargrade.data.files import SAMPLE

SETS: Final = {
    "3_of_5": (3, Bounds(5, 1, 2)),
    "5_of_7": (5, Bounds(7, 2, 3)),
    "9_of_13": (9, Bounds(13, 4, 5)),
}
"""Quorums of today and the committees that take their place, with the fewest signatures allowed."""
INDICES: Final = ("SCU / USD", "H100 / USD")
ROUNDS: Final = 500
REPEATS: Final = 5
"""Draws of who is up and what was fetched at each round, for the rows about values."""
FEW: Final = (4, 3)
LEAST_LINKED: Final = 8
MOST_DRAWS: Final = 1_000
GRID_S: Final = 60
RETAINED: Final = FetchConditions()
ALL_FETCHED: Final = FetchConditions(period_s=0, success=1.0, skew_s=0)
LOST: Final = FetchConditions(period_s=0, skew_s=0, keeps=False)
"""At one instant: whether a list came is all that decides whether there is a value."""
UP: Final = 0.9
LEAST: Final = {5: 90.0, 7: 97.0, 13: 97.0}


class Recorded(NamedTuple):
    """The history that rounds are drawn over."""

    history: History
    lists: RecordedLists
    panel: Panel
    linked: Mapping[int, list[str]]
    """By slot the providers with a price that is linked to the midnight before."""


def read_recorded(rounds: int) -> Recorded:
    """The history, and so many slots on the grid at which enough providers are linked, in order."""
    folder = os.environ.get("PARGRADE_HISTORY")
    venues = load_venues()
    path = Path(folder) / "gpu_rental_quotes.csv.gz" if folder else SAMPLE
    history = History.of(Scan(path, venues).read())
    panel = everyone(venues)
    method = load_family()[INDICES[0]]
    chain = DailyChain(history, method, panel)
    known = set(panel.providers)
    quotes = (quote for quote in history.quotes if quote.provider in known)
    first, last = int(history.times[0]) // GRID_S, int(history.times[-1]) // GRID_S
    draw = random.Random("rounds")  # noqa: S311 - rounds to look at, not a secret
    linked: dict[int, list[str]] = {}
    while len(linked) < rounds:
        slot = draw.randrange(first, last) * GRID_S
        found = linked_providers(chain, slot)
        if len(found) >= LEAST_LINKED:
            linked[slot] = found
    lists = RecordedLists(quotes, method.max_age_s)
    return Recorded(history, lists, panel, dict(sorted(linked.items())))


def valuations(recorded: Recorded, panel: Panel) -> dict[str, LineValuation]:
    """The indices of a panel."""
    family = load_family()
    return {name: LineValuation(recorded.history, family[name], panel) for name in INDICES}


def choice_rows(recorded: Recorded, name: str) -> Iterator[Row]:
    """What can be chosen with one committee, without and with liars."""
    quorum, bounds = SETS[name]
    panels = rotate_panels(recorded.panel, bounds.nodes)
    common = valuations(recorded, recorded.panel)
    watched = [panel.providers for panel in panels]
    own = [valuations(recorded, panel) for panel in panels]
    draw = random.Random(f"choice {name}")  # noqa: S311 - see above
    chosen: list[float] = []
    left_out: list[float] = []
    still: list[float] = []
    changing: list[float] = []
    today: dict[tuple[str, int], list[float]] = {}
    for slot in recorded.linked:
        tables = draw_tables(recorded.lists, watched, slot, RETAINED, draw)
        whole = CommonRound(bounds, slot, tables, frozenset(range(bounds.nodes)))
        chosen += widths(whole.honest_lines(), slot, common)
        late, *few = draw.sample(range(bounds.nodes), draw.randint(1, 2 * bounds.liars))
        late_lines = whole.lines_with_late(late, few)
        left_out += widths(late_lines, slot, common)
        liars = draw.sample(range(bounds.nodes), bounds.liars)
        found = widths(whole.lines_with_liars(liars, recorded.lists, draw), slot, common)
        (still if whole.stands_still else changing).extend(found)
        for index in INDICES:
            values = own_values(tables, slot, [each[index] for each in own])
            for count in (0, bounds.liars):
                span = span_of_medians(values, quorum, count)
                if span is not None:
                    today.setdefault((index, count), []).append(100 * span.part)
    peers = today_of(today, 0) | {"one late, mean": fmean(left_out), "largest": max(left_out)}
    yield Row(f"range_{name}", max(chosen), 0, "%", peers=peers)
    peers = today_of(today, bounds.liars)
    if changing:
        peers["rounds with a change"] = len(changing) / len(INDICES)
        peers["their mean"], peers["their largest"] = fmean(changing), max(changing)
    yield Row(f"liars_{name}", max(still), 0, "%", peers=peers)


def today_of(spans: dict[tuple[str, int], list[float]], liars: int) -> dict[str, float]:
    """Mean and largest of today's spans with a number of liars, per index."""
    found = {}
    for index in INDICES:
        widths_ = spans[index, liars]
        found[f"today {index} mean"] = fmean(widths_)
        found[f"today {index} largest"] = max(widths_)
    return found


def widths(lines: Iterator[Lines], slot: int, indices: dict[str, LineValuation]) -> list[float]:
    """The width of every index over input sets, per cent; infinite where one set gives no value
    and another does.
    """
    found = list(lines)
    return [_width(span) for span in span_of(found, slot, indices).values()]


def _width(span: ValueSpan | None) -> float:
    return float("inf") if span is None else 100 * span.part


def value_row(recorded: Recorded, name: str) -> Row:
    """How many rounds have a value where few providers are read and much is missing."""
    quorum, bounds = SETS[name]
    shares = {few: share_with_value(recorded, quorum, bounds, few) for few in FEW}
    (ours, today), (ours3, today3) = shares[4], shares[3]
    peers = {"today": today, "three providers": ours3, "three, today": today3}
    return Row(f"value_{bounds.nodes}", ours, LEAST[bounds.nodes], "%", "higher", peers)


def share_with_value(
    recorded: Recorded, quorum: int, bounds: Bounds, few: int
) -> tuple[float, float]:
    """Rounds with a value in per cent: with a common report, and today."""
    index = INDICES[0]
    valuation = valuations(recorded, recorded.panel)[index]
    draw = random.Random(f"values {bounds.nodes} {few}")  # noqa: S311 - see above
    ours, today, rounds = 0, 0, 0
    for slot, linked in recorded.linked.items():
        for _ in range(REPEATS):
            providers = draw_providers(recorded, valuation, linked, slot, few, draw)
            watched = [
                [each for rank, each in enumerate(providers) if rank % bounds.nodes != number]
                for number in range(bounds.nodes)
            ]
            tables = draw_tables(recorded.lists, watched, slot, LOST, draw)
            up = frozenset(each for each in range(bounds.nodes) if draw.random() < UP)
            common = CommonRound(bounds, slot, tables, up)
            span = span_of(common.honest_lines(), slot, {index: valuation})[index]
            values = own_values([tables[each] for each in sorted(up)], slot, [valuation] * len(up))
            ours += span is not None
            today += sum(value8 is not None for value8 in values) >= quorum
            rounds += 1
    return 100 * ours / rounds, 100 * today / rounds


def linked_providers(chain: DailyChain, slot: int) -> list[str]:
    """Providers with a price that is linked to the midnight before."""
    anchor = chain.anchor(slot)
    before = anchor.fixing.prices.keys() if anchor else set()
    return sorted({line.provider for line in chain.fixing(slot).prices.keys() & before})


def draw_providers(
    recorded: Recorded,
    valuation: LineValuation,
    linked: Sequence[str],
    slot: int,
    few: int,
    draw: random.Random,
) -> list[str]:
    """So few providers that give a value if nothing is missing."""
    for _ in range(MOST_DRAWS):
        chosen = sorted(draw.sample(linked, few))
        [table] = draw_tables(recorded.lists, [chosen], slot, ALL_FETCHED, draw)
        if valuation.value8(own_lines(table), slot) is not None:
            return chosen
    raise SystemExit(f"no {few} of the providers at {slot} have a value")


def main() -> int:
    """Exit code 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    recorded = read_recorded(asked.rounds)
    rows = [row for name in SETS for row in choice_rows(recorded, name)]
    rows += [value_row(recorded, name) for name in SETS]
    return report(rows, as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())
