"""Recordings: read strictly and exactly, and one line that cannot be read is one refused line."""

import gzip
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.quotes.columns import Coded, Columns
from oracle.quotes.history import History
from oracle.sources.errors import SourceMalformed
from oracle.sources.recorded import COLUMNS, append_recorded, load_recording, parse_recording
from oracle.sources.refused import ROWS_PER_REFUSAL
from pargrade.canonical import content_hash
from pargrade.data.files import SAMPLE
from tests.support.recordings import ROW, VENUES, hourly_rows, quote_by_hand, text_of

BENCHES = Path(__file__).parents[3] / "scripts" / "benches"
PRICES = st.from_regex(r"-?[0-9]{1,9}(\.[0-9]{1,8}0{0,3})?", fullmatch=True)
ROWS = st.fixed_dictionaries(
    {
        "observed_at": st.sampled_from(
            ("2026-03-01T21:00:04Z", "2026-03-02T00:00:00Z", "1969-12-31T23:59:59Z")
        ),
        "provider": st.sampled_from(("lambda", "runpod", "aws")),
        "gpu_model": st.sampled_from(("H100", 'a "new", one', "GPU é")),
        "variant": st.sampled_from(("", "SXM")),
        "gpu_memory_gb": st.sampled_from(("", "0", "80", "080")),
        "gpu_count": st.sampled_from(("", "8", "999999999")),
        "price_usd_per_gpu_hour": PRICES,
        "price_min": PRICES,
        "lease_type": st.sampled_from(("on_demand", "spot", "reserved")),
        "region": st.sampled_from(("", "global", "Frankfurt, DE")),
        "n_offers": st.sampled_from(("", "1", "17")),
        "source": st.sampled_from(("list", "gpurentalprices", "nobody's")),
        "flags": st.sampled_from(("", "b|a", "|a||b|", "a|a")),
    }
)


def parsed(text):
    return parse_recording("r", text.encode(), VENUES)


def history_before():
    """How recordings were read before, as it is kept beside the benchmark."""
    sys.path.insert(0, str(BENCHES))
    try:
        spec = importlib.util.spec_from_file_location("before", BENCHES / "index_before.py")
        before = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(before)
    finally:
        sys.path.remove(str(BENCHES))
    return before.history_before


def digest(history):
    return content_hash([quote.to_json() for quote in history.quotes])


def test_sample__read_into_columns_directly__is_the_history_it_was():
    ours = History.of(load_recording(SAMPLE, VENUES).columns)
    before = history_before()(SAMPLE, VENUES)
    assert digest(ours) == digest(before)
    for name in Columns.__dataclass_fields__:
        mine, theirs = getattr(ours.columns, name), getattr(before.columns, name)
        if isinstance(mine, Coded):
            assert mine.words == theirs.words, name
            mine, theirs = mine.codes, theirs.codes
        assert np.array_equal(mine, theirs), name
        assert getattr(mine, "dtype", None) == getattr(theirs, "dtype", None), name


@settings(max_examples=60)
@given(st.lists(ROWS, max_size=30), st.booleans())
def test_recording__any_rows__are_the_quotes_field_by_field(rows, crowded):
    rows = [*rows, *rows] if crowded else rows
    found = parsed(text_of(rows))
    assert found.refused == ()
    assert list(found.quotes) == [quote_by_hand(row) for row in rows]
    assert (
        Columns.of(found.quotes).in_order().quotes() == History.of(found.columns).columns.quotes()
    )


@settings(max_examples=30)
@given(st.lists(ROWS, max_size=12), st.permutations(COLUMNS), st.randoms(use_true_random=False))
def test_recording__written_in_another_way__is_the_same_history(rows, columns, random):
    plain = History.of(parsed(text_of(rows)).columns)
    shuffled = random.sample(rows, len(rows))
    # 1 quotes every field, and the header.
    other = text_of(shuffled, columns, quoting=1).replace("\n", "\r\n")
    assert History.of(parsed("\ufeff" + other).columns).quotes == plain.quotes


def test_recording__one_fetch_after_the_other_is_appended__is_read_back(tmp_path):
    quotes = parsed(text_of(hourly_rows(3))).quotes
    for quote in quotes:
        append_recorded(tmp_path / "q.csv", [quote])
    assert load_recording(tmp_path / "q.csv", VENUES).quotes == quotes


