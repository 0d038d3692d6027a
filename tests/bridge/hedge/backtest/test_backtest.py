"""Back-tests of hedges: by what was known then, and never with the provider's own prices."""

import pytest

from bridge.cli.hedge.backtest import plot_backtest
from bridge.hedge.backtest.backtest import backtest
from bridge.hedge.backtest.price_lists import PriceLists, read_price_lists
from bridge.hedge.exposure.months import next_month
from bridge.hedge.readers.errors import Unreadable
from tests.support.cli import run
from tests.support.pictures import check_picture, texts

MONTHS = [next_month("2023-01", step) for step in range(30)]


def wave(scale=1.0, shift=0):
    """A price that moves every month, up and down."""
    steps = [0.0, 0.3, -0.2, 0.5, -0.4, 0.1, 0.6, -0.5]
    price, found = 4.0 * scale, {}
    for number, month in enumerate(MONTHS):
        price *= 1 + steps[(number + shift) % len(steps)] / 10
        found[month] = price
    return found


def lists(own):
    return PriceLists({"own": own, "a": wave(), "b": wave(1.1), "c": wave(0.9)})


def result_of(found, provider):
    return next(each for each in found if each.provider == provider)


def test_list__that_follows_its_rivals__is_hedged_well():
    own = result_of(backtest(lists(wave(1.2))), "own")
    assert own.moves > 20
    for lead in own.results:
        assert lead.planned > 0.8
    assert own.results[0].cases == 24


def test_list__that_stands_still__is_not_hedged_at_all():
    own = result_of(backtest(lists(dict.fromkeys(MONTHS, 4.0))), "own")
    assert own.moves == 0
    assert [lead.planned for lead in own.results] == [None] * 3
    assert all(lead.hedged == 0 for lead in own.results)


def test_list__that_moves_against_its_rivals__is_left_alone_where_ratio_1_does_harm():
    against = {month: 16 / price for month, price in wave().items()}
    own = result_of(backtest(lists(against)), "own")
    assert own.results[0].by_one < 0
    assert own.results[0].planned >= -0.05


def test_index__of_a_provider__does_not_know_its_own_prices():
    wild = {month: price * (1 + number % 3) for number, (month, price) in enumerate(wave().items())}
    ours, theirs = (lists(own).paid("own") for own in (wave(), wild))
    assert [each.index_usd for each in ours] == [each.index_usd for each in theirs]
    assert [each.paid_usd for each in ours] != [each.paid_usd for each in theirs]


def test_ratio__of_a_month__does_not_know_the_months_after_it():
    whole = lists(wave(1.2))
    cut = PriceLists(
        {name: dict(list(listed.items())[:20]) for name, listed in whole.prices.items()}
    )
    long, short = (result_of(backtest(each, (1,)), "own").results[0] for each in (whole, cut))
    assert (long.cases, short.cases) == (24, 14)
    assert short.planned is not None


@pytest.mark.parametrize(
    "row",
    ["2023-13,a,1", "2023-01,a,0", "2023-01,a,x", "2023-01,,1", "2023-01,a,NaN", "2023-01,a"],
)
def test_table__with_a_row_that_is_none__is_refused_by_its_line(row):
    with pytest.raises(Unreadable, match="line 3"):
        read_price_lists(f"month,provider,price_usd\n2023-02,a,1\n{row}\n")


def test_command__of_lists__prints_and_draws_them(tmp_path):
    path, picture = tmp_path / "lists.csv", tmp_path / "backtest.png"
    rows = [
        f"{month},{name},{price:.4f}\n"
        for name, listed in lists(wave(1.2)).prices.items()
        for month, price in listed.items()
    ]
    path.write_text("month,provider,price_usd\n" + "".join(rows))
    found = run("hedge", "backtest", str(path), "--plot", str(picture), "--json").json
    assert found["providers"][-1]["provider"] == "all"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "promise nothing" in run("hedge", "backtest", str(path)).out
    figure = plot_backtest(backtest(lists(wave())))
    check_picture(figure)
    assert "variance removed, %" in texts(figure)
