"""Venues that misbehave: one typed error each, in bounded time, and never half an answer."""

import gzip
import importlib
import json
import zlib

import pytest

from oracle.fetch.fetch import fetch
from oracle.fetch.http import VisitLimits
from oracle.sources.errors import SourceDown, SourceError, SourceMalformed
from tests.support.feed_visits import (
    FIXTURES,
    KEYS,
    UNHURRIED,
    VENUES,
    Answer,
    Patience,
    ask,
    body_of,
    fixture,
)
from tests.support.misbehaving_venue import venue_server
from tests.support.quote_builders import NOON, USD

LIUM = (FIXTURES / "lium_executors.json").read_bytes()
NAMES = {
    "lium": "lium_executors.json",
    "runpod": "runpod_gpu_types.json",
    "azure": "azure_page_2.json",
    "getdeploying": "getdeploying_h100.csv",
}
KINDS = sorted(NAMES)


def body(slug):
    return (FIXTURES / NAMES[slug]).read_bytes()


def visit(response, clock, limits=UNHURRIED, slug="lium"):
    with venue_server(response) as url:
        venue = VENUES[slug].asked_at(url, enabled=True)
        return fetch(venue, VENUES, NOON, KEYS, limits, clock)


@pytest.mark.parametrize("slug", KINDS)
def test_venue__behaves__gives_quotes(slug):
    response = Answer(body(slug))
    assert ask(slug, response).quotes
    assert len(response.asked) == 1
    assert bool(response.posted) is (slug == "runpod")


@pytest.mark.parametrize("slug", KINDS)
@pytest.mark.parametrize("status", [301, 401, 403, 404, 429, 500, 502, 503])
def test_venue__answers_another_status__is_down_with_it(slug, status):
    with pytest.raises(SourceDown) as failure:
        ask(slug, Answer(body(slug), status=status))
    assert (failure.value.source, failure.value.status) == (slug, status)


@pytest.mark.parametrize("slug", KINDS)
def test_venue__answer_cut_short__is_down(slug):
    with pytest.raises(SourceDown):
        ask(slug, Answer(body(slug), cut_at=len(body(slug)) // 2))


@pytest.mark.parametrize("slug", KINDS)
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_venue__answer_that_ends_early_and_says_it_is_whole__is_malformed(slug, part):
    with pytest.raises(SourceMalformed):
        ask(slug, Answer(body(slug)[: int(len(body(slug)) * part)]))


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b'[{"a":[' * 20_000])
def test_venue__answer_nested_beyond_measure__is_malformed_and_the_process_lives(text):
    # As a node has it loaded: its libraries raise the limit that stops the parser otherwise.
    importlib.import_module("py_ecc")
    for slug in ("lium", "runpod", "azure"):
        with pytest.raises(SourceMalformed, match="nested deeper"):
            ask(slug, Answer(text))


@pytest.mark.parametrize("slug", KINDS)
@pytest.mark.parametrize("changes", [{"silence": 1.0}, {"drip": 0.05}, {"drip_headers": 0.05}])
def test_venue__silent_or_dripping__is_down_when_its_seconds_are_over(slug, changes):
    with pytest.raises(SourceDown):
        ask(slug, Answer(body(slug), **changes), VisitLimits(seconds=0.4))


@pytest.mark.parametrize(
    "content", [b"<html>", b"", b"\xff\xfe", b"null", b"{}", b"[" * 200_000, b'{"a":' * 90_000]
)
@pytest.mark.parametrize("slug", KINDS)
def test_venue__something_else_altogether__is_malformed(slug, content):
    with pytest.raises(SourceMalformed):
        ask(slug, Answer(content))


@pytest.mark.parametrize("slug", KINDS)
def test_venue__says_that_it_is_a_page_for_people__is_malformed_whatever_it_holds(slug):
    response = Answer(body(slug), headers={"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(SourceMalformed, match="content type"):
        ask(slug, response)


@pytest.mark.parametrize("slug", KINDS)
def test_venue__huge_answer__is_down_at_the_limit(slug):
    with pytest.raises(SourceDown, match="more than 5000 bytes"):
        ask(slug, Answer(b" " * 1_000_000), VisitLimits(seconds=30.0, most_bytes=5_000))


def test_venue__packed_answer__is_unpacked():
    response = Answer(gzip.compress(LIUM), headers={"Content-Encoding": "gzip"})
    assert ask("lium", response) == ask("lium", Answer(LIUM))
    assert response.seen_headers[0]["Accept-Encoding"] == "gzip"


def test_venue__packed_to_burst__is_down_at_the_limit():
    bomb = gzip.compress(b" " * 60_000_000, compresslevel=1)
    response = Answer(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(SourceDown, match="more than 1000000 bytes"):
        ask("lium", response, VisitLimits(seconds=30.0, most_bytes=1_000_000))


@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        (b"not packed", "gzip"),
        (gzip.compress(LIUM) * 2, "gzip"),
        (gzip.compress(LIUM)[:-20], "gzip"),
        (zlib.compress(LIUM), "br"),
    ],
)
def test_venue__packing_is_wrong__is_an_error(packed, coding):
    with pytest.raises(SourceError):
        ask("lium", Answer(packed, headers={"Content-Encoding": coding}))


def busy(times, **headers):
    """A venue that is busy a few times first."""
    refusal = Answer(
        b"later", 429, {name.replace("_", "-"): text for name, text in headers.items()}
    )
    return Answer(LIUM, then=lambda _, number: refusal if number < times else None)


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({}, [1.0, 2.0]),
        ({"Retry_After": "7"}, [7.0, 7.0]),
        ({"Retry_After": "0"}, [0.0, 0.0]),
        ({"Retry_After": "soon"}, [1.0, 2.0]),
        ({"Retry_After": "-5"}, [1.0, 2.0]),
    ],
)
def test_venue__busy_twice__is_asked_again_when_it_says(headers, slept):
    clock, response = Patience(), busy(2, **headers)
    assert visit(response, clock).quotes
    assert clock.slept == slept
    assert len(response.asked) == 3


