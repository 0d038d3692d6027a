"""CutLines of a table of text, cut after their first field: which of them are rows, and which not.

No line can swallow another one, since a quoted field (RFC 4180) has to end on its line.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oracle.quotes.columns import Coded, Ints

QUOTED: Final = re.compile(r'(?<![^,])"(?:[^"]|"")*"(?![^,])')
"""A quoted field, from comma to comma."""
_NO_COMMA: Final = "\n"
"""Stands for what follows the first field where nothing does; no line has it in itself."""


@dataclass(frozen=True, slots=True)
class CutLines:
    """The lines after the header, by number; the first of them is line 2."""

    numbers: Ints
    """Those with all their fields."""
    first: Coded
    """Their first fields, as they are written."""
    rest: Coded
    """What follows those, without the comma between."""
    flawed: Mapping[int, str]
    """Those that are no rows, and why. Empty lines are neither."""
    ends_within: bool
    """Whether the last line is flawed and has no end."""


def cut_lines(body: bytes, fields: int) -> CutLines:
    """The lines of a table that has so many fields."""
    text, flawed = _decodable(body)
    first, rest = _halves(text)
    first_flaws = [_flaw(word, 1) for word in first.words]
    rest_flaws = [_flaw(word, fields - 1) for word in rest.words]
    empty = first.each(lambda word: word == "") & rest.each(lambda word: word == _NO_COMMA)
    unsound = (_stated(first_flaws)[first.codes] | _stated(rest_flaws)[rest.codes]) & ~empty
    for row in np.flatnonzero(unsound).tolist():
        flawed[row + 2] = first_flaws[first.codes[row]] or rest_flaws[rest.codes[row]]
    rows = np.flatnonzero(~(unsound | empty))
    ends_within = not body.endswith(b"\n") and body.count(b"\n") + 2 in flawed
    return CutLines(rows + 2, first.only(rows), rest.only(rows), flawed, ends_within)


def coded(frame: pl.DataFrame, vocabulary: pl.Categories, missing: str) -> list[Coded]:
    """Columns that share a vocabulary, each over the texts it holds.

    The vocabulary is made for them: one that all tables share would grow for ever.
    """
    texts = [*vocabulary.to_series().to_list(), missing]
    codes = frame.select(pl.all().to_physical().fill_null(len(texts) - 1))
    return [_over_used(column.to_numpy(), texts) for column in codes]


def _over_used(codes: NDArray[np.uint32], texts: Sequence[str]) -> Coded:
    used = np.flatnonzero(np.bincount(codes, minlength=len(texts))).tolist()
    # An empty text may be there twice: quoted, and where there is none.
    places = {text: place for place, text in enumerate(dict.fromkeys(texts[c] for c in used))}
    becomes = np.zeros(len(texts), np.int32)
    becomes[used] = [places[texts[code]] for code in used]
    return Coded(becomes[codes], tuple(places))


def _decodable(body: bytes) -> tuple[bytes, dict[int, str]]:
    """The lines, empty ones instead of those that are not UTF-8, which are named."""
    flawed: dict[int, str] = {}
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        lines = body.split(b"\n")
        for place, line in enumerate(lines):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                flawed[place + 2] = "not UTF-8"
                lines[place] = b""
        return b"\n".join(lines), flawed
    return body, flawed


def _halves(text: bytes) -> list[Coded]:
    """The first field of every line, and what follows it; _NO_COMMA where nothing does."""
    lines = pl.read_lines(text).to_series()
    if b"\r" in text:
        lines = lines.str.strip_chars_end("\r")
    if b'"' in text and lines.str.starts_with('"').any():
        cut = [_first_and_rest(line) for line in lines.to_list()]
        halves = pl.DataFrame(cut, {"first": pl.String, "rest": pl.String}, orient="row")
    else:
        halves = lines.str.splitn(",", 2).struct.unnest()
    vocabulary = pl.Categories.random()
    return coded(halves.select(pl.all().cast(pl.Categorical(vocabulary))), vocabulary, _NO_COMMA)


def _first_and_rest(line: str) -> tuple[str, str | None]:
    quoted = QUOTED.match(line)
    end = line.find(",") if quoted is None else quoted.end()
    return (line, None) if end in (-1, len(line)) else (line[:end], line[end + 1 :])


def _flaw(text: str, fields: int) -> str:
    """Why a text has not so many fields; empty when it has."""
    if "\r" in text:
        return "a line break within a field"
    plain = QUOTED.sub("", text) if '"' in text else text
    if '"' in plain:
        return "a quote within a field, or one that does not close"
    if text == _NO_COMMA or plain.count(",") != fields - 1:
        return "not as many fields as columns"
    return ""


def _stated(flaws: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([flaw != "" for flaw in flaws], np.bool_)
