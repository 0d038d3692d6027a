"""A month's band is what somebody would trade it at, and nothing where nobody would."""

from random import Random

import pytest

from bridge.orders.client.forward import (
    BadTermQuotes,
    SeriesPrices,
    TermQuote,
    forward_band,
    read_term_quotes,
)
from pargrade.clock import DAY_S

CENT = 10**6
NOW = 1_772_582_400


def prices(bid=0, ask=0, mark=0, source="BOOK", days=40, name="MAY"):
    return SeriesPrices(
        name, NOW + (days - 30) * DAY_S, NOW + days * DAY_S, bid * CENT, ask * CENT,
        mark * CENT, source,
    )  # fmt: skip


def test_band__of_bid_and_ask__lies_between_them_whatever_the_book_mark():
    [point] = forward_band([prices(228, 232, 240)], [], NOW)
    assert (point.low, point.high, point.sources) == (228 * CENT, 232 * CENT, ("bid", "ask"))


def test_band__with_a_call__reaches_to_its_mark():
    [point] = forward_band([prices(228, 232, 226, "CALL")], [], NOW)
    assert (point.low, point.sources) == (226 * CENT, ("bid", "ask", "call"))


@pytest.mark.parametrize(("months", "counts"), [(1, False), (2, True), (12, True)])
def test_term_quote__counts_where_its_term_covers_the_month(months, counts):
    quote = TermQuote("neo", months, 190 * CENT)
    [point] = forward_band([prices(228, 232)], [quote], NOW)
    assert ("neo" in point.sources) == counts
    assert point.low == (190 if counts else 228) * CENT


def test_band__of_a_month_nobody_prices__is_none():
    [point] = forward_band([prices(0, 0, 231, "INDEX")], [], NOW)
    assert point.to_json()["low"] is None
    assert point.sources == ()


def test_band__of_any_prices__holds_all_that_it_is_made_of():
    random = Random(8)
    for _ in range(500):
        found = [
            prices(random.choice((0, 220)), random.choice((0, 240)), 230, "CALL", days)
            for days in random.sample(range(31, 400), 5)
        ]
        points = forward_band(found, [TermQuote("a", random.randint(1, 12), 200 * CENT)], NOW)
        starts = [point.prices.start for point in points]
        assert starts == sorted(starts)
        for point in points:
            for price in (point.prices.bid, point.prices.ask, point.prices.mark):
                assert not price or point.low <= price <= point.high


def test_file__of_term_quotes__is_read(tmp_path):
    path = tmp_path / "terms.csv"
    path.write_text("provider,months,usd_per_scu\nneo,6,1.85\nother,12,1.7\n")
    assert read_term_quotes(path) == [
        TermQuote("neo", 6, 185 * CENT),
        TermQuote("other", 12, 170 * CENT),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "provider,price\n", "\xff", "{head}a,0,1\n", "{head}a,x,1\n", "{head}a,6,-1\n",
     "{head}a,6,0\n", "{head}a,6\n", "{head},6,1\n", "{head}a,121,1\n", "{head}a,6,nan\n"],
)  # fmt: skip
def test_file__that_is_none__is_refused_with_its_line(text, tmp_path):
    path = tmp_path / "terms.csv"
    path.write_bytes(text.replace("{head}", "provider,months,usd_per_scu\n").encode("latin-1"))
    with pytest.raises(BadTermQuotes) as refused:
        read_term_quotes(path)
    assert ("line 2" in str(refused.value)) == text.startswith("{head}")
