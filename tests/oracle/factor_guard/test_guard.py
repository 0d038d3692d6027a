"""The guard on a real chain: it closes what left its band, once, and says what it may not close."""

import json
from collections import Counter
from datetime import UTC, datetime

import httpx
import pytest

from oracle.factor_guard.daemon import GuardDaemon, create_api
from oracle.factor_guard.guard import FactorGuard
from oracle.factor_guard.look import look_at
from oracle.factor_guard.prices import NoFetchedQuotes, fetched_prices, recorded_prices
from oracle.fetch.quote_store import QuoteStore
from oracle.sources.factor_prices import read_rows, rows_of
from oracle.sources.recorded import load_recording
from oracle.sources.venue import load_venues
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeClosed, GradeRegistry
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.deployment.roles import Role
from pargrade.deployment.session import open_session
from pargrade.devnet.accounts import ADMIN, CURATOR, DESK, GUARDIAN
from pargrade.devnet.anvil import Devnet
from pargrade.factor.published import published_tables
from pargrade.factor.table import load_facts
from pargrade.process.ports import free_ports
from tests.support.drifted import write_drifted
from tests.support.forked import Forked
from tests.support.nodes import until
from tests.support.serving import serving
from tests.support.world import World

pytestmark = pytest.mark.full

NOW = int(datetime(2026, 6, 29, 12, tzinfo=UTC).timestamp())
"""Two days before the drifted recording ends: prices of later are not looked at."""
DAYS = 30
TABLE = published_tables()[0]
FACTS = load_facts(TABLE.method)


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    return write_drifted(tmp_path_factory.mktemp("quotes") / "later.csv")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    with Devnet(genesis=NOW) as devnet:
        made = World(devnet.chain, devnet.url, tmp_path_factory.mktemp("guard"))
        assert made.run("deploy").code == 0
        yield made


@pytest.fixture
def world(deployed):
    with deployed.chain.restored():
        yield deployed


def guard_of(world, recording, actor):
    session = open_session(world.url, world.path)
    wallet = None if actor is None else Wallet(session.chain, actor.key)
    return FactorGuard(session, recorded_prices(recording), wallet, DAYS)


def closings(world):
    registry = GradeRegistry(world.chain, world.deployment.address("GradeRegistry"))
    events = registry.history(GradeClosed, first=0, last=world.chain.head().number)
    return [event.unit for _, event in events]


def test_guard__a_factor_outside_its_band__closes_its_grades_once_and_says_why(world, drifted):
    guard = guard_of(world, drifted, GUARDIAN)
    first = guard.look()
    assert "A100-SXM-80" in first.look.outside
    assert "A1GH" in {each.closing.symbol for each in first.closed}
    assert first.left_open == ()
    assert all(each.reason == first.look.outside[each.closing.model] for each in first.closed)
    assert "outside 0." in first.look.outside["A100-SXM-80"]
    assert closings(world) == [each.closing.unit for each in first.closed]
    refused = world.run("wrap", "A1GH", "10")
    assert refused.code != 0
    assert "closed" in refused.error
    height = world.chain.head().number
    again = guard.look()
    assert (again.closed, again.left_open) == ((), ())
    assert world.chain.head().number == height


def test_guard__without_the_role__names_the_grade_and_the_key_until_it_is_granted(world, drifted):
    daemon = GuardDaemon(guard_of(world, drifted, DESK), DAY_S, lambda _: None)
    assert not daemon.look()
    with serving(create_api(daemon)) as client:
        response = client.get("/health")
        assert response.status_code == 503
        assert any(DESK.address in problem for problem in response.json()["problems"])
        assert "pargrade_factor_grades_to_close 0.0" not in client.get("/metrics").text
        assert closings(world) == []
        governance = Governance(world.chain, world.deployment.address("Governance"))
        world.send(ADMIN, governance.grant_role(Role.GUARDIAN, DESK.address, 0))
        assert daemon.look()
        assert client.get("/health").json()["problems"] == []
        assert "pargrade_factor_grades_to_close 0.0" in client.get("/metrics").text
    assert closings(world) != []


def test_guard__that_may_not_send__closes_nothing_and_names_the_call(world, drifted):
    with world.unchanged():
        found = guard_of(world, drifted, None).look()
    assert found.closed == ()
    assert {each.obstacle for each in found.left_open} == {"closing is off"}
    assert all(each.to_json()["data"].startswith("0x") for each in found.left_open)


def test_guard__prices_that_ended_weeks_ago__closes_nothing_by_them(world, drifted):
    world.chain.advance(NOW + 30 * DAY_S)
    found = guard_of(world, drifted, CURATOR).look()
    assert (found.look.fits, found.closed) == ((), ())
    assert "A100-SXM-80" in found.look.unknown


def test_look__factors_inside_their_bands__finds_nothing_outside(tmp_path):
    plain = read_rows(write_drifted(tmp_path / "same.csv", times=1.0))
    found = look_at(plain, TABLE, FACTS, NOW, DAYS)
    assert found.fits
    assert found.outside == {}
    assert {fit.last_day for fit in found.fits} == {NOW // DAY_S - 1}


def test_prices__of_fetched_quotes__are_those_of_a_recording_of_them():
    # A quote is the lowest offer of its line; the factors of the table are fitted to the middle.
    recorded, fetched = read_rows(SAMPLE), rows_of(load_recording(SAMPLE, load_venues()).quotes)
    assert Counter(row[:-1] for row in fetched) == Counter(row[:-1] for row in recorded)
    assert sum(row.price8 for row in fetched) <= sum(row.price8 for row in recorded)


def test_prices__of_a_folder_that_no_node_fetched_into__are_refused(tmp_path):
    with pytest.raises(NoFetchedQuotes):
        fetched_prices(tmp_path)
    QuoteStore(tmp_path).close()
    assert fetched_prices(tmp_path)(0) == []


def test_command__once__ends_with_three_while_a_grade_is_left_open(world, drifted):
    words = ("unit", "guard", "--sample", str(drifted), "--days", str(DAYS), "--once", "--json")
    with world.unchanged():
        looked = world.run(*words)
    assert looked.code == 3
    assert json.loads(looked.out)["left_open"]
    closed = world.run(*words, "--close")
    assert closed.code == 0, closed.err
    assert json.loads(closed.out)["closed"]
    assert world.run(*words).code == 0


def test_command__as_a_service__closes_by_itself_and_ends_when_it_is_told(world, drifted, tmp_path):
    [port] = free_ports(1)
    words = ("unit", "guard", "--sample", drifted, "--days", DAYS, "--close", "--api-port", port)
    chain = ("--rpc-url", world.url, "--deployment", world.path)
    running = Forked(*words, *chain, log=tmp_path / "log")
    try:
        until(lambda: closings(world) or not running.alive, "a closing", 60)
        assert running.alive, (tmp_path / "log").read_text()
        until(lambda: httpx.get(f"http://127.0.0.1:{port}/health").json()["ok"], "health", 60)
        running.stop(60)
        assert running.code == 143
    finally:
        running.kill()
    assert "closed A1GH" in (tmp_path / "log").read_text()
