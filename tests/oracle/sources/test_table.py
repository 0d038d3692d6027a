"""A table gives every field as it is written, and a line that is no row is refused alone."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.table import load_table, read_table

COLUMNS = ("a", "b", "c")
FIELD = st.text(st.sampled_from("xyzé€ 0|,\"'"), max_size=4)
GRID = st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=12)
LINES = st.lists(st.text(st.sampled_from('xy,"\r '), max_size=8), max_size=12)


def rows_of(data):
    table = read_table("t", data, COLUMNS)
    return list(zip(*(table.texts(column) for column in COLUMNS), strict=True))


def written(rows, header=COLUMNS, **dialect):
    text = io.StringIO()
    csv.writer(text, **dialect).writerows([header, *rows])
    return text.getvalue().encode()


@given(
    GRID,
    st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    st.sampled_from(("\n", "\r\n")),
    st.sampled_from((b"", b"\xef\xbb\xbf")),
)
def test_table__whatever_is_written__is_read_back(rows, quoting, ending, mark):
    data = written(rows, quoting=quoting, lineterminator=ending)
    assert rows_of(mark + data) == rows
    assert rows_of(mark + data.removesuffix(ending.encode())) == rows


@given(GRID)
def test_table__columns_in_another_order_and_others_beside_them__is_the_same(rows):
    others = [(c, "?", a, b) for a, b, c in rows]
    assert rows_of(written(others, ("c", "d", "a", "b"), quoting=csv.QUOTE_ALL)) == rows


def by_rules(line):
    """The fields of a line by RFC 4180, or None; the standard library forgives too much."""
    fields, rest = [], line
    while True:
        if rest.startswith('"'):
            end = 1
            while (end := rest.find('"', end)) >= 0 and rest[end + 1 : end + 2] == '"':
                end += 2
            if end < 0:
                return None
            fields.append(rest[1:end].replace('""', '"'))
            rest = rest[end + 1 :]
        else:
            field, comma, rest = rest.partition(",")
            if '"' in field:
                return None
            fields.append(field)
            rest = comma + rest
        if not rest:
            return fields
        if not rest.startswith(","):
            return None
        rest = rest[1:]


@given(LINES)
def test_table__any_lines__are_rows_or_refused_one_by_one(lines):
    data = ("a,b,c\n" + "".join(f"{line}\n" for line in lines)).encode()
    table = read_table("t", data, COLUMNS)
    found = dict(zip(table.lines.tolist(), rows_of(data), strict=True))
    for number, line in enumerate(lines, start=2):
        fields = by_rules(line.rstrip("\r"))
        if not line.rstrip("\r"):
            assert number not in found
            assert number not in table.flawed
        elif fields is None or len(fields) != 3 or "\r" in line.rstrip("\r"):
            assert number not in found
            assert table.flawed[number]
        else:
            assert found[number] == tuple(fields)
            assert number not in table.flawed


@pytest.mark.parametrize(
    ("line", "flaw"),
    [
        (b"1,2", "not as many fields"),
        (b"1", "not as many fields"),
        (b"1,2,3,4", "not as many fields"),
        (b'"1,2,3', "does not close"),
        (b'1,"2"x,3', "within a field"),
        (b"1,\xff,3", "UTF-8"),
        (b"1,2\r2,3", "line break"),
    ],
)
def test_table__one_line_is_no_row__is_named_and_spoils_no_other(line, flaw):
    data = b"a,b,c\n1,2,3\n" + line + b"\n4,5,6\n"
    table = read_table("t", data, COLUMNS)
    assert table.lines.tolist() == [2, 4]
    assert list(table.flawed) == [3]
    assert flaw in table.flawed[3]
    assert rows_of(data) == [("1", "2", "3"), ("4", "5", "6")]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "line 1"),
        (b"a,b\n1,2\n", "line 1"),
        (b"a,b,c,a\n", "line 1"),
        (b'a,b,"c\n', "line 1"),
        (b"<html>\n", "line 1"),
        (b"\xff\xfea,b,c\n", "line 1"),
        (b"a,b,c\n1,2,3\n4,5", "line 3"),
        (b'a,b,c\n1,2,3\n4,5,"6', "line 3"),
    ],
)
def test_table__that_is_none_or_is_cut__is_one_error(data, where):
    with pytest.raises(SourceMalformed) as failure:
        read_table("t", data, COLUMNS)
    assert failure.value.where == where


def test_table__file_that_is_a_folder_or_is_not_there__is_down(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(SourceDown):
            load_table(path, COLUMNS)
