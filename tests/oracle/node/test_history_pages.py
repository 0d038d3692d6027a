"""The history of rounds over a node's API: whole in pages, as files, and while the chain moves."""

import csv
import io

import polars as pl
import pytest

from oracle.node.api import create_api
from oracle.node.history_pages import HistoryPages, Selection
from oracle.node.node import Node
from oracle.node.tick import Landed, tick
from pargrade.chain.wallet import Wallet
from pargrade.process.schedule import ScheduleReport
from tests.support.liars import lie
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, nodes
from tests.support.serving import serving

ROUNDS = 5
PUNCTUAL = ScheduleReport(on_time=True, runs=9, late=0, missed=0, clock_jumps=0)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with nodes(tmp_path_factory.mktemp("history"), reporters=1, quorum=1) as first:
        yield first


@pytest.fixture(scope="module")
def node(found):
    opened = Node.open(found.configs[0])
    for hour in range(ROUNDS):
        if hour:
            found.chain.advance(GENESIS + hour * HOUR)
        assert isinstance(tick(opened, 0.0), Landed)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def api(node):
    with serving(create_api(node, polls=lambda: PUNCTUAL)) as client:
        yield client


def pages(api, **query):
    """Every page, following `next`."""
    since, found = 0, []
    while since is not None:
        page = api.get("/history", params={"since": since, **query}).json()
        found.append(page)
        since = page["next"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 5, 1_000])
def test_history__in_pages_of_any_size__is_every_round_once(api, node, limit):
    node.chain_state_reader.read()
    found = pages(api, limit=limit)
    rows = [row for page in found for row in page["rounds"]]
    assert [row["slot"] for row in rows] == [GENESIS + hour * HOUR for hour in range(ROUNDS)]
    assert all(len(page["rounds"]) <= limit for page in found)
    assert {row["mark"] for row in rows} == {"recorded"}
    assert {page["complete_from"] for page in found} == {0}


def test_history__of_a_time_and_an_index__is_that_alone(api, node):
    node.chain_state_reader.read()
    query = {"since": GENESIS + HOUR, "until": GENESIS + 3 * HOUR, "index": "SCU / USD"}
    page = api.get("/history", params=query).json()
    assert [row["slot"] for row in page["rounds"]] == [GENESIS + HOUR, GENESIS + 2 * HOUR]
    assert page["next"] is None


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_download__has_the_rows_of_the_pages_and_a_name(api, node, form):
    node.chain_state_reader.read()
    wanted = [row for page in pages(api) for row in page["rounds"]]
    response = api.get("/download", params={"form": form})
    assert response.headers["content-disposition"] == f'attachment; filename="history.{form}"'
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
        assert rows == [{name: str(value) for name, value in row.items()} for row in wanted]
    else:
        frame = pl.read_parquet(response.content)
        assert frame["value8"].to_list() == [int(row["value8"]) for row in wanted]
        assert frame["slot"].to_list() == [row["slot"] for row in wanted]


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/history?index=other", 404, "NoSuchIndex"),
        ("/history?limit=0", 422, "BadRequest"),
        ("/history?limit=1001", 422, "BadRequest"),
        ("/history?since=-1", 422, "BadRequest"),
        ("/download?form=xls", 422, "BadRequest"),
        ("/download?index=other", 404, "NoSuchIndex"),
    ],
)
def test_history__what_is_not_there__is_refused_by_a_documented_problem(api, path, status, title):
    response = api.get(path)
    assert (response.status_code, response.json()["title"]) == (status, title)
    described = api.get("/openapi.json").json()["paths"]["/" + response.url.path.split("/")[1]]
    assert str(status) in described["get"]["responses"]


def test_download__of_more_rounds_than_a_file_may_have__is_refused_with_the_number(
    api, node, monkeypatch
):
    node.chain_state_reader.read()
    monkeypatch.setattr("oracle.node.history_pages.MOST_DOWNLOADED", ROUNDS - 1)
    # Another selection than before: what was made is handed out again.
    response = api.get("/download", params={"until": GENESIS + 99 * HOUR})
    assert (response.status_code, response.json()["title"]) == (413, "TooManyRounds")
    assert f"{ROUNDS} rounds" in response.json()["detail"]


def test_pages__blocks_that_settle_and_events_let_go__say_from_where_they_are_whole(
    node, monkeypatch
):
    head = node.chain_state_reader.read().head
    everything = Selection("", 0, 1 << 40)
    whole = HistoryPages(node.endpoints, node.config.chain).page(everything, 99, head)
    monkeypatch.setattr("oracle.node.history_pages._SETTLED_BLOCKS", 1)
    settled = HistoryPages(node.endpoints, node.config.chain)
    assert settled.page(everything, 99, head) == whole
    monkeypatch.setattr("oracle.node.history_pages._MOST_KEPT", 2)
    short = HistoryPages(node.endpoints, node.config.chain).page(everything, 99, head)
    assert b'"complete_from":0' not in short
    assert short.count(b'"slot"') < whole.count(b'"slot"') == ROUNDS


def test_history__a_reporter_is_found_out__the_next_page_marks_the_round(found, api, node):
    before = [row for page in pages(api) for row in page["rounds"]]
    state = node.chain_state_reader.read()
    proof = lie(found.index, REPORTERS[0], state.epoch, GENESIS + 2 * HOUR)
    Wallet(found.chain, KEYS[0]).send(proof)
    node.chain_state_reader.read()
    after = [row for page in pages(api) for row in page["rounds"]]
    assert [row["revision"] for row in after] == [0, 0, 1, 0, 0]
    assert after[2]["mark"] == "contested"
    assert [row["value8"] for row in after] == [row["value8"] for row in before]
