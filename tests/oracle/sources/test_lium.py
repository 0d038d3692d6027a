"""The live source against a venue that behaves, and against one that does not."""

import json
import socket
from dataclasses import replace

import pytest

from oracle.fetch.fetch import fetch as fetch_venue
from oracle.fetch.http import VisitLimits
from oracle.index.panel import Panel
from oracle.index.screen import Reason, screen
from oracle.quotes.quote import Tier
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.venue import Cadence, Terms, VenueRefused
from tests.support.feed_visits import FIXTURES, UNHURRIED, VENUES, ask, read
from tests.support.misbehaving_venue import Answer, venue_server
from tests.support.quote_builders import NOON, USD

FIXTURE = FIXTURES / "lium_executors.json"
HOSTS = json.loads(FIXTURE.read_text(encoding="utf-8"))
LIUM = VENUES["lium"]
PANEL = Panel("lium", ("a", "b", "lium"), 0)


def fetch(response, limits=UNHURRIED):
    return ask("lium", response, limits).quotes


def answer_with(**changes):
    """The fixture with fields of its first host changed; None takes the field away."""
    first = {key: value for key, value in (HOSTS[0] | changes).items() if value is not None}
    return Answer(json.dumps([first, *HOSTS[1:]]).encode())


def by_machine(quotes):
    return {(q.gpu_model, q.variant, q.gpu_count, q.tier): q for q in quotes}


def test_lium__venue_answers__gives_one_quote_per_kind_of_machine():
    response = Answer(FIXTURE.read_bytes())
    quotes = by_machine(fetch(response))
    assert response.asked == ["/executors"]
    eight = quotes["H100", "SXM", 8, Tier.ON_DEMAND]
    # 1.90, 2.25 and 2.6000000000000005: the middle one; the host with nothing free is no offer.
    assert (eight.price8, eight.n_offers) == (225_000_000, 3)
    assert quotes["H100", "SXM", 1, Tier.ON_DEMAND].price8 == 2 * USD
    assert quotes["H100", "SXM", 8, Tier.SPOT].price8 == 110_000_000
    assert quotes["A100", "SXM", 4, Tier.ON_DEMAND].price8 == 145_678_912
    assert len(quotes) == 8
    assert {q.observed_at for q in quotes.values()} == {NOON}
    assert {q.cadence for q in quotes.values()} == {Cadence.DIRECT}


def test_lium__quotes_screened__count_only_what_the_method_knows(method):
    screened = screen(fetch(Answer(FIXTURE.read_bytes())), method, PANEL, NOON)
    assert {each.line.hardware for each in screened.accepted} == {
        "H100-SXM-80",
        "H200-SXM-141",
        "A100-SXM-80",
        "B200-SXM-180",
    }
    reasons = {each.quote.gpu_model: each.reason for each in screened.rejected}
    assert reasons["Someone's new GPU"] is Reason.UNKNOWN_HARDWARE


def test_lium__as_shipped__is_off():
    assert LIUM.enabled is False
    with pytest.raises(VenueRefused, match="off"):
        fetch_venue(LIUM, VENUES, NOON, {})


def test_lium__terms_forbid_it__is_never_asked():
    response = Answer()
    with venue_server(response) as url:
        venue = replace(LIUM.asked_at(url, enabled=True), terms=Terms.RESTRICTED)
        with pytest.raises(VenueRefused, match="terms"):
            fetch_venue(venue, VENUES, NOON, {})
    assert response.asked == []


@pytest.mark.parametrize("status", [301, 403, 404, 429, 500, 503])
def test_lium__venue_refuses__is_down_with_the_status(status):
    with pytest.raises(SourceDown) as failure:
        fetch(Answer(FIXTURE.read_bytes(), status=status))
    assert failure.value.status == status
    assert failure.value.source == "lium"


def test_lium__venue_is_silent__is_down_after_the_time_out():
    with pytest.raises(SourceDown, match="time"):
        fetch(Answer(silence=0.6), VisitLimits(seconds=0.2))


def test_lium__venue_drips__is_down_although_no_single_wait_is_long():
    with pytest.raises(SourceDown, match="not complete"):
        fetch(Answer(b"[" + b" " * 200, drip=0.02), VisitLimits(seconds=0.3))


def test_lium__answer_too_large__is_down():
    with pytest.raises(SourceDown, match="more than 1000 bytes"):
        fetch(Answer(b" " * 50_000), VisitLimits(most_bytes=1_000))


