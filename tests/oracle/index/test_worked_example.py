"""The worked example of the methodology: its text, its vector and the index say the same."""

import json
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from oracle.index.daily_chain import DailyChain
from oracle.index.level import entries_of, link_between
from oracle.index.method import method_of
from oracle.index.panel import Panel
from oracle.index.screen import screen
from oracle.quotes.history import History
from oracle.quotes.quote import Quote
from tests.oracle.index.test_methodology import DOCUMENT, TEXT, table

VECTOR = json.loads(
    (Path(__file__).parents[2] / "vectors" / "worked_example.json").read_text(encoding="utf-8")
)
METHOD = method_of(DOCUMENT, VECTOR["factors"], bytes(32))
QUOTES = [Quote.from_json(stated) for stated in VECTOR["quotes"]]
DAY_ONE = QUOTES[: len(VECTOR["verdicts_at_base"])]
BASE, NOON = VECTOR["base"], VECTOR["as_of"]
MIDNIGHT = BASE + 86_400


@pytest.fixture(scope="module")
def chain():
    return DailyChain(History.of(QUOTES), METHOD, Panel.from_json(VECTOR["panel"]))


def dollars(integer, decimals):
    whole, part = divmod(int(integer), 10**decimals)
    return f"{whole}.{part:0{decimals}d}"


def test_worked_example__verdicts_in_the_text__are_those_of_the_screen():
    screened = screen(DAY_ONE, METHOD, Panel.from_json(VECTOR["panel"]), BASE)
    verdicts = {each.quote: "ACCEPTED" for each in screened.accepted}
    verdicts |= {each.quote: each.reason.value for each in screened.rejected}
    assert [verdicts[quote] for quote in DAY_ONE] == VECTOR["verdicts_at_base"]
    stated = table("provider", "quote, USD per GPU-hour", "verdict at midnight, 2 March")
    for quote, row in zip(DAY_ONE, stated, strict=True):
        assert row[0] == quote.provider
        assert row[1].startswith(f"{quote.gpu_model} {quote.price8 / 1e8:.2f}")
        assert row[2] == verdicts[quote]


def test_worked_example__weights_in_the_text__are_those_of_the_index(chain):
    entries = sorted(entries_of(chain.fixing(BASE).prices, METHOD), key=lambda e: e.unit8)
    scale = next(entry.weight for entry in entries if entry.provider == "ash")
    computed, upto = [], Fraction(0)
    for entry in entries:
        weight = Fraction(entry.weight, scale)
        upto += weight
        who = f"{entry.provider} {METHOD.by_name[entry.hardware].model}"
        computed.append([dollars(entry.unit8, 8), who, str(weight), str(upto)])
    assert [row[:3] for row in computed] == VECTOR["entries_at_base"]
    assert table("unit price", "provider and hardware", "weight", "weight up to here") == computed
    assert upto == Fraction("4.875")


def test_worked_example__level_and_value__are_the_arithmetic_of_the_text(chain):
    a100 = Fraction("2.53004428")
    kept = [
        Fraction("0.375") * Fraction(birch) + a100 / 4 + Fraction("2.60")
        for birch in ("2.40", "2.50")
    ]
    assert kept == [Fraction("4.13251107"), Fraction("4.17001107")]
    base = round(kept[0] / Fraction("1.625") * 10**18)
    ratio = round(kept[1] / kept[0] * 10**18)
    level = round(Fraction(base * ratio, 10**18))
    confidence = (Fraction("2.85125931") - 2) / 2 * Fraction("2.56616066") / Fraction("2.5")
    assert (str(base), str(ratio), str(level)) == (
        VECTOR["level18_at_base"],
        VECTOR["ratio18"],
        VECTOR["level18_at_midnight"],
    )
    assert str(ceil(confidence * 10**8)) == VECTOR["value"]["confidence8"]
    found = [anchor.level18 for anchor in chain.anchors(NOON)]
    assert found == [base, level]
    link = link_between(chain.fixing(BASE).prices, chain.fixing(MIDNIGHT).prices, METHOD)
    assert str(link.ratio18) == VECTOR["ratio18"]
    assert chain.value(NOON).to_json() == VECTOR["value"]
    assert str(chain.value(BASE).median8) == VECTOR["median8_at_base"]


def test_worked_example__figures_of_the_vector__stand_in_the_text():
    text = TEXT[TEXT.index("#### Worked example: five providers") :]
    for figure, decimals in (
        (VECTOR["level18_at_base"], 18),
        (VECTOR["ratio18"], 18),
        (VECTOR["level18_at_midnight"], 18),
        (VECTOR["value"]["value8"], 8),
        (VECTOR["value"]["confidence8"], 8),
        (VECTOR["value"]["median8"], 8),
        (VECTOR["median8_at_base"], 8),
    ):
        assert dollars(figure, decimals) in text


def test_worked_example__a_provider_leaves_and_one_comes__moves_nothing(chain):
    assert {line.provider for line in chain.fixing(MIDNIGHT).prices} - {
        line.provider for line in chain.fixing(NOON).prices
    } == {"elm"}
    assert chain.value(NOON).value8 == chain.value(MIDNIGHT).value8
