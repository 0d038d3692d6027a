"""`pargrade index` as people and programs see it."""

import json
from fractions import Fraction

import pytest

from oracle.index.chain import spot_index
from oracle.index.family import everyone, load_family
from oracle.index.method import METHOD, load_method
from oracle.index.shadow_record import record_path
from oracle.quotes.history import History
from oracle.sources.recorded import COLUMNS, instant, load_recording
from oracle.sources.venue import load_venues
from pargrade.data.files import SAMPLE
from tests.support.cli import run

APRIL = "2026-04-01T12:00:00Z"
BARS = """timestamp,open,high,low,close
1775001600000,0.8,0.9,0.7,0.8
1775088000000,0.5,0.6,0.4,0.5
"""


@pytest.fixture
def bars(tmp_path):
    """AKT's bar of 1 April 2026, made up, and the one after it, which may be open."""
    path = tmp_path / "bybit_kline_AKTUSDT_1d.csv"
    path.write_text(BARS, encoding="utf-8")
    return str(path)


def test_show__as_json__has_every_index_with_its_state_and_reasons():
    output = run("index", "show", "--as-of", APRIL, "--all-providers", "--json").json
    assert output["panel"] == "all-providers"
    assert [row["index"] for row in output["indices"]] == [m.index for m in load_family().methods]
    assert output["method_hash"] == "0x" + load_method().method_hash.hex()
    by_name = {row["index"]: row for row in output["indices"]}
    assert by_name["H100 / USD"]["state"] == "live"
    assert by_name["A100 spot / USD"]["state"] == "absent"
    assert by_name["A100 spot / USD"]["absent"] == "TOO_FEW_PROVIDERS"
    looked_at = {row["used"] + sum(row["rejected"].values()) for row in output["indices"]}
    assert len(looked_at) == 1


def test_show__for_people__is_one_row_per_index():
    text = run("index", "show", "--as-of", "2026-04-01", "--panel", "panel-1").out
    assert "read by panel-1" in text
    assert "2.8069" in text
    for method in load_family().methods:
        assert f" {method.index} " in text
    assert "STALE" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--as-of", "noon"), "'noon' is no instant"),
        (("--panel", "panel-9"), "there is no panel 'panel-9'"),
        (("--panel", "panel-1", "--all-providers"), "exclude each other"),
    ],
)
def test_show__bad_input__is_one_error(words, message):
    assert message in run("index", "show", *words).error


def test_show__recording_without_quotes__is_one_error(tmp_path):
    empty = tmp_path / "quotes.csv"
    empty.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    assert "there is no quote" in run("index", "show", "--sample", str(empty)).error


def test_show__candidate_with_a_window__says_why_it_has_no_value():
    shown = run("index", "show", "--method", "3", "--json").json
    par = shown["indices"][0]
    assert (shown["version"], par["state"], par["absent"]) == (3, "halted", "WARM_UP")
    assert "halted (WARM_UP)" in run("index", "show", "--method", "3").out
    assert "there is no method" in run("index", "show", "--method", "99").error


def test_methods__lists_the_one_in_use_and_the_candidates_that_are_refused():
    first, second, third = run("index", "methods", "--json").json
    assert (first["version"], first["in_use"], first["shadow"]) == (1, True, "first version")
    assert first["method_hash"] == "0x" + load_method().method_hash.hex()
    assert (second["version"], second["in_use"]) == (2, False)
    assert "SCU / USD: median" in second["shadow"]
    assert (third["version"], third["in_use"]) == (3, False)
    assert third["shadow"] not in ("passed", "first version")
    assert "candidate" in run("index", "methods").out


def test_shadow__record_and_plot__are_written_only_when_asked(tmp_path):
    days = ("--from", "2026-03-02", "--to", "2026-03-02")
    plain = run("index", "shadow", "1", "2", *days, "--json")
    assert plain.json["objections"] == ["too few hours with a value to judge the first index"]
    assert "SCU / USD …" in plain.err
    record, plot = tmp_path / "record.json", tmp_path / "plot.png"
    ran = run(*("index", "shadow", "1", "2", *days), "--record", str(record), "--plot", str(plot))
    assert "It may not follow, only found an index of its own: too few hours" in ran.out
    assert "not judged" in ran.out
    written = json.loads(record.read_text(encoding="utf-8"))
    assert written["record_hash"] == plain.json["record_hash"]
    assert plot.read_bytes()[:4] == b"\x89PNG"


