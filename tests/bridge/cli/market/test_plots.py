"""Plots of the market, with and without what they are made of."""

from bridge.cli.market.plots import plot_band, plot_depth
from bridge.orders.client.client import BookDepth
from bridge.orders.client.forward import SeriesPrices, forward_band
from tests.support.pictures import check_picture, texts

CENT = 10**6
NOW = 1_772_582_400


def test_depth__of_a_book__is_drawn_by_the_rules():
    bids = ((229 * CENT, 100), (228 * CENT, 300))
    figure = plot_depth("NET-A1GH", BookDepth(7, bids, ((231 * CENT, 50),)))
    check_picture(figure)
    for words in ("Depth of NET-A1GH", "bid", "asked", "USD per SCU", "number of lots"):
        assert words in texts(figure)


def test_depth__of_an_empty_book__says_so():
    figure = plot_depth("NET-A1GH", BookDepth(7, (), ()))
    check_picture(figure)
    assert "nothing is bid or asked" in texts(figure)


def test_band__of_months__is_drawn_by_the_rules_and_an_empty_one_says_so():
    month = SeriesPrices("MAY", NOW, NOW + 10**6, 228 * CENT, 232 * CENT, 231 * CENT, "CALL")
    figure = plot_band(forward_band([month], [], NOW))
    check_picture(figure)
    for words in ("band", "bid", "ask", "mark", "USD per SCU"):
        assert words in texts(figure)
    figure = plot_band([])
    check_picture(figure)
    assert "nobody prices any month" in texts(figure)
