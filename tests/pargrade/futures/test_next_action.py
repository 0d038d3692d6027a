import pytest

from pargrade.bindings.structs import Phase, SeriesTerms, SeriesView, Style
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.futures.ladder import Rung
from pargrade.futures.next_action import Action, IndexView, NextAction, next_action
from pargrade.spot_index.accumulator import Window

DAY = 86_400
START, EXPIRY = 100 * DAY, 110 * DAY
MAX_AGE = 900
NOT_FINAL = IndexView(False, MAX_AGE, window=None, compromised=False)


def series(
    phase: Phase = Phase.OPEN, style: Style = Style.NET, challenge_ends: int = 0
) -> SeriesView:
    terms = SeriesTerms(
        0, START, EXPIRY, 2 * 10**8, 0, 0, ZERO_ADDRESS, style, (ZERO_ADDRESS,), (1,)
    )
    return SeriesView(terms, phase, 0, challenge_ends, False, 0, 5, (5,), 20_000, 0)


def index(percent: int, *, gap: bool = False) -> IndexView:
    covered = 10 * DAY * percent // 100
    return IndexView(True, MAX_AGE, Window(covered * 2 * 10**8, covered, 10 * DAY, gap), False)


def decide(now: int, view: IndexView, **terms: object) -> tuple[Action, Rung | None, int | None]:
    found = next_action(series(**terms), view, now)  # type: ignore[arg-type]
    return found.action, found.rung, found.next_at


@pytest.mark.parametrize(
    ("now", "view", "expected"),
    [
        (EXPIRY - 1, NOT_FINAL, (Action.NOTHING, None, EXPIRY)),
        (EXPIRY, NOT_FINAL, (Action.NOTHING, Rung.WAITING, EXPIRY + MAX_AGE)),
        (EXPIRY, index(90), (Action.PROPOSE, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 5, index(89), (Action.NOTHING, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 5, index(95, gap=True), (Action.NOTHING, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 7 * DAY - 1, index(25), (Action.NOTHING, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 7 * DAY, index(25), (Action.PROPOSE, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 7 * DAY, index(25, gap=True), (Action.PROPOSE, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 8 * DAY, index(24), (Action.NOTHING, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 12 * DAY - 1, index(99), (Action.PROPOSE, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 12 * DAY, index(99), (Action.NOTHING, Rung.CLOSED, EXPIRY + 14 * DAY)),
        (EXPIRY + 14 * DAY - 1, index(99), (Action.NOTHING, Rung.CLOSED, EXPIRY + 14 * DAY)),
        (EXPIRY + 14 * DAY, index(99), (Action.PROPOSE, Rung.DELIVER, None)),
        (EXPIRY + 14 * DAY, NOT_FINAL, (Action.PROPOSE, Rung.DELIVER, None)),
    ],
)
def test_next_action__open_net_series__rung_act_and_next_opening(
    now: int, view: IndexView, expected: tuple[Action, Rung | None, int | None]
) -> None:
    assert decide(now, view) == expected


def test_next_action__final_index_without_history__waits_for_the_next_rung() -> None:
    found = next_action(series(), IndexView(True, MAX_AGE, None, False), EXPIRY + 1)
    assert found == NextAction(
        Action.NOTHING, "the index has no history there", Phase.OPEN, Rung.FULL, EXPIRY + 7 * DAY
    )


@pytest.mark.parametrize(("now", "due"), [(EXPIRY - 1, Action.NOTHING), (EXPIRY, Action.PROPOSE)])
def test_next_action__delivery_style__needs_no_index_from_expiry_on(now: int, due: Action) -> None:
    assert decide(now, NOT_FINAL, style=Style.DELIVERY)[:2] == (due, None)


@pytest.mark.parametrize(
    ("now", "due"), [(EXPIRY + DAY - 1, Action.NOTHING), (EXPIRY + DAY, Action.FINALISE)]
)
def test_next_action__proposed__final_when_the_challenge_is_over(now: int, due: Action) -> None:
    found = decide(now, NOT_FINAL, phase=Phase.PROPOSED, challenge_ends=EXPIRY + DAY)
    assert found == (due, None, None if due is Action.FINALISE else EXPIRY + DAY)


@pytest.mark.parametrize("phase", [Phase.SETTLED, Phase.DELIVERED])
def test_next_action__final__only_redemption_is_left(phase: Phase) -> None:
    assert decide(EXPIRY, NOT_FINAL, phase=phase) == (Action.REDEEM, None, None)


def test_next_action__coverage__told_to_a_tenth_of_a_percent_rounded_down() -> None:
    covered = 10 * DAY * 8999 // 10_000
    view = IndexView(True, MAX_AGE, Window(covered, covered, 10 * DAY, True), False)
    assert next_action(series(), view, EXPIRY).reason == "89.9 % covered, a gap over 24 h"


def test_next_action__window_of_proven_liars__can_be_concluded_from_its_expiry_on():
    proven = IndexView(False, MAX_AGE, window=None, compromised=True)
    assert next_action(series(), proven, EXPIRY - 1).action is Action.NOTHING
    assert next_action(series(), proven, EXPIRY).action is Action.PROPOSE
