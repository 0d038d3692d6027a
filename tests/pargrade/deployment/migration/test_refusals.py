"""Series that the new market refuses: the others move, and the plan says it before."""

from collections.abc import Iterator

import pytest

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.chain.wallet import Wallet
from pargrade.deployment.file import Deployment
from pargrade.deployment.migration import plan as plans
from pargrade.deployment.migration.move import migrate
from pargrade.deployment.migration.plan import Migration
from pargrade.deployment.session import Session
from pargrade.devnet.anvil import Devnet, devnet_keys
from tests.pargrade.deployment.migration.test_migration import SIDES, Drill
from tests.support.market import MIDNIGHT, account
from tests.support.source_tree import ROOT
from tests.support.two_markets import LOTS, positions

pytestmark = pytest.mark.full

HOLDERS = 20
MOVABLE = 2 * LOTS * (HOLDERS // 2 - 2)
"""Two of each side never agreed."""


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with Devnet(genesis=MIDNIGHT) as net:
        found = Drill(net, HOLDERS, tmp_path_factory.mktemp("refusals"))
        assert found.run("list").code == 0
        yield found


@pytest.fixture
def listed(drill: Drill) -> Iterator[Drill]:
    with drill.net.chain.restored():
        yield drill


def require_only(drill: Drill, stays: set[str], why: str) -> None:
    """The plan names what stays and why; a run moves all else, counts every lot, and fails."""
    plan = {each["series"]: each for each in drill.run("plan", "--json").json["series"]}
    for name in SIDES:
        assert (why in plan[name]["why_not"]) is (name in stays), plan[name]
        assert (plan[name]["movable"] == 0) is (name in stays)
    ran = drill.run("run")
    assert ran.code == 1
    assert "refused because" in ran.out
    assert why in ran.err
    held = {name: drill.held(name) for name in SIDES}
    for name in SIDES:
        moved = sum(young for _, young in held[name].values())
        assert (moved == 0) is (name in stays)
        assert sum(old + young for old, young in held[name].values()) == LOTS * HOLDERS
    assert set(positions(drill.two.old.market, drill.id_of("DONE"), 2, HOLDERS).values()) == {0}


def test_migrate__no_room_in_the_month__the_banded_series_stays_and_the_rest_moves(
    listed: Drill,
) -> None:
    listed.two.old.do(listed.two.there.set_month_cap(0, 0))
    require_only(listed, {"BAND"}, "MonthCapReached")


def test_migrate__entry_stopped__all_stays_and_what_is_final_is_redeemed(listed: Drill) -> None:
    listed.two.old.do(listed.two.there.stop_entry())
    require_only(listed, set(SIDES), "EntryIsStopped")


def test_migrate__grade_closed__its_series_stay_and_the_banded_one_moves(listed: Drill) -> None:
    old = listed.two.old
    registry = GradeRegistry(old.chain, old.deployment.address("GradeRegistry"))
    old.do(registry.close(old.deployment.grades["A1GH"].unit))
    plan = {each["series"]: each for each in listed.run("plan", "--json").json["series"]}
    assert {name for name in SIDES if "GradeClosed" in plan[name]["why_not"]} == {
        *("NET", "PHYSICAL")
    }
    assert "GradeClosed" in plan["MIX"]["refused"][0]
    ran = listed.run("run")
    assert ran.code == 1
    moved = {name: sum(young for _, young in listed.held(name).values()) for name in SIDES}
    assert (moved["NET"], moved["PHYSICAL"]) == (0, 0)
    # The page of its second grade is another page. The plan knew how much that is.
    assert moved["BAND"] == MOVABLE
    assert moved["MIX"] == plan["MIX"]["movable"] > 0


def test_migrate__counterparts_take_their_word_back_after_the_plan__the_others_move(
    listed: Drill,
) -> None:
    """All SHORTs of one grade of MIX are one page; who is left has nobody to be paired with."""
    old = listed.two.old
    migration = Migration.read(
        Session(old.chain, old.deployment, listed.paths[0]),
        Session(old.chain, Deployment.read(listed.paths[1]), listed.paths[1]),
    )
    for number in range(1, HOLDERS // 2, 2):
        old.do_as(account(number), old.market.set_operator(listed.two.migrator, False))
    messages: list[str] = []
    outcomes = migrate(Wallet(old.chain, devnet_keys()[0]), migration, messages.append)
    by_name = {each.series: each for each in outcomes}
    assert by_name["MIX"].refusals
    assert "NoPairsToMove" in by_name["MIX"].refusals[0]
    assert by_name["NET"].moved > 0
    assert by_name["DONE"].redeemed == by_name["DONE"].before
    assert {each.lost for each in outcomes} == {0}


def test_migrate_plan__holders_who_wait__are_counted_beside_what_moves(listed: Drill) -> None:
    plan = {each["series"]: each for each in listed.run("plan", "--json").json["series"]}
    assert plan["NET"]["movable"] == MOVABLE
    stubborn = len(listed.two.stubborn()) * LOTS
    assert plan["NET"]["not_agreed"] == stubborn
    assert plan["NET"]["held"] == MOVABLE + stubborn + plan["NET"]["unmatched"]
    assert "wait for their holders to agree" in listed.run("plan").out


def test_holders__of_a_month__are_the_contract_s_constant() -> None:
    source = (ROOT / "contracts" / "src" / "FuturesMarket.sol").read_text()
    assert f"uint256 constant HOLDERS = {plans.HOLDERS};" in source


def test_migrate_run__holder_is_a_contract_without_a_payout_address__says_so_and_sends_nothing(
    listed: Drill,
) -> None:
    old = listed.two.old
    safe = old.quote.address
    old.do_as(account(2), old.market.transfer(safe, listed.id_of("DONE"), LOTS // 2))
    plan = {each["series"]: each for each in listed.run("plan", "--json").json["series"]}["DONE"]
    assert plan["self_redeeming"] == LOTS // 2
    assert "they redeem themselves, or call setPayoutAddress" in listed.run("plan").out
    first = listed.run("run", "--json").json
    done = next(each for each in first["series"] if each["series"] == "DONE")
    assert (done["left"], done["self_redeeming"], first["lost"]) == (LOTS // 2, LOTS // 2, 0)
    head = old.chain.head()
    again = listed.run("run")
    assert old.chain.head() == head
    assert f"DONE: {LOTS // 2} lots of contracts without a payout address" in again.out
