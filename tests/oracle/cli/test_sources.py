"""`pargrade oracle sources` and `oracle record`: how venues reply, and what they answered."""

import json
import time

import pytest

from oracle.fetch.collector import visit
from oracle.fetch.quote_store import QuoteStore
from oracle.fetch.venue_record import FetchOutcome
from tests.oracle.node.test_config import GOOD
from tests.support.cli import run
from tests.support.feed_visits import FIXTURES
from tests.support.live_venues import document, live_venues
from tests.support.misbehaving_venue import Answer, venue_server


@pytest.fixture
def node(tmp_path):
    """A configuration that asks two venues, and the store of its node."""
    path = tmp_path / "node.toml"
    path.write_text(f'{GOOD}\n[live]\nvenues = ["verda", "lium"]\n')
    (tmp_path / "data").mkdir()
    store = QuoteStore(tmp_path / "data")
    yield path, store
    store.close()


def test_sources__of_a_node__says_success_age_canary_and_terms_of_each(node):
    path, store = node
    with live_venues("verda") as (plan, _):
        visit(plan.venues[0], plan, store, int(time.time()) - 7_200)
    verda, lium = run("oracle", "sources", str(path), "--json").json
    assert (verda["state"], verda["quotes"], verda["terms"]) == ("good", 5, "unstated")
    assert 7_200 <= verda["age_s"] < 7_300
    assert (verda["canary_fields"], verda["canary_prices"]) == (5, 5)
    assert (lium["state"], lium["age_s"], lium["terms"]) == ("not asked yet", None, "open")
    assert "2 h" in run("oracle", "sources", str(path)).out


def test_sources__a_venue_drifted__says_what_changed_and_accept_lets_it_in(node):
    path, store = node
    with live_venues("verda") as (plan, answers):
        venue, now = plan.venues[0], int(time.time())
        visit(venue, plan, store, now)
        reply = document("verda")
        for row in reply:
            row["price_per_hour"] = str(10 * float(row["price_per_hour"]))
        answers["verda"].body = json.dumps(reply).encode()
        assert visit(venue, plan, store, now + 1) is FetchOutcome.DRIFTED
        assert "rose by more than a factor of 3" in run("oracle", "sources", str(path)).out
        accepted = run("oracle", "sources", str(path), "--accept", "verda", "--json").json
        assert accepted[0]["canary_fields"] is None
        assert visit(venue, plan, store, now + 2) is FetchOutcome.GOOD


def test_sources__accepting_a_venue_the_node_does_not_ask__is_refused(node):
    refused = run("oracle", "sources", str(node[0]), "--accept", "akash")
    assert "does not ask 'akash'" in refused.error
    assert "verda, lium" in refused.hint


def test_record__what_a_venue_answers__is_kept_byte_for_byte_with_its_origin(tmp_path):
    body = (FIXTURES / "lium_executors.json").read_bytes()
    with venue_server(Answer(body)) as url:
        words = ("oracle", "record", "lium", "--enable", "--url", url, "--out", str(tmp_path))
        done = run(*words, "--json").json
    [kept] = tmp_path.glob("lium-*-1.json")
    assert done["files"] == [str(kept)]
    assert kept.read_bytes() == body
    about = json.loads(kept.with_name(f"{kept.stem}.about.json").read_text())
    assert (about["url"], about["bytes"]) == (url, len(body))
    again = run("oracle", "fetch", "lium", "--saved", str(kept), "--json").json
    assert len(again["quotes"]) == done["quotes"] > 0


def test_record__an_answer_that_cannot_be_read__is_kept_and_the_reason_is_said(tmp_path):
    with venue_server(Answer(b'{"new": "format"}')) as url:
        words = ("oracle", "record", "lium", "--enable", "--url", url, "--out", str(tmp_path))
        done = run(*words, "--json").json
    assert done["quotes"] == 0
    assert "malformed" in done["problem"]
    assert len(done["files"]) == 1


def test_record__venue_down_or_off__keeps_nothing(tmp_path):
    with venue_server(Answer(status=500)) as url:
        words = ("oracle", "record", "lium", "--url", url, "--out", str(tmp_path / "answers"))
        assert run(*words).code == 1
        assert run(*words, "--enable").code == 1
    assert list(tmp_path.iterdir()) == []
