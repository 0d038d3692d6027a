"""Consoles that are not UTF-8: every text is written, and can be read."""

import io
import os
import subprocess
import sys
from functools import cache

import pytest

from pargrade.cli.toolkit.console import prepare_streams, readable
from tests.support.command_tree import command_tree, group_paths

pytestmark = pytest.mark.full

ENCODINGS = ("ascii", "latin-1")
EVERY_HELP = """
import sys
from pargrade.cli import main
for line in sys.stdin:
    sys.argv = ["", *line.split(), "--help"]
    try:
        main()
    except SystemExit as end:
        assert end.code in (0, None), line
"""
SHOWN = (("index", "show"), ("oracle", "venues"), ("unit", "explain", "A1GH"))


def process(encoding, *command, stdin=""):
    ended = subprocess.run(
        [sys.executable, *command],
        input=stdin.encode(),
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80"},
    )
    return ended.returncode, ended.stdout.decode(encoding), ended.stderr.decode(encoding)


@cache
def every_help(encoding):
    paths = [*group_paths(), *command_tree()]
    lines = "\n".join(" ".join(path) for path in paths) + "\n"
    code, out, err = process(encoding, "-c", EVERY_HELP, stdin=lines)
    assert (code, err) == (0, "")
    assert out.count("Usage: pargrade") == len(paths)
    return out


@cache
def result(encoding, *words):
    code, out, err = process(encoding, "-m", "pargrade.cli", *words)
    assert (code, err) == (0, "")
    return out


def cells(table):
    """The text without the lines of a table, which are drawn with other signs and widths."""
    return table.translate(str.maketrans("", "", "|+-─ \n"))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_help__of_the_whole_tree__is_the_same_text_spelled_out(encoding):
    shown = every_help(encoding)
    assert shown == readable(every_help("utf-8"), encoding)
    # Nothing in any help is left as a number or a question mark.
    assert "\\u" not in shown
    assert "?" not in shown
    assert "ADDRESS,..." in shown


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_result__on_such_a_console__is_whole(words, encoding):
    out = result(encoding, *words)
    assert "\\u" not in out
    assert cells(out) == cells(readable(result("utf-8", *words), encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_misuse__with_a_sign_the_console_lacks__is_one_error(encoding):
    code, out, err = process(encoding, "-m", "pargrade.cli", "depl\u2026oy")
    assert (code, out) == (2, "")
    assert "No such command 'depl...oy'" in err
    code, out, err = process(encoding, "-m", "pargrade.cli", "unit", "explain", "∫→日本")
    assert (code, out) == (1, "")
    assert err.startswith(
        r"error: there is no grade 'integral ->\u65e5\u672c' among those that ship"
    )
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("± 0.5 … 1 → 2", "+/- 0.5 ... 1 -> 2"),
        ("⌈q/2⌉ − 1", "ceil(q/2) - 1"),
        ("Zürich – Łódź", "Zurich - \\u0141odz"),
        ("日", "\\u65e5"),
        ("plain", "plain"),
    ],
)
def test_readable__in_ascii__spells_signs_out_and_drops_accents(text, shown):
    assert readable(text, "ascii") == shown


def test_readable__in_latin_1__keeps_what_it_has():
    assert readable("± 1 … ü", "latin-1") == "± 1 ... ü"


def test_streams__of_a_test_or_of_utf_8__are_left_as_they_are(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding="utf-8"))
    prepare_streams()
    print("± …", file=sys.stderr, flush=True)
    assert raw.getvalue() == "± …\n".encode()
    assert sys.stderr.encoding == "utf-8"
