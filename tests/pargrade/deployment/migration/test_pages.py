"""Pages of a migration: every lot that has a counterpart moves, once, and no page is too large."""

from hypothesis import given
from hypothesis import strategies as st

from pargrade.deployment.migration.pages import cut_holders, cut_pages
from tests.support.market import account

HELD = st.lists(st.integers(1, 10**6), max_size=30).map(
    lambda lots: {account(number): many for number, many in enumerate(lots)}
)


def as_the_contract_does(page, longs, shorts):
    """Takes a page out of what each side has: the first named first, all that they have."""
    lots = min(
        page.lots,
        *(sum(side[h] for h in who) for side, who in ((longs, page.longs), (shorts, page.shorts))),
    )
    for side, who in ((longs, page.longs), (shorts, page.shorts)):
        left = lots
        for holder in who:
            taken = min(side[holder], left)
            side[holder] -= taken
            left -= taken
    return lots


@given(HELD, st.lists(HELD, min_size=1, max_size=3), st.integers(1, 10**6), st.integers(1, 7))
def test_cut_pages__any_holders__move_all_that_both_sides_have_and_no_page_is_too_large(
    longs, shorts, most, size
):
    left, against = dict(longs), [dict(each) for each in shorts]
    # One lot a page at worst: what is to be seen is in the first pages of such a run.
    pages = []
    for page in cut_pages(longs, shorts, max(most, 10**4), size):
        assert 0 < page.lots <= max(most, 10**4)
        assert 0 < len(page.longs) <= size
        assert 0 < len(page.shorts) <= size
        assert len(set(page.longs)) == len(page.longs)
        assert as_the_contract_does(page, left, against[page.grade]) == page.lots
        pages.append(page)
    moved = sum(page.lots for page in pages)
    assert moved == min(sum(longs.values()), sum(sum(each.values()) for each in shorts))


@given(HELD, HELD)
def test_cut_pages__no_room_at_all__are_none(longs, shorts):
    assert list(cut_pages(longs, [shorts], 0)) == []


@given(HELD, st.integers(1, 7))
def test_cut_holders__any_page_size__names_each_once_in_order(held, size):
    pages = list(cut_holders(held, size))
    assert [holder for page in pages for holder in page] == list(held)
    assert all(0 < len(page) <= size for page in pages)
