"""The demo's picture, from rounds and payouts that are written here."""

from pargrade.demo.plot import plot_demo
from pargrade.demo.rounds import RecordedRound
from tests.support.pictures import check_picture, texts

HOUR = 3_600
START = 1_775_001_600
PRICE = 10**8
NAMES = {"0xa": "Network", "0xb": "Team"}
SERIES = {"S": "310000000", "K": "290000000", "A": START, "B": START + 40 * HOUR}


def summary(series, payouts):
    return {
        "index": {"reporters": ["0x1", "0x2", "0x3"]},
        "series": {"NET": series},
        "payouts": payouts,
        "conservation": {"tUSD": {}, "pA1GH": {}},
    }


def rounds(count):
    return [
        RecordedRound(START + n * HOUR, 3 * PRICE + n, {0: 3 * PRICE, 2: 45 * PRICE // 10})
        for n in range(count)
    ]


def test_demo__rounds_and_payouts__are_drawn_by_the_rules():
    payouts = {"0xa": {"pA1GH": str(10**18)}, "0xb": {"tUSD": "5000000"}}
    figure = plot_demo(summary(SERIES, payouts), rounds(50), NAMES)
    check_picture(figure)
    shown = texts(figure)
    for words in ("USD per SCU", "K = 2.90", "S = 3.1000", "member 3's list alone", "tUSD"):
        assert words in shown


def test_demo__without_a_round_or_a_settlement__says_so():
    figure = plot_demo(summary(SERIES | {"S": None}, {}), [], NAMES)
    check_picture(figure)
    assert "no round was recorded" in texts(figure)
    assert "nobody was paid" in texts(figure)


def test_demo__one_round_before_anything_settles__is_drawn():
    figure = plot_demo(summary(SERIES | {"S": None}, {}), rounds(2), NAMES)
    check_picture(figure)
    assert "index: what all agreed on" in texts(figure)
