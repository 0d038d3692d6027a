"""The network as the page shows it: nodes and their evidence, two chains, strangers' texts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from oracle.node.config import NodeConfig
from pargrade.bindings.test_token import TestToken
from pargrade.chain.wallet import Wallet
from pargrade.deployment.grade_listing import list_grade
from pargrade.devnet.accounts import CURATOR
from pargrade.grade.terms import Basis, Denomination, GradeTerms, Kind, Precision
from pargrade.units import Scu
from tests.support.browser import tab
from tests.support.nodes import GENESIS, HOUR, Nodes, nodes
from tests.support.page import served, settle
from tests.support.two_chains import two_chains
from tests.support.world import DAY, MIDNIGHT, World

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Five nodes, and a round they signed."""
    with nodes(tmp_path_factory.mktemp("nodes")) as running:
        running.start()
        running.round(GENESIS + HOUR, 60)
        yield running


def _urls(running: Nodes) -> tuple[str, ...]:
    configs = [NodeConfig.read(path) for path in running.paths]
    return tuple(f"http://{config.host}:{config.port}" for config in configs)


def test_number__asked_why__leads_to_a_quote_under_the_root_that_the_chain_took(
    signed: Nodes, chrome: Browser
) -> None:
    deployment = signed.folder / "deployment.json"
    with (
        served(signed.devnet.url, deployment, nodes=_urls(signed)) as url,
        tab(chrome) as reader,
    ):
        page = reader.open(url)
        why = page.get_by_role("region", name="Why this number")
        expect(why.get_by_text("is the root that the reporter signed")).to_be_visible()
        expect(why.get_by_text("neocloud 100 %")).to_be_visible()
        why.get_by_label("Quotes by verdict").select_option(index=1)
        why.get_by_role("button", name="prove").first.click()
        proof = page.get_by_role("region", name="Proof of one quote")
        expect(proof).to_contain_text("This quote is under the signed root")
        expect(proof).to_contain_text('"verdict":"')
        expect(proof).not_to_contain_text('"verdict":"ACCEPTED"')
        expect(page.get_by_role("region", name="The family")).to_contain_text("H100 / USD")
        settle(page)
        assert reader.violations() == []
        assert reader.errors == []
        assert reader.outside == []


def test_node__serves_the_page_of_what_it_reads(signed: Nodes, chrome: Browser) -> None:
    with tab(chrome) as reader:
        page = reader.open(f"{_urls(signed)[0]}/page/")
        expect(page.get_by_role("heading", name="SCU / USD")).to_be_visible()
        expect(page.locator(".big")).to_contain_text("USD")
        expect(page.get_by_role("img", name="Value of each round")).to_be_visible()
        expect(page.get_by_text("is the root that the reporter signed")).to_be_visible()
        expect(page.get_by_role("link", name="Units")).to_have_count(0)
        page.get_by_role("link", name="Network").click()
        expect(page.get_by_text("Everyone who was asked is well.")).to_be_visible()
        assert reader.violations() == []
        assert reader.errors == []
        assert reader.outside == []


def test_node__that_is_away__is_an_alarm_and_what_it_said_stays(
    signed: Nodes, chrome: Browser
) -> None:
    deployment = signed.folder / "deployment.json"
    with tab(chrome) as reader:
        names = (*_urls(signed)[:1], "http://127.0.0.1:9")
        with served(signed.devnet.url, deployment, nodes=names) as url:
            page = reader.open(url, "#/network")
            alarms = page.get_by_role("region", name="Alarms")
            expect(alarms).to_contain_text("node 2 is away")
            expect(page.get_by_role("region", name="Nodes").first).to_contain_text("well")


def test_transfer__between_two_chains__is_shown_with_its_state_and_what_backs_it(
    chrome: Browser, tmp_path: Path
) -> None:
    with two_chains(tmp_path) as chains:
        chains.provision()
        nonce = chains.lock(7)
        home = chains.folder / "home.json"
        route = (str(chains.write()),)
        with served(chains.home.url, home, routes=route) as url, tab(chrome) as reader:
            page = reader.open(url, "#/network")
            transfers = page.get_by_role("region", name="Transfers between chains").first
            expect(transfers).to_contain_text(str(nonce))
            expect(transfers).to_contain_text("7 A1GH")
            expect(transfers).to_contain_text("31337 → 1337")
            expect(page.get_by_text("locked at home")).to_contain_text(
                "everything minted is backed"
            )
            settle(page)
            assert reader.violations() == []
            assert reader.errors == []


EVIL = "<img src=x onerror=document.title='owned'>"
BACKWARDS = "USDC\u202e\u0007kcab"


def test_stranger__names_a_token_and_a_network_like_markup__nothing_of_it_runs(
    world: World, chrome: Browser
) -> None:
    curator = Wallet(world.chain, CURATOR.key)
    token = curator.send(TestToken.deploy(EVIL, BACKWARDS, 6)).contract
    terms = GradeTerms(
        network=EVIL,
        token=token,
        decimals=6,
        kind=Kind.COLLATERAL,
        denomination=Denomination.GPU_HOUR,
        model=EVIL * 3,
        precision=Precision.NONE,
        basis=Basis.NONE,
        input_tokens=0,
        output_tokens=0,
        quantity=3_600,
        scu_per_token=Scu(10**18),
        method_hash=b"\1" * 32,
        valid_until=MIDNIGHT + 365 * DAY,
        deposit_cap=Scu(10**26),
    )
    list_grade(curator, world.deployment, terms, EVIL, BACKWARDS)
    with served(world.url, world.path) as url, tab(chrome) as reader:
        page = reader.open(url, "#/units")
        grades = page.get_by_role("region", name="Grades").first
        expect(grades).to_contain_text("USDC�")
        expect(grades).to_contain_text("<img src=x")
        grades.get_by_role("link", name="USDC").click()
        expect(page.get_by_text("No published factor")).to_be_visible()
        settle(page)
        assert page.locator("img[src=x]").count() == 0
        assert "\u202e" not in page.content()
        assert "owned" not in page.title()
        assert reader.overflow() <= 0
        assert reader.violations() == []
        assert reader.errors == []
