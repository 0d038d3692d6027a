"""What a quorum survives is what a median and a count survive."""

from hypothesis import given
from hypothesis import strategies as st

from pargrade.spot_index.quorum import liars_survived, silent_survived

QUORUMS = st.integers(1, 64)
HONEST = 1_000
EITHER_WAY = (0, 1 << 60)


def lower_median(values: list[int]) -> int:
    return sorted(values)[(len(values) - 1) // 2]


@given(quorum=QUORUMS, data=st.data())
def test_liars_survived__so_many__cannot_leave_the_honest_values(
    quorum: int, data: st.DataObject
) -> None:
    liars = liars_survived(quorum)
    count = quorum - liars
    honest = data.draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
    lies = data.draw(st.lists(st.integers(-50, 50), min_size=liars, max_size=liars))
    assert min(honest) <= lower_median(honest + lies) <= max(honest)


@given(quorum=QUORUMS)
def test_liars_survived__one_more__can_set_the_value(quorum: int) -> None:
    liars = liars_survived(quorum) + 1
    honest = [HONEST] * (quorum - liars)
    assert any(lower_median([lie] * liars + honest) == lie for lie in EITHER_WAY)


@given(quorum=QUORUMS, more=st.integers(0, 20))
def test_silent_survived__so_many__leave_a_quorum_and_one_more_does_not(
    quorum: int, more: int
) -> None:
    reporters = quorum + more
    silent = silent_survived(reporters, quorum)
    assert reporters - silent >= quorum > reporters - silent - 1
