"""Deploy, wrap and unwrap on py-evm, an implementation of the EVM of its own."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pargrade.chain.block import Tag
from pargrade.devnet.accounts import ADMIN, CURATOR
from tests.support import eth_tester_server
from tests.support.foreign_chain import Site, served_site

pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    def command(port: int) -> tuple[str, ...]:
        return (sys.executable, eth_tester_server.__file__, str(port))

    with served_site("eth-tester", tmp_path_factory.mktemp("eth-tester"), command) as found:
        yield found


@pytest.fixture(scope="module")
def deployed(site: Site) -> Any:
    return site.result("pargrade deploy")


def test_deploy__eth_tester__brings_the_proxy_and_places_everything(site, deployed):
    for entry in deployed["contracts"].values():
        assert site.chain.code(entry["address"], block=Tag.LATEST)
    assert set(deployed["grades"]) == {"A1GH", "EFLP", "L70M"}


def test_deploy__eth_tester_again__sends_nothing(site, deployed):
    def sent() -> list[int]:
        return [site.chain.nonce(actor.address, block=Tag.LATEST) for actor in (ADMIN, CURATOR)]

    before = sent(), site.deployment
    assert site.result("pargrade deploy")["contracts"] == deployed["contracts"]
    assert (sent(), site.deployment) == before


def test_wrap_and_unwrap__eth_tester__units_of_the_factor(site, deployed):
    assert int(site.result("pargrade wrap A1GH 2000")["units"]) == 1_264_800 * 10**15
    assert int(site.result("pargrade unwrap A1GH 10")["tokens"]) == 15_812_776


def test_wrap__eth_tester_more_than_held__is_one_error(site, deployed):
    refused = site.run("pargrade wrap A1GH 999999")
    assert refused.returncode == 1
    assert "holds" in refused.stderr.splitlines()[0]
