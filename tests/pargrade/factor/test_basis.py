"""Basis and cheapest to deliver, from constructed prices."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pargrade.factor.basis import Asked, basis_report

INDEX8 = 200_000_000


def asked(grade, factor4, *prices8, through="g"):
    return Asked(grade, through, factor4, {f"p{n}": price for n, price in enumerate(prices8)})


def test_basis__a_grade_of_half_an_scu__by_hand():
    # Median ask 0.90 USD for half an SCU: 1.80 USD per SCU, 0.20 or 10 % below the index of 2.
    report = basis_report([asked("A", 5_000, 80_000_000, 90_000_000, 300_000_000)], INDEX8, 3)
    (row,) = report.ranked
    assert (row.price8, row.implied8, row.basis8) == (90_000_000, 180_000_000, -20_000_000)
    assert row.basis_ppm == -100_000
    # 730 SCU, 0.20 USD each.
    assert report.delivery_loss8(["A"]) == 146 * 10**8


def test_basis__too_few_providers__is_no_price():
    report = basis_report([asked("A", 5_000, 1, 2)], INDEX8, 3)
    assert report.ranked == ()
    assert [(each.grade, each.providers) for each in report.unpriced] == [("A", 2)]
    assert report.delivery_loss8(["A"]) == 0


def test_basis__one_grade_through_two_kinds_of_hardware__takes_the_cheaper():
    dear, cheap = asked("F", 10_000, 300, through="x"), asked("F", 10_000, 200, through="y")
    assert [row.through for row in basis_report([dear, cheap], INDEX8, 1).ranked] == ["y"]


def test_loss__all_grades_dearer_than_the_index__is_nothing():
    assert basis_report([asked("A", 10_000, 3 * 10**8)], INDEX8, 1).delivery_loss8(["A"]) == 0


prices = st.lists(st.integers(10**6, 10**10), min_size=1, max_size=7)


@given(
    st.dictionaries(
        st.sampled_from("ABCDEF"), st.tuples(st.integers(1, 10**5), prices), min_size=1
    ),
    st.integers(10**6, 10**10),
    st.randoms(use_true_random=False),
)
def test_ranking__any_order_of_grades__is_by_price_over_factor(grades, index8, shuffler):
    drawn = [asked(name, factor4, *asks) for name, (factor4, asks) in grades.items()]
    report = basis_report(drawn, index8, 1)
    exact = [Fraction(row.price8 * 10_000, row.factor4) for row in report.ranked]
    assert all(
        abs(row.implied8 - ratio) <= Fraction(1, 2)
        for row, ratio in zip(report.ranked, exact, strict=True)
    )
    assert [row.implied8 for row in report.ranked] == sorted(row.implied8 for row in report.ranked)
    shuffler.shuffle(drawn)
    assert basis_report(drawn, index8, 1) == report
    # More grades to choose from never cost the long less.
    names = list(grades)
    losses = [report.delivery_loss8(names[:n]) for n in range(1, len(names) + 1)]
    assert losses == sorted(losses)
