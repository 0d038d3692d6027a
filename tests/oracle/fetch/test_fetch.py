"""`pargrade oracle fetch`: a live venue is asked only when allowed; what it says can be kept."""

from pathlib import Path

import pytest

from oracle.sources.recorded import load_recording
from tests.support.cli import run
from tests.support.feed_visits import FIXTURES, VENUES
from tests.support.misbehaving_venue import Answer, venue_server

FIXTURE = FIXTURES / "lium_executors.json"


def test_fetch__venue_not_enabled__is_refused_and_never_asked(tmp_path: Path) -> None:
    response = Answer(FIXTURE.read_bytes())
    with venue_server(response) as url:
        refused = run("oracle", "fetch", "lium", "--url", url, "--append", str(tmp_path / "q.csv"))
    assert "lium" in refused.error
    assert response.asked == []
    assert list(tmp_path.iterdir()) == []


def test_fetch__enabled__appends_a_recording_that_reads_back_as_the_same_quotes(
    tmp_path: Path,
) -> None:
    recording = tmp_path / "quotes.csv"
    words = ("oracle", "fetch", "lium", "--enable", "--append", str(recording), "--json")
    with venue_server(Answer(FIXTURE.read_bytes())) as url:
        output = [quote for _ in range(2) for quote in run(*words, "--url", url).json["quotes"]]
    kept = [quote.to_json() for quote in load_recording(recording, VENUES).quotes]
    assert kept == output
    assert len(kept) >= 2


def test_fetch__venue_answers_rubbish__is_one_error_and_keeps_nothing(tmp_path: Path) -> None:
    recording = tmp_path / "quotes.csv"
    with venue_server(Answer(b"<html>")) as url:
        failed = run("oracle", "fetch", "--enable", "--url", url, "--append", str(recording))
    assert "lium" in failed.error
    assert not recording.exists()


def test_fetch__venue_known_from_recordings_only__says_where_the_live_ones_are_listed() -> None:
    refused = run("oracle", "fetch", "koyeb", "--enable")
    assert "koyeb" in refused.error
    assert "pargrade oracle venues" in refused.hint


def test_fetch__venue_wants_a_key_that_is_not_there__names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LAMBDA_API_KEY", raising=False)
    assert "LAMBDA_API_KEY" in run("oracle", "fetch", "lambda", "--enable").error


@pytest.mark.parametrize("slug", ["runpod", "vast.ai", "shadeform", "silicondata"])
def test_fetch__restricted_venue__is_refused_even_when_enabled(slug: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    saved.write_text("[]")
    assert "forbid" in run("oracle", "fetch", slug, "--enable").error
    assert "forbid" in run("oracle", "fetch", slug, "--saved", str(saved)).error


def test_fetch__saved_archive__is_read_and_kept_at_the_times_it_states(tmp_path: Path) -> None:
    recording = tmp_path / "quotes.csv"
    words = ("--saved", str(FIXTURES / "aws_spot.tsv"), "--append", str(recording), "--json")
    output = run("oracle", "fetch", "aws-spot-archive", *words).json
    (kept,) = load_recording(recording, VENUES).quotes
    assert [kept.to_json()] == output["quotes"]
    assert (kept.provider, kept.price8, kept.tier) == ("aws", 300_000_000, "spot")
    assert sum(each["rows"] for each in output["omitted"]) == 2
    assert "--saved" in run("oracle", "fetch", "aws-spot-archive", "--enable").error


def test_fetch__one_row_cannot_be_read__is_shown_with_its_reason_and_the_others_kept(
    tmp_path: Path,
) -> None:
    recording = tmp_path / "quotes.csv"
    body = FIXTURE.read_bytes().replace(b'"price_per_gpu": 2.25', b'"price_per_gpu": null', 1)
    with venue_server(Answer(body)) as url:
        words = ("oracle", "fetch", "lium", "--enable", "--url", url)
        output = run(*words, "--append", str(recording), "--json").json
        shown = run(*words).out
    assert output["refused"] == [
        {"where": "row 0", "reason": "price_per_gpu is null, not a number"}
    ]
    assert "refused row 0: price_per_gpu is null, not a number" in shown
    kept = [quote.to_json() for quote in load_recording(recording, VENUES).quotes]
    assert kept == output["quotes"]
    assert kept


def test_fetch__name_that_looks_like_mark_up__is_shown_as_it_is() -> None:
    body = FIXTURE.read_bytes().replace(b"Someone's new GPU", b"[/red] GPU [bold]")
    with venue_server(Answer(body)) as url:
        shown = run("oracle", "fetch", "lium", "--enable", "--url", url)
    assert shown.code == 0
    assert "[/red] GPU [bold]" in shown.out


def test_venues__listed__are_all_of_the_table_with_their_terms() -> None:
    output = run("oracle", "venues", "--json").json
    assert [each["slug"] for each in output] == sorted(VENUES.by_slug)
    assert not any(each["enabled"] for each in output)
    assert {each["slug"] for each in output if each["terms"] == "restricted"} == {
        "runpod",
        "shadeform",
        "silicondata",
        "vast.ai",
    }
    live = run("oracle", "venues", "--live").out
    assert "gpuhunt" in live
    assert "koyeb" not in live
