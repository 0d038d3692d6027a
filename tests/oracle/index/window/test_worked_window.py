"""The worked example of a window: its text, its vector, the formula and the fit say the same."""

import json
import re
from math import exp, log
from pathlib import Path

import pytest

from oracle.index.level import Absence
from oracle.index.method import METHOD
from oracle.index.window.value import Doubt
from tests.vectors import make_window

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs/METHODOLOGY.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("### A level from a window")[2].partition("### Payment tokens")[0]
VECTOR = json.loads((ROOT / "tests/vectors/window_example.json").read_text(encoding="utf-8"))
DOCUMENT = json.loads(METHOD.with_name("method-3.json").read_text(encoding="utf-8"))
WITH = ("the_lie", "one_bookable")
CLIP = VECTOR["rule"]["clip_ppm"] / 10**6


def table(header):
    """The rows below a header, as lists of cells."""
    _, found, rest = SECTION.partition(f"| {header} |\n")
    assert found, f"no table {header}"
    lines = rest.split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def usd(integer):
    return f"{int(integer) // 10**8}.{int(integer) % 10**8:08d}"


def test_example__its_vector__is_what_the_fit_gives():
    lie = VECTOR["lie_cents"]
    assert [str(v) for v in make_window.levels(VECTOR["cents"])] == VECTOR["levels8"]
    lying = [*VECTOR["cents"][:2], VECTOR["cents"][2] | lie]
    assert [str(v) for v in make_window.levels(lying)] == VECTOR["levels8_with_the_lie"]
    firmer = make_window.levels(VECTOR["cents"], VECTOR["bookable"])
    assert [str(v) for v in firmer] == VECTOR["levels8_with_one_bookable"]


def test_example__the_formula_by_hand__gives_its_levels():
    presence = dict.fromkeys(("ash", "birch", "cedar", "dogwood", "elm"), 0.0)
    for prices in VECTOR["cents"]:
        for provider in prices:
            presence[provider] += 1 / len(prices)
    first = VECTOR["cents"][0] | VECTOR["cents"][1]
    effects = {p: log(first[p] / first["birch"]) for p in presence}
    assert effects["dogwood"] < -CLIP
    mean = sum(w * max(-CLIP, effects[p]) for p, w in presence.items()) / 3
    by_hand = first["birch"] / 100 * exp(mean)
    for level8, ratio in zip(VECTOR["levels8"], (1, 1, 1.1), strict=True):
        assert int(level8) / 1e8 == pytest.approx(by_hand * ratio, abs=2e-8)


def test_example__one_bookable__has_the_level_of_the_formula_with_its_firmer_presence():
    rule, presence = VECTOR["rule"], dict.fromkeys(("ash", "birch", "cedar", "dogwood", "elm"), 0.0)
    parts = dict.fromkeys(presence, rule["listed_ppm"]) | {VECTOR["bookable"]: rule["bookable_ppm"]}
    for prices in VECTOR["cents"]:
        for provider in prices:
            presence[provider] += parts[provider] / sum(parts[each] for each in prices)
    assert f"presence is {presence['birch']:.2f} of" in " ".join(SECTION.split())
    first = VECTOR["cents"][0] | VECTOR["cents"][1]
    effects = {p: max(-CLIP, log(first[p] / first["birch"])) for p in presence}
    mean = sum(weight * effects[p] for p, weight in presence.items()) / 3
    for level8, ratio in zip(VECTOR["levels8_with_one_bookable"], (1, 1, 1.1), strict=True):
        assert int(level8) / 1e8 == pytest.approx(2.4 * exp(mean) * ratio, abs=2e-8)


def test_example__the_text__has_the_figures_of_the_vector():
    rows = table("provider | day 1 | day 2 | day 3 | presence")
    for place, prices in enumerate(VECTOR["cents"], start=1):
        stated = {row[0]: int(row[place]) for row in rows if row[place] != "–"}
        assert stated == prices
    stated = (*VECTOR["levels8"], *(VECTOR[f"levels8_with_{what}"][2] for what in WITH))
    assert all(usd(level8) in SECTION for level8 in stated)
    moved = int(VECTOR["levels8_with_the_lie"][2]) / int(VECTOR["levels8"][2]) - 1
    assert f"{moved:.1%}".replace("%", " % higher") in SECTION
    assert f"{1.45**0.25 - 1:.1%}".replace("%", " % higher") in SECTION


def test_methodology__constants_of_the_window__are_those_of_the_file():
    stated = {row[0].strip("`"): row[1] for row in table("constant | value | what it is")}
    words = {"unplaced_regions": ", ".join(DOCUMENT["window"]["unplaced_regions"])}
    wanted = {
        name: f"{value:,}" for name, value in (DOCUMENT["window"] | dict.fromkeys(words, 0)).items()
    }
    assert stated == {f"window.{name}": value for name, value in (wanted | words).items()}


def test_methodology__reasons_of_states__are_all_there_are():
    stated = re.findall(r"`([A-Z_]{5,})`", SECTION.partition("**States.**")[2])
    expected = {*Doubt, *Absence} - {Absence.NO_BASE}
    assert set(stated) == expected
    doubts = [reason for reason in stated if reason in set(Doubt)]
    assert doubts == list(Doubt)


def test_methodology__constants_beside_the_window__are_those_of_the_method_in_use():
    in_use = json.loads(METHOD.read_text(encoding="utf-8"))
    apart = {"version", "follows", "window", "middle_band"}
    assert {k: v for k, v in DOCUMENT.items() if k not in apart} == {
        k: v for k, v in in_use.items() if k not in apart
    }
