"""The README's commands on hardhat's chain: deploy, a round, wrap, unwrap, a future, settling."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.devnet.accounts import ADMIN, CURATOR
from pargrade.process.child import Child
from tests.support.command import KEEPER_KEY
from tests.support.foreign_chain import Site, await_true, node_program, served_site

pytestmark = pytest.mark.deep

HERE: Final = Path(__file__).parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    def command(port: int) -> tuple[str, ...]:
        config = ("--config", str(HERE / "hardhat.config.js"))
        words = ("node", "--hostname", "127.0.0.1", "--port", str(port))
        return node_program("hardhat", *config, *words)

    quiet = {"HARDHAT_DISABLE_TELEMETRY_PROMPT": "true"}
    with served_site("hardhat", tmp_path_factory.mktemp("hardhat"), command, **quiet) as found:
        yield found


@pytest.fixture(scope="module")
def deployed(site: Site) -> Any:
    return site.result("pargrade deploy --index-version 1")


@pytest.fixture(scope="module")
def oracle(site: Site, deployed: Any) -> Iterator[SpotIndex]:
    """The index, with a first round by five nodes on recorded quotes."""
    site.result("pargrade oracle init nodes --first-port 0 --replay-from 2026-03-03")
    index = SpotIndex(site.chain, site.deployment.address("SpotIndex"))
    with ExitStack() as running:
        log = running.enter_context((site.folder / "oracle.log").open("w"))
        configs = sorted(map(str, (site.folder / "nodes").glob("node-*.toml")))
        command = (sys.executable, "-m", "pargrade.cli", "oracle", "run", *configs)
        running.enter_context(Child("oracle", command, log=log))
        # New journals sign from the next slot of a minute on.
        site.chain.request("evm_increaseTime", 60)
        await_true(lambda: index.latest(0, block=Tag.LATEST).slot > 0, "round")
        yield index


def test_deploy__hardhat__brings_the_proxy_and_places_everything(site, deployed):
    chain = site.chain
    for entry in deployed["contracts"].values():
        assert chain.code(entry["address"], block=Tag.LATEST)
    assert set(deployed["grades"]) == {"A1GH", "EFLP", "L70M"}


def test_deploy__hardhat_again__sends_nothing(site, deployed):
    def sent() -> list[int]:
        return [site.chain.nonce(actor.address, block=Tag.LATEST) for actor in (ADMIN, CURATOR)]

    before = sent(), site.deployment
    again = site.result("pargrade deploy --index-version 1")
    assert (sent(), site.deployment) == before
    assert again["contracts"] == deployed["contracts"]


def test_deploy_verify__hardhat__takes_the_overrides_that_show_the_wiring(site, deployed):
    contracts = site.result("pargrade deploy --verify")["contracts"]
    assert {"ListingRules", "LastRung", "RouteRules", "grade A1GH"} < contracts.keys()
    assert all(found["matches"] for found in contracts.values())


def test_deploy__hardhat_dry_run__says_that_not_all_is_simulated(site, deployed):
    output = site.result(
        "pargrade deploy --index-version 1 --dry-run --salt other --deployment other.json"
    )
    assert output["simulated"] is False
    assert output["gas_at_least"] > 10**7


def test_oracle__hardhat__a_round_lands_with_all_signers(oracle):
    latest = oracle.latest(0, block=Tag.LATEST)
    assert latest.signers >= 3
    assert latest.value > 10**8


def test_wrap_and_unwrap__hardhat__units_of_the_factor(site, deployed):
    wrapped = site.result("pargrade wrap A1GH 2000")
    assert int(wrapped["units"]) == 1_264_800 * 10**15
    back = site.result("pargrade unwrap A1GH 10")
    assert int(back["tokens"]) == 15_812_776
    unit = site.deployment.grade("A1GH").unit
    assert site.chain.code(unit, block=Tag.LATEST)


def test_wrap__hardhat_more_than_held__is_one_error(site, deployed):
    refused = site.run("pargrade wrap A1GH 999999")
    assert refused.returncode == 1
    assert "holds" in refused.stderr.splitlines()[0]


def test_futures__hardhat__listed_and_opened_and_reconciled(site, oracle):
    assert site.run("pargrade wrap L70M 2000").returncode == 0
    today = datetime.fromtimestamp(site.chain.head().timestamp, UTC)
    first, last = ((today + timedelta(days)).strftime("%Y-%m-%d") for days in (2, 9))
    value = oracle.latest(0, block=Tag.LATEST).value // 10**6 / 100
    terms = f"--start {first} --expiry {last} --reference {value}"
    site.result(f"pargrade futures create NET-L70M --grade L70M {terms}")
    opened = site.result("pargrade futures open NET-L70M --contracts 0.1 --grade L70M")
    assert opened["lots"] == 7_300
    assert site.result("pargrade bridge reconcile")["figures"] > 0
    assert site.run("pargrade bridge once", KEEPER_KEY).returncode == 0
