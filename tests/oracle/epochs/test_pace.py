"""Every index of a report keeps its own heartbeat at the pace that they share."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.epochs.pace import pace_of
from pargrade.bindings.structs import Timing

GRID_S = 60


def timing(heartbeat, min_interval, deviation_bps=25):
    return Timing(GRID_S, heartbeat, 300, 3 * GRID_S, min_interval, deviation_bps, 2_000)


def slots(seconds):
    """Whole slots that such a pause takes."""
    return -(-seconds // GRID_S)


@st.composite
def timings(draw):
    min_interval = draw(st.integers(GRID_S, 7_200))
    return timing(draw(st.integers(min_interval, 86_400)), min_interval)


def test_pace__of_one_index__is_its_own():
    assert pace_of([timing(3_600, 300)]) == (3_600, 300, 25)


def test_pace__beside_an_index_of_a_shorter_heartbeat__is_that_ones():
    found = pace_of([timing(3_600, 300), timing(900, 300, 10), timing(21_600, 3_600)])
    assert found == (900, 300, 10)


@given(st.lists(timings(), min_size=1, max_size=5), st.data())
def test_pace__whenever_rounds_come_within_it__lets_every_index_keep_its_heartbeat(group, data):
    pace = pace_of(group)
    pauses = st.integers(slots(pace.min_interval_s), slots(pace.heartbeat_s))
    rounds = [0]
    for pause in data.draw(st.lists(pauses, min_size=1, max_size=30)):
        rounds.append(rounds[-1] + pause * GRID_S)
    for each in group:
        leaves = each.heartbeat - (slots(each.min_interval) - 1) * GRID_S
        late_s = 0 if leaves >= pace.min_interval_s else pace.min_interval_s
        last = 0
        for slot in rounds[1:]:
            assert slot - last <= slots(each.heartbeat) * GRID_S + slots(late_s) * GRID_S
            if slot - last >= each.min_interval:
                last = slot
