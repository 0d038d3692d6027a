"""`pargrade index backtest` and `pargrade index study`: what they write and what they refuse."""

import json

import polars as pl
import pytest

from pargrade.data.files import SAMPLE
from tests.support.cli import run

BACKTEST = ("index", "backtest", "--sample", str(SAMPLE))
SHORT = ("--from", "2026-03-03", "--to", "2026-03-20", "--step", "12", "--index", "H100 / USD")
PNG = b"\x89PNG"


def test_backtest__out__writes_values_figures_and_plots(tmp_path):
    output = run(*BACKTEST, *SHORT, "--out", str(tmp_path), "--json").json
    values = pl.read_parquet(tmp_path / "values.parquet")
    assert values.columns == [
        "index", "instant", "value8", "confidence8", "median8",
        "providers", "state", "links", "held",
    ]  # fmt: skip
    assert len(values) == output["period"]["instants"] == 35
    assert values["value8"].dtype == pl.Int64
    assert json.loads((tmp_path / "backtest.json").read_text(encoding="utf-8")) == output
    drawn = sorted(tmp_path.glob("*.png"))
    assert len(drawn) >= 5
    assert all(path.read_bytes().startswith(PNG) for path in drawn)


def test_backtest__out_of_core__has_the_values_and_says_what_it_leaves_out():
    output = run(*BACKTEST, *SHORT, "--json").json
    lean = run(*BACKTEST, *SHORT, "--out-of-core", "--json").json
    assert lean == {name: output[name] for name in lean}
    assert "no naive line" in run(*BACKTEST, *SHORT, "--out-of-core").out


def test_backtest__without_out__writes_nothing_and_tells_its_progress_on_stderr(tmp_path):
    done = run(*BACKTEST, *SHORT)
    assert done.code == 0
    assert "H100 / USD …" in done.err
    assert "Settlements" in done.out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--index", "H300 / USD"), "the method has no index 'H300 / USD'"),
        (("--from", "2026-04-02", "--to", "2026-04-01"), "there is no instant"),
        (("--from", "April"), "'April' is no instant"),
        (("--panel", "nobody"), "there is no panel 'nobody'"),
    ],
)
def test_backtest__bad_input__is_one_error(words, error):
    assert run(*BACKTEST, *words).error.startswith(error)


def test_study__a_window_before_the_recording__is_one_error():
    done = run("index", "study", "--from", "2025-01-01", "--to", "2025-02-01")
    # Parts that are worked on are told on stderr, before the error.
    assert done.code == 1
    assert "error: the index has no value in the window" in done.err
    assert "hint: " in done.err
