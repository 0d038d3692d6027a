"""Listing in a newer market: a refused series holds up no other one, and every name is written."""

import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.chain.block import Tag
from pargrade.deployment.file import DeployedSeries, Deployment
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from tests.pargrade.deployment.migration.test_migration import SIDES, Drill
from tests.support.command import run
from tests.support.market import MIDNIGHT

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with Devnet(genesis=MIDNIGHT) as net:
        yield Drill(net, 20, tmp_path_factory.mktemp("listing"))


@pytest.fixture
def undone(drill: Drill) -> Iterator[Drill]:
    files = [path.read_bytes() for path in drill.paths]
    with drill.net.chain.restored():
        yield drill
    for path, content in zip(drill.paths, files, strict=True):
        path.write_bytes(content)


def listed(drill: Drill) -> dict[str, int]:
    """The new file's names, each of a series that its market has."""
    there = set(drill.two.there.series_ids(block=Tag.LATEST))
    named = {
        name: int(each.series_id) for name, each in Deployment.read(drill.paths[1]).series.items()
    }
    assert set(named.values()) == there
    return named


@pytest.mark.parametrize(("symbol", "refused"), [("A1GH", {"NET", "PHYSICAL"}), ("L70M", set())])
def test_list__grade_is_closed__its_series_are_refused_with_the_reason_and_the_others_are_named(
    undone: Drill, symbol: str, refused: set[str]
) -> None:
    """The first series in one case, the last in the other: MIX is of both grades."""
    refused = refused | {"MIX"}
    old = undone.two.old
    registry = GradeRegistry(old.chain, old.deployment.address("GradeRegistry"))
    unit = old.deployment.grades[symbol].unit
    old.do(registry.close(unit))
    head = old.chain.head()
    planned = undone.run("list", "--dry-run")
    plan = {each["series"]: each["why_not"] for each in undone.run("plan", "--json").json["series"]}
    assert old.chain.head() == head
    assert {name for name, why in plan.items() if "would be refused" in why} == refused
    assert all("BadTerms(field=units)" in plan[name] for name in refused)
    ran = undone.run("list")
    assert (planned.code, ran.code) == (1, 1)
    for name in refused:
        assert f"{name} refused: " in ran.out
        assert f"{name} refused: " in planned.out
    assert "Take each grade once: REDEEMABLE, open" in ran.out
    assert listed(undone).keys() == SIDES.keys() - refused
    old.do(registry.reopen(unit))
    assert undone.run("list", "--json").json["listed"].keys() == refused
    assert listed(undone).keys() == SIDES.keys()


def test_list__killed_before_a_name_is_written__the_next_run_writes_it(undone: Drill) -> None:
    words = undone.words("list")
    killed = run(*words, env={"PARGRADE_KILL_AT": "migrate.listed:2"}, key=DEVNET_KEYS[0])
    assert killed.returncode == -signal.SIGKILL
    assert len(Deployment.read(undone.paths[1]).series) == 1
    again = undone.run("list", "--json").json
    assert (len(again["recorded"]), len(again["listed"])) == (1, 2)
    assert listed(undone).keys() == SIDES.keys()


def test_list__name_is_another_s_there_or_there_is_none__gets_one_of_its_own(
    undone: Drill,
) -> None:
    old, young = undone.paths
    known = Deployment.read(old)
    number = known.series["BAND"].series_id
    replace(known, series={k: v for k, v in known.series.items() if k != "BAND"}).write(old)
    foreign = {"NET": DeployedSeries("256")}
    replace(Deployment.read(young), series=foreign).write(young)
    unnamed = f"S-{int(number):064x}"[:10]
    done = undone.run("list", "--json").json
    assert done["listed"].keys() == {"NET-2", "PHYSICAL", unnamed, "MIX"}
    found = Deployment.read(young).series
    assert found["NET"].series_id == "256"
    assert found.keys() == {"NET", *done["listed"]}
    assert not any(name.isdecimal() for name in found)
