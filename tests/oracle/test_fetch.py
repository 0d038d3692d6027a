"""`pargrade oracle fetch`: a live venue is asked only when allowed; what it says can be kept."""

from pathlib import Path

from misbehaving_venue import Answer, venue_server

from oracle.sources.recorded import load_recorded
from oracle.venue import load_venues
from tests.support.cli import run

FIXTURE = Path(__file__).parent / "fixtures" / "lium_executors.json"


def test_fetch__venue_not_enabled__is_refused_and_never_asked(tmp_path: Path) -> None:
    answer = Answer(FIXTURE.read_bytes())
    with venue_server(answer) as url:
        refused = run("oracle", "fetch", "lium", "--url", url, "--append", str(tmp_path / "q.csv"))
    assert "lium" in refused.error
    assert answer.asked == []
    assert list(tmp_path.iterdir()) == []


def test_fetch__enabled__appends_a_recording_that_reads_back_as_the_same_quotes(
    tmp_path: Path,
) -> None:
    recording = tmp_path / "quotes.csv"
    words = ("oracle", "fetch", "lium", "--enable", "--append", str(recording), "--json")
    with venue_server(Answer(FIXTURE.read_bytes())) as url:
        told = [quote for _ in range(2) for quote in run(*words, "--url", url).json]
    kept = [quote.canonical() for quote in load_recorded(recording, load_venues())]
    assert kept == told
    assert len(kept) >= 2


def test_fetch__venue_answers_rubbish__is_one_error_and_keeps_nothing(tmp_path: Path) -> None:
    recording = tmp_path / "quotes.csv"
    with venue_server(Answer(b"<html>")) as url:
        failed = run("oracle", "fetch", "--enable", "--url", url, "--append", str(recording))
    assert "lium" in failed.error
    assert not recording.exists()


def test_fetch__venue_known_from_recordings_only__says_which_are_live() -> None:
    refused = run("oracle", "fetch", "lambda", "--enable")
    assert "lambda" in refused.error
    assert "lium" in refused.hint


def test_fetch__restricted_venue__is_refused_even_when_enabled() -> None:
    assert run("oracle", "fetch", "runpod", "--enable").error
