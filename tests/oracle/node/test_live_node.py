"""A node that asks venues itself and reads no recording: what it fetched is signed and replays."""

import json
import time
from contextlib import ExitStack

import pytest

from oracle.audit.audit import Auditor
from oracle.audit.replay import Match
from oracle.fetch.quote_store import FILE, QuoteStore
from oracle.index.method import load_method
from oracle.node.config import NodeConfig
from oracle.node.quote_source import known_quotes
from oracle.sources.fields import instant_text
from pargrade.clock import DAY_S, midnight_of
from pargrade.deployment.submission import read_submission
from pargrade.settings import BadConfig
from tests.support.command import document, run
from tests.support.feed_visits import FIXTURES
from tests.support.misbehaving_venue import Answer, venue_server
from tests.support.nodes import nodes, until

pytestmark = pytest.mark.full

PROVIDERS = ("civo", "crusoe", "hyperstack", "koyeb", "nebius", "vultr")


def listed(now: int) -> bytes:
    """What six providers ask, as an aggregator lists it: an hour before midnight, and just now."""
    seen = (midnight_of(now) - 3_600, now - 120)
    rows = [
        {
            "provider": provider,
            "gpu": "H100 SXM",
            "vram_gb": 80,
            "usd_hr": 2.40 + 0.1 * place,
            "kind": "on-demand",
            "fetched_at": instant_text(moment),
        }
        for place, provider in enumerate(PROVIDERS)
        for moment in seen
    ]
    return json.dumps({"offers": rows}).encode()


@pytest.fixture
def live(tmp_path):
    """Nodes whose quotes come from two venues, and from nowhere else."""
    # By the wall clock: what is fetched is of now, and a day's first hours have no quotes before.
    now = int(time.time())
    with ExitStack() as stack:
        good = stack.enter_context(venue_server(Answer(listed(now)), "/latest.json"))
        lium = Answer((FIXTURES / "lium_executors.json").read_bytes())
        down = stack.enter_context(venue_server(Answer(status=503)))
        direct = stack.enter_context(venue_server(lium))
        found = stack.enter_context(nodes(tmp_path, genesis=now - 60))
        for path in found.paths:
            text = path.read_text().replace(
                'sample = "shipped"\n', 'sample = "no-such-recording.csv"\n'
            )
            panel = json.dumps([*PROVIDERS, "lium"])
            start, rest = text.split("providers = [", 1)
            text = f"{start}providers = {panel}{rest.split(']', 1)[1]}"
            path.write_text(
                f'{text}\n[live]\nvenues = ["gpurentalprices", "lium", "akash"]\n'
                f'[live.urls]\ngpurentalprices = "{good}"\nlium = "{direct}"\nakash = "{down}"\n'
            )
        yield found


def test_node__from_live_sources_only__signs_what_it_fetched_and_it_replays(live):
    live.start(0, 1, 2, 3)
    store = live.configs[0].data / FILE
    until(lambda: store.exists() and _asked(live) == 3, "three visits", 60)
    until(lambda: live.last_slot, f"a round; the log:\n{live.log}", 60)
    slot = live.last_slot
    assert "Traceback" not in live.log

    rows = {
        row["venue"]: row for row in document(run("oracle", "sources", live.paths[0], "--json"))
    }
    assert (rows["lium"]["state"], rows["gpurentalprices"]["state"]) == ("good", "good")
    assert (rows["akash"]["state"], rows["akash"]["last_success"]) == ("down", None)
    assert rows["lium"]["terms"] == "open"

    by_reporter = {config.reporter: config for config in live.configs}
    auditor = Auditor(load_method(), by_reporter, known_quotes)
    submission = read_submission(live.chain, live.configs[0].chain.index, str(slot))
    assert [type(each.verdict) for each in auditor.audit(submission)] == [Match] * 4


def _asked(live) -> int:
    store = QuoteStore(live.configs[0].data)
    try:
        records = [store.read_venue(slug) for slug in live.configs[0].live.venues]
        return sum(record.outcome is not None for record in records)
    finally:
        store.close()


WRONG = [
    ('venues = ["runpod"]', "terms of use forbid it"),
    ('venues = ["nobody"]', "no venue is listed"),
    ('venues = ["koyeb"]', "has no feed"),
    ('venues = ["lium", "lium"]', "names one twice"),
    ('venues = ["lium"]\ninterval_s = 5', "a whole number between 60"),
    ('venues = ["lium"]\nurls = { akash = "http://127.0.0.1:9" }', "which venues does not name"),
]


@pytest.mark.parametrize(("words", "reason"), WRONG)
def test_config__live_venues_that_cannot_be_asked__are_refused_before_the_start(
    node_file, words, reason
):
    node_file.write_text(f"{node_file.read_text()}\n[live]\n{words}\n")
    with pytest.raises(BadConfig, match=reason):
        NodeConfig.read(node_file)


def test_config__live_and_replayed__is_refused(node_file):
    text = node_file.read_text()
    more = f"\n[live]\nvenues = ['lium']\n[source]\nreplay_offset_s = {DAY_S}\n"
    node_file.write_text(text + more)
    with pytest.raises(BadConfig, match="replay_offset_s has to be 0"):
        NodeConfig.read(node_file)


@pytest.fixture
def node_file(tmp_path):
    from tests.oracle.node.test_config import GOOD

    path = tmp_path / "node.toml"
    path.write_text(GOOD)
    return path
