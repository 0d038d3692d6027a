"""How firm prices are: carried by quotes as far as sources say it, and shown by weight and age."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.family import read_index
from oracle.quotes.classes import Availability, availability_of
from oracle.quotes.history import History
from oracle.sources.feed import BadFeed
from oracle.sources.feed_table import feed_of
from oracle.sources.recorded import append_recorded, load_recording
from tests.support.cli import run
from tests.support.feed_visits import FIXTURES, VENUES, body_of, fixture, read
from tests.support.quote_builders import METHOD_1, NOON, PANEL, USD, quote

WORDS = ("executed", "bookable", "sold_out", "placeholder", "other")


@given(st.sets(st.sampled_from(WORDS)))
def test_availability__of_any_flags__is_the_firmest_that_is_stated_and_else_a_list_price(flags):
    found = availability_of(flags)
    order = [Availability.EXECUTED, Availability.BOOKABLE, Availability.SOLD_OUT]
    assert found == next((each for each in order if each.value in flags), Availability.LISTED)


def test_feed__list_of_regions_with_capacity__says_bookable_or_sold_out():
    quotes = read("lambda", (FIXTURES / "lambda_instance_types.json").read_bytes()).quotes
    found = {each.gpu_model: each.availability for each in quotes}
    assert found == {
        "A10": Availability.BOOKABLE,
        "B200": Availability.BOOKABLE,
        "H100": Availability.SOLD_OUT,
    }


def test_feed__sold_out_for_months__keeps_its_price_and_loses_its_firmness():
    document = fixture("lambda_instance_types.json")
    [before] = [q for q in read("lambda", body_of(document)).quotes if q.gpu_model == "A10"]
    for row in document["data"].values():
        row["regions_with_capacity_available"] = []
    [after] = [q for q in read("lambda", body_of(document)).quotes if q.gpu_model == "A10"]
    assert (before.price8, before.availability) == (after.price8, Availability.BOOKABLE)
    assert after.availability is Availability.SOLD_OUT


@pytest.mark.parametrize(
    ("slug", "name", "stated"),
    [
        ("akash", "akash_gpu_prices.json", Availability.BOOKABLE),
        ("vultr", "vultr_plans_metal.json", Availability.BOOKABLE),
        ("verda", "verda_instance_types.json", Availability.LISTED),
        ("hyperstack", "hyperstack_pricebook.json", Availability.LISTED),
    ],
)
def test_feed__what_a_source_does_not_say__is_not_assumed(slug, name, stated):
    quotes = read(slug, (FIXTURES / name).read_bytes()).quotes
    assert {each.availability for each in quotes} == {stated}


def test_recording__of_fetched_quotes__keeps_how_firm_they_are(tmp_path):
    quotes = read("lambda", (FIXTURES / "lambda_instance_types.json").read_bytes()).quotes
    append_recorded(tmp_path / "q.csv", quotes)
    assert load_recording(tmp_path / "q.csv", VENUES).quotes == quotes


def test_feed__a_word_for_what_is_not_stated__is_refused():
    row = {
        "kind": "rest",
        "url": "http://x",
        "terms": "open",
        "attribution": "x",
        "name": ["n"],
        "tier": {"const": "on_demand"},
        "price": [{"path": "p", "unit": "usd", "per": "gpu"}],
    }
    for bad in ({"const": "listed"}, {"const": "firm"}, {"path": "a", "filled": "bookable"}):
        with pytest.raises(BadFeed):
            feed_of("x", {**row, "availability": bad})


PROVIDERS = sorted(PANEL.providers)[:5]


@given(st.lists(st.sampled_from(WORDS[:3]), min_size=5, max_size=5), st.integers(0, 3_600))
def test_reading__of_any_mix__shares_add_up_to_the_whole_and_ages_are_those_of_the_newest(
    stated, lag
):
    midnight = NOON - NOON % 86_400
    quotes = [
        quote(
            provider=provider,
            price8=2 * USD + place,
            observed_at=moment,
            flags=(word,),
        )
        for place, (provider, word) in enumerate(zip(PROVIDERS, stated, strict=True))
        for moment in (midnight - 3_600, NOON - PANEL.lag_s - lag)
    ]
    reading = read_index(History.of(quotes), METHOD_1, PANEL, NOON)
    assert sum(reading.availability_ppm.values()) == 10**6
    assert {kind.value for kind in reading.availability_ppm} == set(stated)
    assert dict(reading.provider_age_s) == dict.fromkeys(PROVIDERS, PANEL.lag_s + lag)


def test_show__the_sample__says_that_all_of_it_are_list_prices_and_how_old_they_are():
    rows = run("index", "show", "--as-of", "2026-04-01T12:00:00Z", "--json").json["indices"]
    par = rows[0]
    assert par["availability_ppm"] == {"listed": 10**6}
    assert len(par["provider_age_s"]) == par["providers"]
    assert all(0 <= age <= 36 * 3_600 for age in par["provider_age_s"].values())
    assert "100.0 % listed" in run("index", "show", "--as-of", "2026-04-01T12:00:00Z").out
