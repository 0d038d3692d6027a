"""What `report` prints: one document of plain JSON, and cells as they were written."""

import json
import re
import sys
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.cli.toolkit.output import NotJson, Table, report
from pargrade.units import Price
from tests.support.cli import Terminal


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


ADDRESS = "0x" + "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
WORDS = st.one_of(
    st.integers(0, 10**12).map("{:,}".format),
    st.just(ADDRESS),
    st.from_regex(r"[a-z]{1,12}", fullmatch=True),
)
CELLS = st.lists(WORDS, max_size=8).map(" ".join)


def on_terminal(width, *parts):
    """The lines that a terminal of that width is sent, without their colours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setattr(sys, "stdout", terminal := Terminal())
        report({}, *parts, as_json=False)
    return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).split("\n")


@given(
    st.integers(1, 7).flatmap(
        lambda columns: st.lists(
            st.lists(CELLS, min_size=columns, max_size=columns), min_size=1, max_size=4
        )
    ),
    st.sampled_from([60, 80, 120]),
)
def test_report__a_table_on_a_terminal__keeps_every_word_whole_and_no_line_is_too_long(rows, width):
    header, *rest = rows
    names = [name or f"c{place}" for place, name in enumerate(header)]
    lines = on_terminal(width, Table(names, rest))
    printed = " ".join(lines).split()
    for cell in (cell for row in rest for cell in row):
        for word in cell.split():
            assert word in printed
    # A record's line is a name and a value; a word that does not fit behind its name stays whole.
    name = max(width // 2, *map(len, names))
    assert all(len(line.rstrip()) <= max(width, name + 2 + len(ADDRESS)) for line in lines)


def test_report__two_columns_that_do_not_fit__are_names_and_values():
    table = Table(("", "A1GH"), [("factor", "0.6324"), ("table", "0x" + "ab" * 32)])
    lines = [line.rstrip() for line in on_terminal(60, table)]
    assert lines == ["        A1GH", "factor  0.6324", "table   0x" + "ab" * 32, ""]


@given(CELLS, st.sampled_from([60, 80, 120]))
def test_report__a_line_on_a_terminal__is_broken_between_words(line, width):
    lines = on_terminal(width, f"  {line}")
    assert all(len(piece) <= width for piece in lines)
    assert " ".join(lines).split() == line.split()


def test_report__a_line_in_a_pipe__stays_one_line(capsys):
    line = f"  {ADDRESS} " * 10
    report({}, line, as_json=False)
    assert capsys.readouterr().out == line + "\n"
