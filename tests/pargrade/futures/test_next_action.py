import pytest

from pargrade.bindings.structs import Phase, SeriesTerms, SeriesView, Style, Window
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.futures.ladder import Rung
from pargrade.futures.next_action import Due, IndexView, Standing, standing

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
    return IndexView(True, MAX_AGE, Window(covered * 2 * 10**8, covered, gap), False)


def decide(now: int, view: IndexView, **terms: object) -> tuple[Due, Rung | None, int | None]:
    found = standing(series(**terms), view, now)  # type: ignore[arg-type]
    return found.due, found.rung, found.next_at


@pytest.mark.parametrize(
    ("now", "view", "expected"),
    [
        (EXPIRY - 1, NOT_FINAL, (Due.NOTHING, None, EXPIRY)),
        (EXPIRY, NOT_FINAL, (Due.NOTHING, Rung.WAITING, EXPIRY + MAX_AGE)),
        (EXPIRY, index(90), (Due.PROPOSE, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 5, index(89), (Due.NOTHING, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 5, index(95, gap=True), (Due.NOTHING, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 7 * DAY - 1, index(25), (Due.NOTHING, Rung.FULL, EXPIRY + 7 * DAY)),
        (EXPIRY + 7 * DAY, index(25), (Due.PROPOSE, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 7 * DAY, index(25, gap=True), (Due.PROPOSE, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 8 * DAY, index(24), (Due.NOTHING, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 12 * DAY - 1, index(99), (Due.PROPOSE, Rung.REDUCED, EXPIRY + 14 * DAY)),
        (EXPIRY + 12 * DAY, index(99), (Due.NOTHING, Rung.CLOSED, EXPIRY + 14 * DAY)),
        (EXPIRY + 14 * DAY - 1, index(99), (Due.NOTHING, Rung.CLOSED, EXPIRY + 14 * DAY)),
        (EXPIRY + 14 * DAY, index(99), (Due.PROPOSE, Rung.DELIVER, None)),
        (EXPIRY + 14 * DAY, NOT_FINAL, (Due.PROPOSE, Rung.DELIVER, None)),
    ],
)
def test_standing__open_net_series__rung_act_and_next_opening(
    now: int, view: IndexView, expected: tuple[Due, Rung | None, int | None]
) -> None:
    assert decide(now, view) == expected


def test_standing__final_index_without_history__waits_for_the_next_rung() -> None:
    found = standing(series(), IndexView(True, MAX_AGE, None, False), EXPIRY + 1)
    assert found == Standing(
        Due.NOTHING, "the index has no history there", Rung.FULL, EXPIRY + 7 * DAY
    )


@pytest.mark.parametrize(("now", "due"), [(EXPIRY - 1, Due.NOTHING), (EXPIRY, Due.PROPOSE)])
def test_standing__delivery_style__needs_no_index_from_expiry_on(now: int, due: Due) -> None:
    assert decide(now, NOT_FINAL, style=Style.DELIVERY)[:2] == (due, None)


@pytest.mark.parametrize(
    ("now", "due"), [(EXPIRY + DAY - 1, Due.NOTHING), (EXPIRY + DAY, Due.FINALISE)]
)
def test_standing__proposed__final_when_the_challenge_is_over(now: int, due: Due) -> None:
    found = decide(now, NOT_FINAL, phase=Phase.PROPOSED, challenge_ends=EXPIRY + DAY)
    assert found == (due, None, None if due is Due.FINALISE else EXPIRY + DAY)


@pytest.mark.parametrize("phase", [Phase.SETTLED, Phase.DELIVERED])
def test_standing__final__only_redemption_is_left(phase: Phase) -> None:
    assert decide(EXPIRY, NOT_FINAL, phase=phase) == (Due.REDEEM, None, None)


def test_standing__coverage__told_to_a_tenth_of_a_percent_rounded_down() -> None:
    covered = 10 * DAY * 8999 // 10_000
    view = IndexView(True, MAX_AGE, Window(covered, covered, True), False)
    assert standing(series(), view, EXPIRY).why == "89.9 % covered, a gap over 24 h"


def test_standing__window_of_proven_liars__can_be_concluded_from_its_expiry_on():
    proven = IndexView(False, MAX_AGE, window=None, compromised=True)
    assert standing(series(), proven, EXPIRY - 1).due is Due.NOTHING
    assert standing(series(), proven, EXPIRY).due is Due.PROPOSE
