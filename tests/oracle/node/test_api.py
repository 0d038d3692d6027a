"""What a node answers over HTTP, and how it refuses."""

import json
import socket
import sqlite3
from dataclasses import replace

import httpx
import pytest

from oracle.evidence.evidence import Evidence
from oracle.index.family import load_family, read_family
from oracle.journal.journal import FILE
from oracle.node.api import create_api
from oracle.node.daemon import listen
from oracle.node.family_board import FamilyBoard
from oracle.node.node import Node
from oracle.node.quote_source import open_source
from oracle.node.tick import Landed, tick
from oracle.sources.errors import SourceDown
from pargrade.chain.wallet import Wallet
from pargrade.process.schedule import ScheduleReport
from pargrade.settings import BadConfig
from pargrade.spot_index.observation import SignedObservation
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, nodes, until
from tests.support.proxy import fault_proxy
from tests.support.serving import serving


def punctual(missed=0, on_time=True):
    return ScheduleReport(on_time=on_time, runs=9, late=0, missed=missed, clock_jumps=0)


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


@pytest.fixture
def node(alone):
    opened = Node.open(alone.configs[0])
    yield opened
    opened.close()


@pytest.fixture
def api(node):
    with serving(create_api(node, polls=lambda: punctual(missed=3))) as client:
        yield client


def problem(response, status, title):
    """A problem document of RFC 9457, checked to be one and to be in the API's description."""
    path = "/" + response.url.path.split("/")[1]
    documented = httpx.get(response.url.join("/openapi.json")).json()["paths"]
    (described,) = [each for name, each in documented.items() if name.startswith(path)]
    content = described["get"]["responses"][str(status)]["content"]
    assert list(content) == ["application/problem+json"]
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["title"]) == (status, title)
    return body["detail"]


def test_health__before_and_after_a_round__tells_node_chain_and_journal(api, node):
    before = api.get("/health")
    assert before.status_code == 200
    assert before.json()["last_slot"] is None
    tick(node, 0.0)
    until(lambda: api.get("/health").json()["last_slot"], "health after the round")
    facts = api.get("/health").json()
    assert facts["ok"] is True
    assert (facts["chain_id"], facts["epoch"], facts["position"]) == (31337, 1, 0)
    assert facts["reporter"] == REPORTERS[0].address
    assert facts["last_slot"] == GENESIS
    assert facts["last_round_age_s"] == facts["head"]["timestamp"] - GENESIS
    assert facts["missed_polls"] == 3


def test_health__chain_down__is_503_and_says_why(api, alone):
    alone.devnet.stop()
    response = api.get("/health")
    assert response.status_code == 503
    assert "no answer from" in response.json()["chain"]
    assert response.json()["journal"] == "ok"