def test_lium__connection_cut_within_the_answer__is_down():
    with pytest.raises(SourceDown):
        fetch(Answer(FIXTURE.read_bytes(), cut_at=700))


def test_lium__nobody_listens__is_down():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(SourceDown):
            fetch_venue(LIUM.asked_at(url, enabled=True), VENUES, NOON, {}, UNHURRIED)


@pytest.mark.parametrize("url", ["", "not a url", "ftp://127.0.0.1/x", "http://[::1"])
def test_lium__address_is_no_web_address__is_down(url):
    with pytest.raises(SourceDown):
        fetch_venue(LIUM.asked_at(url, enabled=True), VENUES, NOON, {}, UNHURRIED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b"{}",
        b"[]",
        b"null",
        b'[{"machine_name": "NVIDIA H200"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'[{"a":' * 50_000,
        b"[1]",
        b'["host"]',
        b"[null]",
    ],
)
def test_lium__answer_of_another_shape__is_malformed(body):
    with pytest.raises(SourceMalformed):
        fetch(Answer(body))


@pytest.mark.parametrize(
    "field", ["machine_name", "price_per_gpu", "gpu_count", "available_gpu_count", "specs"]
)
def test_lium__field_renamed_in_every_host__is_malformed_and_names_host_and_field(field):
    hosts = [{f"{k}_v2" if k == field else k: v for k, v in host.items()} for host in HOSTS]
    with pytest.raises(SourceMalformed, match=field) as failure:
        fetch(Answer(json.dumps(hosts).encode()))
    assert failure.value.where == "row 0"


def refused(**changes):
    """Why the first host is refused, while the others are read as if it were not there."""
    fetched = ask("lium", answer_with(**changes))
    assert fetched.quotes == fetch(Answer(json.dumps(HOSTS[1:]).encode()))
    ((where, reason),) = fetched.refused
    assert where == "row 0"
    return reason


@pytest.mark.parametrize(
    "field", ["machine_name", "price_per_gpu", "gpu_count", "available_gpu_count", "specs"]
)
def test_lium__field_missing_in_one_host__refuses_that_host_and_names_the_field(field):
    assert field in refused(**{field: None, f"{field}_v2": HOSTS[0][field]})


@pytest.mark.parametrize("price", [float("nan"), float("inf"), float("-inf")])
def test_lium__number_that_json_does_not_know__is_malformed(price):
    with pytest.raises(SourceMalformed, match="is not a number"):
        fetch(answer_with(price_per_gpu=price))


@pytest.mark.parametrize(
    "changes",
    [
        {"price_per_gpu": "free"},
        {"price_per_gpu": True},
        {"price_per_gpu": [1]},
        {"price_per_gpu": "1" * 41},
        {"gpu_count": "8"},
        {"gpu_count": -1},
        {"gpu_count": True},
        {"available_gpu_count": 1.5},
        {"machine_name": 7},
        {"specs": "spot"},
        {"specs": {"is_spot": "no"}},
    ],
)
def test_lium__field_of_another_type__refuses_its_host_and_every_host_when_all_have_it(changes):
    assert refused(**changes)
    with pytest.raises(SourceMalformed):
        fetch(Answer(json.dumps([host | changes for host in HOSTS]).encode()))


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (0, Reason.ZERO_OR_NEGATIVE),
        (-2.25, Reason.ZERO_OR_NEGATIVE),
        (0.5, Reason.PLACEHOLDER),
        # Python writes it 1.234e-06.
        (0.000001234, Reason.OUT_OF_BAND),
        (225, Reason.OUT_OF_BAND),
        (10**8, Reason.OUT_OF_BAND),
    ],
)
def test_lium__absurd_price__is_a_quote_that_the_screen_refuses(method, price, reason):
    body = json.dumps([HOSTS[0] | {"price_per_gpu": price}]).encode()
    screened = screen(fetch(Answer(body)), method, PANEL, NOON)
    assert [each.reason for each in screened.rejected] == [reason]


def test_lium__price_with_noise_digits__is_rounded_half_even():
    def price8(text):
        body = json.dumps([HOSTS[0]]).replace("2.25", text).encode()
        return read("lium", body).quotes[0].price8

    assert price8("8.000300000000001") == 800_030_000
    assert [price8("2.000000005"), price8("2.000000015")] == [200_000_000, 200_000_002]
