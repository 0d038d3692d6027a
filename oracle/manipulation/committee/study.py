"""How far lying members move a common report, by how many they are and by which method."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from oracle.backtest.run import Progress
from oracle.index.method import Method
from oracle.manipulation.committee.drawn_tables import FetchConditions, draw_tables
from oracle.manipulation.committee.line_valuation import LineValuation
from oracle.manipulation.committee.recorded_lists import RecordedLists
from oracle.manipulation.committee.round_choice import CommonRound
from oracle.manipulation.providers import Scenario
from oracle.manipulation.reporters import rotate_panels
from oracle.protocol.committee.bounds import Bounds
from oracle.quotes.history import History
from pargrade.clock import DAY_S, HOUR_S

COMMITTEES: Final = (Bounds(5, 1, 4), Bounds(7, 2, 5), Bounds(13, 4, 9))
STEP_S: Final = 3 * DAY_S
"""Between two of the slots that are looked at."""
FIRST_S: Final = 12 * HOUR_S + 300
"""After the start of the window: of the first of them."""

_PPM: Final = 10**6


class WitnessAttack(NamedTuple):
    """What so many lying members reached, over all lies, sets and slots that were tried."""

    nodes: int
    tolerated: int
    """f"""
    liars: int
    slots: int
    moved_ppm: Mapping[str, int | None]
    """By method, the largest move of the value, in millionths of the honest one, rounded towards
    zero; None where they could leave a slot without a value."""
    valued: Mapping[str, int]
    """By method, the slots at which honest members alone give a value: others are not looked at."""


def study_witnesses(
    scenario: Scenario,
    methods: Mapping[str, Method],
    committees: Sequence[Bounds] = COMMITTEES,
    step_s: int = STEP_S,
    progress: Progress = lambda _: None,
) -> tuple[WitnessAttack, ...]:
    """The attacks of 1 to f+1 liars on every committee, all methods over the same slots.

    Members leave out other providers and fetch as `FetchConditions` says. One of the liars may
    lead. A method is looked at where it has a value from honest members alone.
    """
    known = set(scenario.panel.providers)
    method = next(iter(methods.values()))
    quotes = [quote for quote in scenario.quotes if quote.provider in known]
    lists = RecordedLists(quotes, method.max_age_s)
    history = History.of(scenario.quotes)
    valuations = {
        name: LineValuation(history, each, scenario.panel) for name, each in methods.items()
    }
    slots = range(scenario.start + FIRST_S, scenario.end, step_s)
    found: list[WitnessAttack] = []
    for bounds in committees:
        progress(f"liars among {bounds.nodes} members")
        found += _study_committee(scenario, bounds, slots, lists, valuations)
    return tuple(found)


def to_json(attacks: Sequence[WitnessAttack]) -> list[dict[str, Any]]:
    """The attacks as JSON values."""
    return [
        {**each._asdict(), "moved_ppm": dict(each.moved_ppm), "valued": dict(each.valued)}
        for each in attacks
    ]


def _study_committee(
    scenario: Scenario,
    bounds: Bounds,
    slots: Sequence[int],
    lists: RecordedLists,
    valuations: Mapping[str, LineValuation],
) -> Iterator[WitnessAttack]:
    watched = [panel.providers for panel in rotate_panels(scenario.panel, bounds.nodes)]
    draw = random.Random(f"witnesses {bounds.nodes}")  # noqa: S311 - a study, not a secret
    rounds = [
        CommonRound(
            bounds,
            slot,
            draw_tables(lists, watched, slot, FetchConditions(), draw),
            frozenset(range(bounds.nodes)),
        )
        for slot in slots
    ]
    for count in range(1, bounds.liars + 2):
        moved: dict[str, int | None] = dict.fromkeys(valuations, 0)
        valued = dict.fromkeys(valuations, 0)
        for each in rounds:
            liars = draw.sample(range(bounds.nodes), count)
            for name, size in _largest_moves(each, liars, lists, valuations, draw).items():
                known = moved[name]
                valued[name] += 1
                moved[name] = None if size is None or known is None else max(known, size, key=abs)
        yield WitnessAttack(bounds.nodes, bounds.liars, count, len(rounds), moved, valued)


def _largest_moves(
    common: CommonRound,
    liars: Sequence[int],
    lists: RecordedLists,
    valuations: Mapping[str, LineValuation],
    draw: random.Random,
) -> dict[str, int | None]:
    [honest] = common.honest_lines()
    lied = list(common.lines_with_liars(liars, lists, draw))
    found: dict[str, int | None] = {}
    for name, valuation in valuations.items():
        expected = valuation.value8(honest, common.slot)
        if expected is None:
            continue
        values = [valuation.value8(lines, common.slot) for lines in lied]
        moves = [
            int((value8 - expected) * _PPM / expected) for value8 in values if value8 is not None
        ]
        found[name] = max(moves, key=abs, default=0) if len(moves) == len(values) else None
    return found
