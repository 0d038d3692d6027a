"""Writes window_example.json, the example of METHODOLOGY for a level from a window.

`python tests/vectors/make_window.py`. Five lists over three days, and the same with one that lies.
"""

import json
from dataclasses import asdict
from pathlib import Path

from oracle.index.window.day import Day
from oracle.index.window.level import levels_of
from oracle.index.window.logs import amount_of
from oracle.index.window.rule import WindowRule
from oracle.quotes.quote import Line
from tests.support.quote_builders import OPEN_METHOD

HERE = Path(__file__).parent
DAY_S = 86_400
USD = 10**8
RULE = WindowRule(
    days=3,
    huber_ppm=60_000,
    clip_ppm=400_000,
    steps=12,
    splice_days=2,
    settled_days=1,
    max_distance_ppm=120_000,
)
PRICES = (
    {"ash": 200, "birch": 240, "cedar": 250, "elm": 300},
    {"ash": 200, "birch": 240, "cedar": 250, "dogwood": 160, "elm": 300},
    {"ash": 220, "birch": 264, "dogwood": 176, "elm": 330},
)
"""US cents per provider and day: on the third day every price is a tenth higher."""
LIE = {"ash": 319}
"""ash on the third day, 45 % above its honest price."""


def levels(days):
    """The level of each day, USD with 8 decimals."""
    found = [
        Day.of(
            number * DAY_S,
            {Line(p, "H100-SXM-80", 8, ""): cents * USD // 100 for p, cents in prices.items()},
            OPEN_METHOD,
        )
        for number, prices in enumerate(days)
    ]
    return [amount_of(log) for log in levels_of(found, RULE).logs]


def main():
    """Writes the vector."""
    document = {
        "rule": asdict(RULE),
        "cents": PRICES,
        "levels8": [str(each) for each in levels(PRICES)],
        "lie_cents": LIE,
        "levels8_with_the_lie": [str(each) for each in levels((*PRICES[:2], PRICES[2] | LIE))],
    }
    (HERE / "window_example.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
