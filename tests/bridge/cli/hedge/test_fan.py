"""The fan plot, with and without what it is made of."""

from bridge.cli.hedge.fan import plot_fan
from bridge.hedge.forecast.forecast import MonthForecast
from bridge.hedge.forecast.intervals import Interval
from tests.support.pictures import check_picture, texts


def month(name, scu):
    wide = Interval(95, scu * 0.5, scu * 1.5, False)
    return MonthForecast(name, scu, (Interval(80, scu * 0.8, scu * 1.2, False), wide), "naive", ())


def test_fan__history_forecast_and_plan__are_drawn_by_the_rules():
    figure = plot_fan(
        {"2026-01": 900.0, "2026-02": 1_000.0},
        [month("2026-03", 1_100.0), month("2026-04", 1_150.0)],
        {"2026-03": 730.0},
    )
    check_picture(figure)
    for words in ("SCU per month", "used", "80 % interval", "95 % interval", "forecast", "locked"):
        assert words in texts(figure)


def test_fan__of_nothing__says_so():
    figure = plot_fan({}, [], {})
    check_picture(figure)
    assert "no month was used" in texts(figure)


def test_fan__of_a_history_alone__has_no_forecast_in_its_legend():
    figure = plot_fan({"2026-01": 900.0}, [], {})
    check_picture(figure)
    assert "interval" not in texts(figure)
