"""A recording is followed while it grows, and what is not readable yet is not read."""

import gzip
import os

import pytest

from oracle.node.recording import Recording, history_of
from oracle.sources.errors import SourceDown, SourceMalformed
from pargrade.data.files import SAMPLE

AS_OF = 1_772_668_800
"""2026-03-05T00:00:00Z."""


@pytest.fixture
def rows():
    return gzip.decompress(SAMPLE.read_bytes()).decode().splitlines(keepends=True)


@pytest.fixture
def recording(tmp_path, rows, method, panels):
    """A recording of the first two days, and the text that would complete it."""
    header, *quotes = rows
    early = [row for row in quotes if row < "2026-03-03"]
    path = tmp_path / "quotes.csv"
    path.write_text(header + "".join(early))
    rest = "".join(row for row in quotes if row >= "2026-03-03")
    return path, rest, Recording(path, method, panels["panel-1"])


def append(path, text):
    before = path.stat().st_mtime_ns
    with path.open("a") as file:
        file.write(text)
    # Two writes within one tick of a coarse file system clock still differ in length.
    os.utime(path, ns=(before, before))


def test_recording__quotes_are_appended__the_next_value_has_them(recording, method, panels):
    path, rest, growing = recording
    assert growing.chain() is growing.chain()
    before = growing.chain().value(AS_OF)
    append(path, rest)
    after = growing.chain().value(AS_OF)
    assert after == Recording(SAMPLE, method, panels["panel-1"]).chain().value(AS_OF)
    assert after != before


def test_has_changed__until_what_was_appended_is_read__and_not_while_the_file_is_missing(recording):
    path, rest, growing = recording
    assert not growing.has_changed()
    append(path, rest)
    assert growing.has_changed()
    growing.chain()
    assert not growing.has_changed()
    path.unlink()
    assert not growing.has_changed()


def test_recording__half_a_line_is_there__waits_for_the_other_half(recording):
    path, rest, growing = recording
    known = growing.chain()
    whole = rest.splitlines(keepends=True)[0]
    # Cut in the last column, so that what is there would parse.
    append(path, whole[:-3])
    assert growing.chain() is known
    append(path, whole[-3:])
    assert len(growing.chain().history.quotes) == len(known.history.quotes) + 1


def test_recording__a_line_is_rubbish__is_refused_alone_and_known(recording, caplog):
    path, rest, growing = recording
    known = growing.chain()
    append(path, "2026-03-03,rubbish\n" + rest)
    assert len(growing.chain().history.quotes) == len(known.history.quotes) + rest.count("\n")
    ((where, reason),) = growing.refused
    assert where == f"line {len(known.history.quotes) + 2}"
    assert reason == "not as many fields as columns"
    assert growing.chain() is growing.chain()
    assert len(caplog.records) == 1
    assert f"quotes.csv: refused 1 lines, the last of them {where}: {reason}" in caplog.text


def test_recording__many_lines_are_rubbish__goes_on_with_the_quotes_of_before(recording, caplog):
    path, rest, growing = recording
    known = growing.chain()
    rubbish = "2026-03-03,rubbish\n" * (len(known.history.quotes) // 9 + 1)
    append(path, rubbish)
    assert growing.chain() is known
    assert growing.chain() is known
    assert growing.refused == ()
    assert len(caplog.records) == 1
    assert "going on with the quotes of before: quotes.csv is malformed" in caplog.text
    text = path.read_text().replace(rubbish, rest)
    path.write_text(text)
    assert len(growing.chain().history.quotes) == text.count("\n") - 1


def test_recording__the_file_goes_away__goes_on_with_the_quotes_of_before(recording):
    path, _, growing = recording
    known = growing.chain()
    path.unlink()
    assert growing.chain() is known


def test_recording__that_was_never_there_or_readable__is_refused(tmp_path, method, panels):
    with pytest.raises(SourceDown, match="No such file"):
        Recording(tmp_path / "none.csv", method, panels["panel-1"])
    (tmp_path / "bad.csv").write_text("observed_at\n")
    with pytest.raises(SourceMalformed):
        Recording(tmp_path / "bad.csv", method, panels["panel-1"])


def test_history__of_an_unchanged_recording__is_read_once():
    assert history_of(SAMPLE) is history_of(SAMPLE)
