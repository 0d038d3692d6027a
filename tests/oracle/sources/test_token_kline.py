"""Bars of token prices in the shapes exchanges and recordings have them."""

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.quotes.token_quote import TokenQuote
from oracle.sources.errors import SourceDown, SourceError, SourceMalformed
from oracle.sources.token_kline import load_klines, load_token_venues, parse_klines
from oracle.sources.venue import Terms, UnknownVenue

VENUES = load_token_venues()
HISTORY = os.environ.get("PARGRADE_HISTORY")
DAY = 86_400
START = 20_000 * DAY
NAME = "bybit_kline_AKTUSDT_1d.json"
# open, high, low, close of three days in a row; the last one may still be open.
BARS = [
    ("0.803", "0.831", "0.744", "0.748"),
    ("0.748", "0.77", "0.703", "0.713"),
    ("0.713", "0.729", "0.657", "0.676"),
]
EXPECTED = (
    TokenQuote(START + DAY, "bybit", "AKT", 74_800_000, 74_400_000, 83_100_000, Terms.UNSTATED),
    TokenQuote(START + 2 * DAY, "bybit", "AKT", 71_300_000, 70_300_000, 77_000_000, Terms.UNSTATED),
)


def opened(n):
    return (START + n * DAY) * 1_000


def bybit(**changes):
    """Newest first, and all text."""
    bars = [[str(opened(n)), *bar, "1224251.9", "977719.01"] for n, bar in enumerate(BARS)]
    response = {"retCode": 0, "retMsg": "OK"}
    response["result"] = {"category": "linear", "symbol": "AKTUSDT", "list": bars[::-1]}
    return json.dumps(response | changes).encode()


def binance():
    bars = [
        [opened(n), *bar, "148976.1", opened(n + 1) - 1, "2434.1", 308, "1756.8", "28.4", "0"]
        for n, bar in enumerate(BARS)
    ]
    return json.dumps(bars).encode()


def rows(bars=BARS):
    lines = ["timestamp,open,high,low,close,volume,turnover,date"]
    lines += [f"{opened(n)},{','.join(bar)},1,1,x" for n, bar in enumerate(bars)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("name", "body"), [(NAME, bybit()), ("bybit_kline_AKTUSDT_1d_tail.csv", rows())]
)
def test_klines__either_shape_of_bybit__gives_the_closed_bars_oldest_first(name, body):
    assert parse_klines(name, body, VENUES) == EXPECTED


def test_klines__with_a_mark_and_exponents__are_the_same():
    small = [[opened(0), "1e-5", "12.5e-6", "9E-6", "1.1e-05"], [opened(1), *BARS[1]]]
    numbers = json.dumps(small).encode().replace(b'"', b"")
    for body in (numbers, b"\xef\xbb\xbf" + numbers):
        (found,) = parse_klines("binance_kline_AKTUSDT_1d.json", body, VENUES)
        assert (found.close8, found.low8, found.high8) == (1_100, 900, 1_250)
    assert parse_klines("bybit_kline_AKTUSDT_1d.csv", b"\xef\xbb\xbf" + rows(), VENUES) == EXPECTED


def test_klines__of_binance__give_the_same_under_its_name():
    found = parse_klines("binance_kline_AKTUSDT_1d.json", binance(), VENUES)
    assert [(q.closed_at, q.close8, q.low8, q.high8) for q in found] == [
        (q.closed_at, q.close8, q.low8, q.high8) for q in EXPECTED
    ]
    assert {quote.venue for quote in found} == {"binance"}


@pytest.mark.parametrize("number", [1, 0])
def test_klines__payload_of_one_bar_or_none__has_no_closed_one(number):
    assert parse_klines("bybit_kline_AKTUSDT_1d.csv", rows(BARS[:number]), VENUES) == ()


def test_klines__more_digits_than_prices_have__are_rounded_half_even():
    bar = ("1", "2", "0.000000015", "0.000000025")
    (found,) = parse_klines("bybit_kline_AKTUSDT_1d.csv", rows([bar, BARS[0]]), VENUES)
    assert (found.low8, found.close8) == (2, 2)


def test_klines__numbers_instead_of_text__keep_their_digits():
    body = binance().replace(b'"0.748"', b"0.748")
    assert parse_klines("binance_kline_AKTUSDT_1d.json", body, VENUES)[0].close8 == 74_800_000


@pytest.mark.parametrize(
    "name",
    [
        "AKT.csv",
        "bybit_kline_AKTUSDT.csv",
        "bybit_kline_AKTUSDT_0d.csv",
        "bybit_kline_AKTEUR_1d.csv",
        "bybit_kline_USDT_1d.csv",
        "bybit_kline_AKTUSDT_1w.csv",
    ],
)
def test_klines__name_that_does_not_say_what_they_are__is_malformed(name):
    with pytest.raises(SourceMalformed, match="its name"):
        parse_klines(name, rows(), VENUES)


def test_klines__exchange_nobody_listed__is_unknown():
    with pytest.raises(UnknownVenue, match="nowhere"):
        parse_klines("nowhere_kline_AKTUSDT_1d.csv", rows(), VENUES)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 99,
        b"{}",
        b"[1]",
        b"[[]]",
        bybit(retCode=10_001, retMsg="params error"),
        bybit().replace(b"AKTUSDT", b"TAOUSDT"),
        bybit().replace(b'"0.748"', b'"much"'),
        bybit().replace(b'"0.748"', b'"NaN"'),
        bybit().replace(b'"0.748"', b"true"),
        bybit().replace(b'"0.748"', b'"' + b"1" * 41 + b'"'),
        bybit().replace(b'"0.748"', b"null"),
        bybit().replace(str(opened(0)).encode(), str(opened(0) + 1).encode()),
        bybit().replace(str(opened(0)).encode(), str(opened(0) + 3_600_000).encode()),
        bybit().replace(str(opened(0)).encode(), str(opened(1)).encode()),
        rows().replace(b"close", b"last"),
        rows()[:-30],
        b"\r\x00",
        b"[" * 100_000,
    ],
)
def test_klines__another_shape__is_malformed_as_a_whole(body):
    with pytest.raises(SourceMalformed):
        parse_klines(NAME, body, VENUES)


@given(st.binary(max_size=60) | st.text('[]{},:"01.eE-', max_size=60).map(str.encode))
def test_klines__any_bytes__are_bars_or_malformed(body):
    with contextlib.suppress(SourceError):
        assert isinstance(parse_klines(NAME, body, VENUES), tuple)


def test_klines__file_not_there__is_down(tmp_path):
    with pytest.raises(SourceDown):
        load_klines(tmp_path / NAME, VENUES)


def test_token_venues__every_row__says_what_its_prices_are():
    for venue in VENUES.values():
        assert venue.instrument in {"spot", "perpetual"}
        assert (venue.quote, venue.terms) == ("USDT", Terms.UNSTATED)


@pytest.mark.skipif(HISTORY is None, reason="PARGRADE_HISTORY is not set: 2 payloads not read")
@pytest.mark.parametrize(("token", "close8"), [("AKT", 61_230_000), ("RENDER", 232_200_000)])
def test_klines__recorded_payloads_of_bybit__have_29_closed_days(token, close8):
    path = Path(HISTORY) / "raw" / f"bybit_kline_{token}USDT_1d_tail.csv"
    found = load_klines(path, VENUES)
    assert len(found) == 29
    assert (found[-1].closed_at, found[-1].close8) == (1_762_992_000, close8)
