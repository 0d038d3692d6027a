"""What `report` prints: one document of plain JSON, and cells as they were written."""

import json
from enum import StrEnum

import numpy as np
import pytest

from pargrade.cli.toolkit.output import NotJson, Table, report
from pargrade.units import Price


class Word(StrEnum):
    """A word of an enumeration."""

    LIVE = "live"


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        np.int64(1),
        np.float64(0.5),
        np.bool_(True),
        np.array([1]),
        float("nan"),
        float("-inf"),
        b"bytes",
        {1, 2},
        {3: "a key that is no text"},
    ],
    ids=repr,
)
def test_report__a_value_json_has_no_form_for__is_refused_with_its_path(capsys, value, as_json):
    with pytest.raises(NotJson, match=r"\$\.found\[1\]\.value"):
        report({"found": [{}, {"value": value}]}, "a line", as_json=as_json)
    assert capsys.readouterr().out == ""


def test_report__plain_values_typed_amounts_and_words__are_one_document(capsys):
    result = {"n": 1, "x": 0.5, "none": None, "yes": True, "list": (1, "two"), "word": Word.LIVE}
    report({**result, "price": Price(2)}, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed == {**result, "list": [1, "two"], "word": "live", "price": 2}


def test_report__cells_that_look_like_mark_up__are_printed_as_they_are(capsys):
    rows = [("[bold]x[/bold]", "[/]"), ("[red]", 12)]
    report({}, Table(("[name]", "count"), rows, title="[title]"), as_json=False)
    shown = capsys.readouterr().out
    for text in ("[bold]x[/bold]", "[/]", "[red]", "12", "[name]", "[title]"):
        assert text in shown