def test_health__journal_locked__is_503_and_says_why(api, node):
    with sqlite3.connect(node.config.data / FILE, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        response = api.get("/health")
        other.execute("ROLLBACK")
    assert response.status_code == 503
    assert "locked" in response.json()["journal"]
    assert response.json()["chain"] == "ok"


def test_index__before_anything_was_computed__is_not_found(api):
    problem(api.get("/index"), 404, "NoIndex")


def test_index__after_a_round__has_amounts_as_text_and_its_evidence(api, node):
    outcome = tick(node, 0.0)
    assert isinstance(outcome, Landed)
    facts = api.get("/index").json()
    assert facts["availability_ppm"] == {"listed": 10**6}
    assert facts["value8"] == str(outcome.report.medians[0])
    assert isinstance(facts["confidence8"], str)
    assert facts["providers"] >= 3
    assert (facts["slot"], facts["as_of"], facts["replayed"]) == (GENESIS, GENESIS, False)
    assert facts["index"] == "SCU / USD"
    assert facts["evidence_root"] == "0x" + outcome.report.parts[0].evidence_root.hex()


def test_family__before_anything_was_computed__is_not_found(api):
    problem(api.get("/family"), 404, "NoIndex")


def test_family__after_a_round__has_every_index_and_signs_the_one_of_the_chain(api, node, sample):
    tick(node, 0.0)
    found = api.get("/family").json()
    signed = api.get("/index").json()
    assert found["as_of"] == signed["as_of"]
    family = load_family()
    readings = read_family(sample, family, node.config.panel, found["as_of"])
    for stated, reading in zip(found["indices"], readings, strict=True):
        assert stated["index"] == reading.method.index
        assert stated["state"] == reading.state
        assert stated.get("value8") == reading.value.to_json().get("value8")
        assert stated["signed"] == (stated["index"] == signed["index"])
    assert found["indices"][0]["value8"] == signed["value8"]
    assert {"thin", "live"} <= {each["state"] for each in found["indices"]}


def test_family__one_index_breaks__is_named_with_its_reason_and_stops_no_other(
    node, sample, monkeypatch
):
    board, as_of = FamilyBoard(node.config, load_family()), GENESIS
    whole = json.loads(board.read(as_of))["indices"]
    broken = FamilyBoard(node.config, load_family())

    def open_or_fail(config, method):
        if method.index == "H100 / USD":
            raise SourceDown("quotes", "the disk is gone")
        return open_source(config, method)

    monkeypatch.setattr("oracle.node.family_board.open_source", open_or_fail)
    found = json.loads(broken.read(as_of))["indices"]
    assert [each for each in found if each["index"] != "H100 / USD"] == [
        each for each in whole if each["index"] != "H100 / USD"
    ]
    [failed] = [each for each in found if each["index"] == "H100 / USD"]
    assert failed["state"] == "failed"
    assert "the disk is gone" in failed["reason"]


def test_observation__asked_twice__is_the_same_bytes_and_the_reporters(api, node):
    first = api.get(f"/observation?slot={GENESIS}")
    assert first.status_code == 200
    assert first.content == api.get(f"/observation?slot={GENESIS}").content
    signed = SignedObservation.from_json(first.json())
    assert signed.reporter(node.chain_state_reader.domain) == REPORTERS[0].address
    assert signed.observation.slot == GENESIS
    assert all(isinstance(value, str) for value in first.json()["observation"]["values"])


def test_observation__of_a_block_nobody_polled_yet__looks_at_the_chain(api, alone):
    assert api.get(f"/observation?slot={GENESIS}").status_code == 200
    alone.chain.advance(GENESIS + HOUR)
    assert api.get(f"/observation?slot={GENESIS + HOUR}").status_code == 200


REFUSED = [
    (GENESIS + HOUR - 30, 400, "SlotOffGrid"),
    (GENESIS + HOUR + 60, 409, "SlotAhead"),
    (GENESIS + HOUR - 960, 410, "SlotExpired"),
    (0, 410, "SlotExpired"),
    (2**40 // 60 * 60, 409, "SlotAhead"),
]


@pytest.mark.parametrize(("slot", "status", "title"), REFUSED)
def test_observation__of_a_slot_that_is_not_open__is_one_clear_problem(
    api, alone, slot, status, title
):
    alone.chain.advance(GENESIS + HOUR)
    detail = problem(api.get(f"/observation?slot={slot}"), status, title)
    assert str(slot) in detail


@pytest.mark.parametrize("query", ["", "?slot=", "?slot=now", "?slot=-60", f"?slot={2**40}"])
def test_observation__of_no_slot_at_all__is_unprocessable(api, query):
    assert "slot" in problem(api.get(f"/observation{query}"), 422, "BadRequest")


def test_observation__with_nothing_to_report__is_not_found(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1, genesis=1_772_323_200) as early:
        node = Node.open(early.configs[0])
        with serving(create_api(node, polls=punctual)) as api:
            response = api.get("/observation?slot=1772323200")
            assert "NO_BASE" in problem(response, 404, "NothingToReport")
        node.close()


def test_observation__of_a_reporter_without_duty__is_forbidden(tmp_path):
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        node = Node.open(three.configs[2])
        method_hash = node.chain_state_reader.read().reporters.method_hash
        change = three.index.set_reporters(1, method_hash, (REPORTERS[0].address,))
        Wallet(three.chain, KEYS[0]).send(change)
        node.chain_state_reader.read()
        with serving(create_api(node, polls=punctual)) as api:
            problem(api.get(f"/observation?slot={GENESIS}"), 403, "NotReporter")
        node.close()


def test_observation__chain_down__is_unavailable_unless_it_was_signed(api, alone):
    signed = api.get(f"/observation?slot={GENESIS}")
    alone.devnet.stop()
    assert api.get(f"/observation?slot={GENESIS}").content == signed.content
    assert "no answer" in problem(api.get(f"/observation?slot={GENESIS + 60}"), 503, "RpcDown")


def test_evidence__of_an_observation__hashes_to_its_root(api):
    observation = api.get(f"/observation?slot={GENESIS}").json()["observation"]
    response = api.get(f"/evidence/{observation['evidence_root']}")
    assert response.headers["content-type"] == "application/gzip"
    evidence = Evidence.unpack(response.content)
    assert "0x" + evidence.root.hex() == observation["evidence_root"]
    assert evidence.facts["value"]["value8"] == observation["values"][0]


@pytest.mark.parametrize("root", ["0x" + "00" * 32, "zz", "0x12"])
def test_evidence__of_no_observation__is_not_found(api, root):
    problem(api.get(f"/evidence/{root}"), 404, "NoEvidence")


def test_rounds__newest_first__as_the_chain_has_them(api, alone, node):
    assert api.get("/rounds").json() == []
    for hour in range(3):
        if hour:
            alone.chain.advance(GENESIS + HOUR * hour)
        assert isinstance(tick(node, 0.0), Landed)
    rounds = api.get("/rounds").json()
    assert [each["slot"] for each in rounds] == [GENESIS + HOUR * hour for hour in (2, 1, 0)]
    assert [each["round"] for each in rounds] == [3, 2, 1]
    assert rounds[0]["value8"] == str(node.reporter.determine(GENESIS + 2 * HOUR).value.value8)
    assert [each["slot"] for each in api.get("/rounds?last=1").json()] == [GENESIS + 2 * HOUR]
    problem(api.get("/rounds?last=0"), 422, "BadRequest")


def test_rounds__many_of_them__are_read_from_the_chain_once(alone):
    with fault_proxy(alone.devnet.url) as proxy:
        chain = alone.configs[0].chain.model_copy(update={"rpc": (proxy.url,)})
        node = Node.open(replace(alone.configs[0], chain=chain))
        for hour in range(6):
            if hour:
                alone.chain.advance(GENESIS + HOUR * hour)
            assert isinstance(tick(node, 0.0), Landed)
        with serving(create_api(node, punctual)) as api:
            first = api.get("/rounds?last=100").json()
            assert [each["round"] for each in first] == [6, 5, 4, 3, 2, 1]
            calls = proxy.asked["eth_call"]
            for _ in range(20):
                assert api.get("/rounds?last=100").json() == first
            assert proxy.asked["eth_call"] == calls
            # On a new block only what is young is read again: it might be on another branch.
            alone.chain.mine()
            assert api.get("/rounds?last=100").json() == first
            assert proxy.asked["eth_call"] <= calls + 3
        node.close()


def test_rounds__on_another_branch_of_the_chain__are_those_of_that_branch(api, alone, node):
    tick(node, 0.0)
    with alone.chain.restored():
        alone.chain.advance(GENESIS + HOUR)
        tick(node, 0.0)
        assert [each["round"] for each in api.get("/rounds").json()] == [2, 1]
    alone.chain.mine()
    assert [each["round"] for each in api.get("/rounds").json()] == [1]


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/docs", 404), ("/%0d%0aX", 404)])
def test_api__a_path_that_is_not_there__is_a_problem_in_one_line(api, path, status):
    response = api.get(path)
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert response.json()["detail"].isprintable()


def test_api__another_method__is_a_problem_and_names_what_is_allowed(api):
    response = api.post("/rounds")
    assert (response.status_code, response.headers["allow"]) == (405, "GET")
    assert response.json()["status"] == 405


def test_evidence__of_a_root_with_terminal_codes__escapes_it(api):
    detail = problem(api.get("/evidence/%1b[2J%0aroot"), 404, "NoEvidence")
    assert detail == "no evidence with root \\x1b[2J\\nroot"


def test_api__every_path__is_in_its_own_description(api):
    paths = json.loads(api.get("/openapi.json").content)["paths"]
    assert sorted(paths) == [
        "/download",
        "/evidence/{root}",
        "/family",
        "/health",
        "/history",
        "/index",
        "/metrics",
        "/observation",
        "/rounds",
        "/sightings",
    ]


def test_listening__is_told_to_be_tcp__or_every_answer_would_wait_40_ms(alone):
    with listen(alone.configs[0]) as listening:
        assert listening.proto == socket.IPPROTO_TCP
        assert listening.getsockname() == ("127.0.0.1", alone.configs[0].port)
        with pytest.raises(BadConfig, match="Address already in use") as taken:
            listen(alone.configs[0])
        assert "Another process has this port" in taken.value.hint
