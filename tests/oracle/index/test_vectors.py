"""The index against vectors that were worked out with fractions by other code."""

import importlib.util
import json
from pathlib import Path

import pytest

from oracle.index.chain import spot_index
from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine
from oracle.index.fixing import Fixing
from oracle.index.level import Absence, State
from oracle.index.method import method_of
from oracle.index.panel import Panel
from oracle.index.screen import Reason, screen
from oracle.quotes.history import History
from oracle.quotes.quote import Quote

FOLDER = Path(__file__).parents[2] / "vectors"
VECTORS = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
CASES = {case["name"]: case for case in VECTORS["cases"]}
METHODS = {
    band: method_of(document, VECTORS["factors"], bytes(32))
    for band, document in VECTORS["methods"].items()
}


def inputs(name):
    quotes = [Quote.from_json(stated) for stated in CASES[name]["quotes"]]
    return quotes, Panel.from_json(CASES[name]["panel"]), CASES[name]["checks"]


@pytest.mark.parametrize("name", CASES)
def test_screen__vector__gives_each_quote_its_verdict(name):
    quotes, panel, checks = inputs(name)
    method = METHODS["1/3"]
    for check in checks:
        fixing = Fixing.of(screen(quotes, method, panel, check["as_of"]), method)
        expected = zip(quotes, check["verdicts"], strict=True)
        assert sorted(fixing.verdicts) == sorted(expected), check["as_of"]


@pytest.mark.parametrize("name", CASES)
def test_index__vector__gives_the_value(name):
    quotes, panel, checks = inputs(name)
    for check in checks:
        for band, value in check["values"].items():
            found = spot_index(History.of(quotes), METHODS[band], panel, check["as_of"])
            assert found.to_json() == value, (check["as_of"], band)


@pytest.mark.parametrize("name", CASES)
def test_chain__instants_asked_in_any_order__gives_the_same_values(name):
    quotes, panel, checks = inputs(name)
    chain = DailyChain(History.of(quotes), METHODS["1/3"], panel)
    for check in [*reversed(checks), *checks]:
        found = determine(chain, check["as_of"]).value.to_json()
        assert found == check["values"]["1/3"], check["as_of"]


def test_vectors__together__show_every_reason_state_and_absence():
    checks = [check for case in CASES.values() for check in case["checks"]]
    verdicts = {verdict for check in checks for verdict in check["verdicts"]}
    values = [value for check in checks for value in check["values"].values()]
    assert verdicts == {"ACCEPTED", *Reason}
    # The others are a window's: test_chain of its room.
    of_a_window = {State.SPLICING, Absence.WARM_UP, Absence.BREAK}
    assert {value.get("state") for value in values} == {None, *State} - of_a_window
    assert {value.get("absent") for value in values} == {None, *Absence} - of_a_window
    assert max(value.get("held", 0) for value in values) > 1


def test_vectors__built_again__are_the_committed_file():
    spec = importlib.util.spec_from_file_location("make_index", FOLDER / "make_index.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    committed = (FOLDER / "index.json").read_text(encoding="utf-8")
    assert generator.text_of(generator.build()) == committed