FLAWS = [
    ("price_min", "", "price_min is '', not a price"),
    ("price_min", "null", "price_min is 'null', not a price"),
    ("price_min", "NaN", "not a price"),
    ("price_min", "+1", "not a price"),
    ("price_min", "Infinity", "not a price"),
    ("price_min", "1e400", "not a price"),
    ("price_min", "1e999999999999", "not a price"),
    ("price_min", "0.000000001", "not a price"),
    ("price_min", "1000000000", "not a price"),
    ("price_usd_per_gpu_hour", "3,5", "not a price"),
    ("observed_at", "2026-02-30T00:00:00Z", "not a time"),
    ("observed_at", "2026-03-01T24:00:00Z", "not a time"),
    ("observed_at", "2026-03-01 21:00:04", "not a time"),
    ("provider", "nowhere", "not a venue of the venue table"),
    ("provider", "", "not a venue"),
    ("lease_type", "borrowed", "not on_demand"),
    ("gpu_count", "8.0", "not a count"),
    ("n_offers", "-1", "not a count"),
    ("gpu_model", "", "not a name"),
    ("source", "", "not a name"),
]


@pytest.mark.parametrize(("column", "text", "reason"), FLAWS)
@pytest.mark.parametrize("packed", [False, True])
def test_recording__one_line_cannot_be_read__is_refused_with_its_number(
    tmp_path, column, text, reason, packed
):
    rows = hourly_rows(3)
    rows[1] = rows[1] | {column: text}
    data = text_of(rows).encode()
    path = tmp_path / "q.csv"
    path.write_bytes(gzip.compress(data) if packed else data)
    found = load_recording(path, VENUES)
    ((where, why),) = found.refused
    assert where == "line 3"
    assert reason in why
    assert found.quotes == (quote_by_hand(rows[0]), quote_by_hand(rows[2]))


@pytest.mark.parametrize(
    ("price", "price8"),
    [
        ("1e0", 10**8),
        ("1E+2", 10**10),
        ("12.5e-1", 125_000_000),
        ("5e-05", 5_000),
        ("-1e0", -(10**8)),
    ],
)
def test_recording__price_with_an_exponent__is_exact(price, price8):
    (found,) = parsed(text_of([ROW | {"price_min": price}])).quotes
    assert found.price8 == price8


@settings(max_examples=80)
@given(
    st.integers(0, 11),
    st.text(st.sampled_from('0123456789.,eE+-"|lambda\r TZ:é'), max_size=60)
    | st.sampled_from([",".join(ROW.values()), ""]),
)
def test_recording__one_line_is_anything__changes_no_other_line(place, line):
    lines = text_of(hourly_rows(12)).splitlines()
    others = [quote_by_hand(row) for number, row in enumerate(hourly_rows(12)) if number != place]
    lines[place + 1] = line
    found = parsed("\n".join(lines) + "\n")
    if found.refused:
        ((where, _),) = found.refused
        assert where == f"line {place + 2}"
        assert list(found.quotes) == others
    else:
        assert [quote for quote in found.quotes if quote in others] == others
        assert len(found.quotes) == len(others) + (line.rstrip("\r") != "")


@pytest.mark.parametrize("count", [1, 2, 9, 10, 19, 20, 35, 100])
def test_recording__more_than_one_line_in_ten_cannot_be_read__is_refused_whole(count):
    rows = hourly_rows(count)
    allowed = max(1, count // ROWS_PER_REFUSAL) if count > 1 else 0
    for place in range(allowed):
        rows[place] = rows[place] | {"price_min": "?"}
    assert len(parsed(text_of(rows)).refused) == allowed
    rows[-1] = rows[-1] | {"observed_at": "yesterday"}
    with pytest.raises(SourceMalformed, match=f"{allowed + 1} of {count} rows") as failure:
        parsed(text_of(rows))
    assert failure.value.where == "line 2"


@pytest.mark.parametrize(
    "text",
    ["", "<html></html>\n", "[]", text_of([ROW])[1:], text_of([ROW]).replace("price_min", "price")],
)
def test_recording__that_is_none__is_one_error_at_its_header(text):
    with pytest.raises(SourceMalformed) as failure:
        parsed(text)
    assert failure.value.where == "line 1"


def test_recording__cut_anywhere__is_noticed_unless_it_ends_with_a_row():
    text = text_of(hourly_rows(3))
    body = text.index("\n") + 1
    for end in range(body, len(text)):
        whole = text[:end].endswith("\n") or text[:end].count(",", text.rindex("\n", 0, end)) == 12
        if whole:
            assert parsed(text[:end]).refused == ()
        else:
            with pytest.raises(SourceMalformed, match="ends within"):
                parsed(text[:end])


def test_recording__further_columns__are_checked_and_not_needed():
    rows = [
        row | {"price_max": "9", "term_months": "", "availability": "?"} for row in hourly_rows(3)
    ]
    columns = (*COLUMNS, "price_max", "term_months", "availability")
    plain = parsed(text_of(hourly_rows(3)))
    assert parsed(text_of(rows, columns)).quotes == plain.quotes
    rows[2] = rows[2] | {"price_max": "most"}
    found = parsed(text_of(rows, columns))
    assert [where for where, _ in found.refused] == ["line 4"]
    assert found.quotes == plain.quotes[:2]