def test_shadow__record_of_two_weeks_beside_a_small_change__lets_the_version_be_used(tmp_path):
    later = tmp_path / "method-2.json"
    document = json.loads(METHOD.read_text(encoding="utf-8"))
    changed = document | {"version": 2, "outlier_mad_multiple": 7}
    # Two indices are enough here, and quicker.
    changed["indices"] = document["indices"] = document["indices"][:2]
    (tmp_path / "method-1.json").write_text(json.dumps(document), encoding="utf-8")
    later.write_text(json.dumps(changed), encoding="utf-8")
    ran = run(
        *("index", "shadow", str(tmp_path / "method-1.json"), str(later)),
        *("--from", "2026-03-02", "--to", "2026-03-17", "--record", str(record_path(later))),
    )
    assert "The new version may follow." in ran.out
    assert load_method(later).version == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("1", "9", "--from", "2026-03-02", "--to", "2026-03-03"), "there is no method '9'"),
        (("2", "1", "--from", "2026-03-02", "--to", "2026-03-03"), "versions 2 and 1"),
        (("1", "2", "--from", "2026-03-03", "--to", "2026-03-02"), "give no comparison"),
        (("1", "2", "--from", "March", "--to", "2026-03-02"), "'March' is no instant"),
    ],
)
def test_shadow__bad_input__is_one_error(words, message):
    assert message in run("index", "shadow", *words).error


def test_tokens__with_the_index_of_that_instant__are_thin_from_one_exchange(bars):
    output = run("index", "tokens", bars, "--as-of", "2026-04-02T12:00:00Z", "--json").json
    (akt,) = output["conversions"]
    assert output["scu_price_is"] == "index"
    venues = load_venues()
    history = History.of(load_recording(SAMPLE, venues).columns)
    index = spot_index(history, load_method(), everyone(venues), instant("2026-04-02T12:00:00Z"))
    assert output["scu_price8"] == str(index.value8)
    exact = Fraction(80_000_000 * 10**18, index.value8)
    assert int(akt["scu18"]) == round(exact)
    assert int(akt["mark18"]) == exact // 2
    assert (akt["state"], akt["venues"], akt["age_s"]) == ("thin", ["bybit"], 12 * 3_600)


def test_tokens__price_of_an_scu_stated__is_said_to_be(bars):
    text = run("index", "tokens", bars, "--scu", "3.2").out
    assert "3.20 USD (as stated)" in text
    assert " 0.25 " in text
    assert " 0.125 " in text
    assert "redeemable for a fixed amount of compute" in text


def test_tokens__before_the_index_begins__are_absent_with_what_to_do(bars):
    ran = run("index", "tokens", bars, "--as-of", "2025-12-01")
    assert "absent (TOO_FEW_VENUES)" in ran.out
    assert "state one with --scu" in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--scu", "0"), "the price of an SCU"), (("--scu", "x"), "'x' is not a decimal amount")],
)
def test_tokens__bad_price__is_one_error(bars, words, message):
    assert message in run("index", "tokens", bars, *words).error


def test_tokens__file_without_a_closed_bar__is_one_error(tmp_path):
    path = tmp_path / "bybit_kline_AKTUSDT_1d.csv"
    path.write_text("\n".join(BARS.splitlines()[:2]), encoding="utf-8")
    assert "no closed bar" in run("index", "tokens", str(path)).error


def test_tokens__file_of_another_name__is_one_error(tmp_path):
    path = tmp_path / "akt.csv"
    path.write_text(BARS, encoding="utf-8")
    assert "VENUE_kline_PAIR_INTERVAL" in run("index", "tokens", str(path)).error
