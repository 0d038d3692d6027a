"""Venues that a node asks, each with an answer in its shape, at servers of the test's own."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from oracle.fetch.collector import CollectionPlan
from tests.support.feed_visits import FIXTURES, KEYS, VENUES
from tests.support.misbehaving_venue import Answer, venue_server

ANSWERS: Final[Mapping[str, str]] = {
    "akash": "akash_gpu_prices.json",
    "digitalocean": "digitalocean_sizes.json",
    "hyperbolic": "hyperbolic_marketplace.json",
    "hyperstack": "hyperstack_pricebook.json",
    "lambda": "lambda_instance_types.json",
    "lium": "lium_executors.json",
    "nosana": "nosana_markets.json",
    "together-endpoints": "together_hardware.json",
    "verda": "verda_instance_types.json",
    "vultr": "vultr_plans_metal.json",
}
"""Every venue with a feed in JSON of its own, no page of which leads to another one."""

Edit = Callable[[Any], Any]


def document(slug: str) -> Any:
    """A venue's answer as it is made up in its shape."""
    return json.loads((FIXTURES / ANSWERS[slug]).read_text(encoding="utf-8"))


@contextmanager
def live_venues(*slugs: str) -> Iterator[tuple[CollectionPlan, dict[str, Answer]]]:
    """The plan of visits to these venues, by default to all; their answers may be changed."""
    answers = {slug: Answer((FIXTURES / ANSWERS[slug]).read_bytes()) for slug in slugs or ANSWERS}
    with ExitStack() as stack:
        urls = {slug: stack.enter_context(venue_server(each)) for slug, each in answers.items()}
        venues = tuple(VENUES[slug].asked_at(url, enabled=True) for slug, url in urls.items())
        yield CollectionPlan(venues, VENUES, 60, KEYS), answers
