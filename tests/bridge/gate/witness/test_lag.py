"""An endpoint that does not come to where another one was is named, whatever is mined meanwhile."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.gate.witness.lag import LAG_S, LagWatch


class Watched:
    """A watch on two endpoints, with a clock that is set by hand."""

    def __init__(self):
        self.now = 0.0
        self.watch = LagWatch(lambda: self.now)

    def look(self, now, first, second):
        self.now = now
        self.watch.note({"first": first, "second": second})
        return self.watch.longest()


def test_lag__of_an_endpoint_that_stands_still__is_named_after_a_while():
    watched = Watched()
    for second in range(int(LAG_S) + 1):
        assert watched.look(second, 10, 11 + second) is None
    lag = watched.look(LAG_S + 1, 10, 200)
    assert (lag.behind, lag.ahead, lag.height) == ("first", "second", 11)
    assert watched.look(LAG_S + 2, 200, 200) is None


@given(st.integers(0, int(LAG_S) - 1), st.lists(st.integers(0, 5), min_size=1, max_size=400))
def test_lag__of_an_endpoint_that_is_late_by_less__is_none_for_ever(late, mined):
    """Each second some blocks are mined; one endpoint has them `late` seconds later."""
    watched, heights = Watched(), [0]
    for second, blocks in enumerate(mined):
        heights.append(heights[-1] + blocks)
        assert watched.look(second, heights[max(len(heights) - 1 - late, 0)], heights[-1]) is None


def test_lag__behind_a_block_that_was_reorganised_away__ends_at_the_top():
    watched = Watched()
    assert watched.look(0, 10, 20) is None
    assert watched.look(1, 15, 15) is None
    assert watched.look(LAG_S * 2, 15, 16) is None


def test_lag__behind_a_top_that_fell__is_measured_from_where_it_is_now():
    watched = Watched()
    assert watched.look(0, 10, 2_000) is None
    assert watched.look(1, 10, 11) is None
    assert watched.look(LAG_S, 11, 12) is None
    assert watched.look(LAG_S + 2, 12, 13) is None


def test_lag__of_an_endpoint_that_is_down__goes_on_when_it_is_back():
    watched = Watched()
    watched.look(0, 10, 20)
    watched.watch.note({"second": 30})
    assert watched.look(LAG_S + 1, 10, 40).height == 20
