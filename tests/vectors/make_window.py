"""Writes window_example.json, the example of METHODOLOGY for a level from a window.

`python tests/vectors/make_window.py`. Five lists over three days, and the same with one that lies.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

from oracle.index.window.day import Day
from oracle.index.window.level import levels_of
from oracle.index.window.logs import amount_of
from oracle.index.window.rule import WindowRule
from oracle.index.window.standing import firmness_of
from oracle.quotes.classes import Availability
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
    own_history_ppm=120_000,
    provider_ppm=1_000_000,
    carry_days=2,
    executed_ppm=1_000_000,
    bookable_ppm=750_000,
    listed_ppm=500_000,
    sold_out_ppm=250_000,
    unplaced_regions=("global",),
)
METHOD = replace(OPEN_METHOD, window=RULE)
PRICES = (
    {"ash": 200, "birch": 240, "cedar": 250, "elm": 300},
    {"ash": 200, "birch": 240, "cedar": 250, "dogwood": 160, "elm": 300},
    {"ash": 220, "birch": 264, "dogwood": 176, "elm": 330},
)
"""US cents per provider and day: on the third day every price is a tenth higher."""
LIE = {"ash": 319}
"""ash on the third day, 45 % above its honest price."""
BOOKABLE = "birch"
"""Who says on every day that it can be had now."""


def line_of(provider):
    """The one line of a provider."""
    return Line(provider, "H100-SXM-80", 8, "")


def levels(days, bookable=""):
    """The level of each day, USD with 8 decimals."""
    found = []
    for number, prices in enumerate(days):
        firm = {
            line_of(p): firmness_of(
                Availability.BOOKABLE if p == bookable else Availability.LISTED, 0, RULE
            )
            for p in prices
        }
        unit8 = {line_of(p): cents * USD // 100 for p, cents in prices.items()}
        found.append(Day.of(number * DAY_S, unit8, METHOD, firm))
    return [amount_of(log) for log in levels_of(found, RULE).logs]


def main():
    """Writes the vector."""
    document = {
        "rule": asdict(RULE),
        "cents": PRICES,
        "levels8": [str(each) for each in levels(PRICES)],
        "lie_cents": LIE,
        "levels8_with_the_lie": [str(each) for each in levels((*PRICES[:2], PRICES[2] | LIE))],
        "bookable": BOOKABLE,
        "levels8_with_one_bookable": [str(each) for each in levels(PRICES, BOOKABLE)],
    }
    (HERE / "window_example.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