def test_venue__busy_until_a_date_that_is_past__is_asked_again_at_once():
    clock = Patience()
    refusal = Answer(
        b"",
        503,
        {"Retry-After": "Thu, 01 Jan 1970 00:00:09 GMT"},
    )
    response = Answer(LIUM, then=lambda _, number: refusal if number < 1 else None)
    assert visit(response, clock).quotes
    assert clock.slept == [0.0]


@pytest.mark.parametrize("wait", ["31", "999999999", "9" * 400])
def test_venue__busy_for_longer_than_we_have__is_down_at_once(wait):
    clock, response = Patience(), busy(9, Retry_After=wait)
    with pytest.raises(SourceDown, match="429"):
        visit(response, clock)
    assert clock.slept == []
    assert len(response.asked) == 1


def test_venue__busy_for_ever__is_asked_three_times():
    clock, response = Patience(), busy(99)
    with pytest.raises(SourceDown, match="429"):
        visit(response, clock)
    assert len(response.asked) == 3


def test_venue__wants_a_key__gets_it_in_its_header_and_nowhere_else():
    response = Answer((FIXTURES / "lambda_instance_types.json").read_bytes())
    assert ask("lambda", response).quotes
    assert response.seen_headers[0]["Authorization"] == "Bearer not-a-key"
    assert "not-a-key" not in response.asked[0]


def test_graphql__errors_beside_the_data__refuse_the_answer():
    document = fixture("runpod_gpu_types.json") | {"errors": [{"message": "some types timed out"}]}
    with pytest.raises(SourceMalformed, match="timed out"):
        ask("runpod", Answer(body_of(document)))


def test_graphql__query__is_posted_as_json():
    response = Answer(body("runpod"))
    ask("runpod", response)
    assert "gpuTypes" in json.loads(response.posted[0])["query"]
    assert response.seen_headers[0]["Content-Type"] == "application/json"


def paged(pages):
    """Azure's pages: each says at which path of its own site the next one is."""

    def then(path, number):
        # The server is on a port that the pages have to name.
        turn = int(path.rpartition("=")[2]) if "page=" in path else 0
        host = response.seen_headers[number]["Host"]
        items, following = pages(turn)
        link = f"http://{host}{following}" if str(following).startswith("/?") else following
        return Answer(
            body_of(
                {
                    "BillingCurrency": "USD",
                    "Items": items,
                    "NextPageLink": link,
                    "Count": len(items),
                }
            )
        )

    response = Answer(then=then)
    return response


def item(number):
    row = fixture("azure_page_1.json")["Items"][0]
    return row | {"retailPrice": 80 + number, "armRegionName": f"region-{number}"}


def test_pages__all_of_them__are_one_answer():
    response = paged(lambda turn: ([item(turn)], f"/?page={turn + 1}" if turn < 4 else None))
    quotes = ask("azure", response).quotes
    assert [quote.price8 for quote in quotes] == [(80 + n) * USD // 8 for n in range(5)]
    assert len(response.asked) == 5


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        (lambda turn: ([item(0)], f"/?page={turn + 1}"), "repeats page 1"),
        (lambda turn: ([item(turn % 3)], f"/?page={turn + 1}"), "repeats page 1"),
        (lambda turn: ([item(turn)], "/?page=1"), "earlier page"),
        (lambda turn: ([item(turn)], f"/?page={turn + 1}"), "no end of pages"),
        (lambda turn: ([], f"/?page={turn + 1}"), "no end of pages"),
        (lambda turn: ([item(turn)], "https://elsewhere.example/?page=1"), "another site"),
        (lambda turn: ([item(turn)], "file:///etc/hostname"), "another site"),
        (lambda turn: ([item(turn)], "//elsewhere.example"), "another site"),
        (lambda turn: ([item(turn)], 7 if turn else "/?page=1"), "not text"),
    ],
)
def test_pages__repeat_wander_off_or_never_end__is_malformed(pages, says):
    limits = VisitLimits(seconds=30.0, most_pages=8)
    with pytest.raises(SourceError, match=says):
        ask("azure", paged(pages), limits)


def test_pages__one_of_them_fails__gives_nothing_of_the_others():
    good = paged(lambda turn: ([item(turn)], f"/?page={turn + 1}"))
    response = Answer(
        then=lambda path, number: Answer(b"", 500) if number == 2 else good.then(path, number),
    )
    good.seen_headers = response.seen_headers
    with pytest.raises(SourceDown) as failure:
        ask("azure", response)
    assert failure.value.status == 500


def test_pages__currency_changes_on_the_last_one__gives_nothing_of_the_others():
    response = paged(
        lambda turn: (
            [item(turn) | {"currencyCode": "EUR" if turn == 2 else "USD"}],
            f"/?page={turn + 1}",
        )
    )
    with pytest.raises(SourceError):
        ask("azure", response, VisitLimits(seconds=30.0, most_pages=4))


def test_pages__together_too_large__is_down():
    response = paged(lambda turn: ([item(turn)], f"/?page={turn + 1}"))
    with pytest.raises(SourceDown, match="bytes"):
        ask("azure", response, VisitLimits(seconds=30.0, most_bytes=2_000))


def test_pages__next_page_not_stated__is_malformed():
    document = fixture("azure_page_2.json")
    del document["NextPageLink"]
    with pytest.raises(SourceMalformed, match="NextPageLink"):
        ask("azure", Answer(body_of(document)))
