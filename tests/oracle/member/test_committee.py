"""Seven processes on one chain."""

import pytest

from tests.support.committee import GRID_S, committee

pytestmark = pytest.mark.full


@pytest.fixture
def seven(tmp_path):
    with committee(tmp_path) as found:
        yield found


def test_seven__all_well__land_one_report_a_slot(seven):
    seven.start()
    rounds = seven.await_rounds(3)
    slots = [event.slot for _, event in rounds]
    assert slots == list(range(slots[0], slots[0] + 3 * GRID_S, GRID_S))
