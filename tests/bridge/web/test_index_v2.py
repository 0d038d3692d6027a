"""The page over the second version of the index: common reports, refusals, a committee's node."""

from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from oracle.member.config import MemberConfig
from oracle.protocol.report.valuation import Figure
from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.devnet.anvil import Devnet
from tests.support.browser import PHONE, tab
from tests.support.forked import Forked
from tests.support.landed_round import SLOT, LandedRound, landed_round
from tests.support.nodes import until
from tests.support.page import served, settle
from tests.support.transmitter import KEYS, ROOT, USD, Transmitter, planned
from tests.support.world import DAY, HOUR, MIDNIGHT

pytestmark = pytest.mark.full

EVERYONE = tuple(range(7))
DOMAIN_CALL = keccak(b"eip712Domain()")[:4].hex()


@pytest.fixture(scope="module")
def brought() -> Iterator[Transmitter]:
    """Three days of rounds; then a report whose first value moved too fast for three signatures."""
    with Devnet(genesis=MIDNIGHT) as devnet:
        found = Transmitter(devnet, planned(3))
        for hours in (0, 5, 17, 6, 12, 8, 20):
            found.slot += hours * HOUR
            value = 3 * USD + hours % 20 * USD // 1_000
            found.submit(Figure(value, USD // 100, 4), Figure(2 * USD, 0, 3), signers=EVERYONE)
        found.submit(Figure(9 * USD, 0, 4), Figure(2 * USD + 1, 0, 5), signers=(1, 4, 6))
        assert found.slot > MIDNIGHT + 3 * DAY
        yield found


@pytest.fixture(scope="module")
def reported(brought: Transmitter, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The endpoint of that chain and its deployment file."""
    path = tmp_path_factory.mktemp("v2") / "deployment.json"
    brought.deployment.write(path)
    return brought.url, path


def test_index_v2__from_the_chain_alone__shows_value_confidence_providers_and_why(
    reported: tuple[str, Path], chrome: Browser
) -> None:
    with served(*reported) as url, tab(chrome) as reader:
        page = reader.open(url)
        card = page.get_by_role("region", name="H100", exact=True)
        expect(card.locator(".big")).to_contain_text("3.0000 USD")
        expect(card).to_contain_text("7 of 7 reporters, quorum 3")
        # A cent of three dollars, rounded up to whole basis points.
        expect(card).to_contain_text("at most 0.34 % of it")
        expect(card).to_contain_text("signatures")
        expect(page.get_by_role("img", name="Value of each round, 7 rounds")).to_be_visible()

        why = page.get_by_role("region", name="Why this number")
        refused = why.get_by_role("region", name="Refused since the last round")
        expect(refused).to_contain_text("9.0000 USD")
        expect(refused).to_contain_text("a move beyond its speed limit")
        expect(why).to_contain_text("7 of 7 reporters of epoch 1")
        expect(why.get_by_title(f"0x{ROOT.hex()}")).to_be_visible()
        members = why.get_by_role("region", name="Members of the committee")
        expect(members.get_by_text("signed", exact=True)).to_have_count(len(KEYS))

        page.get_by_role("button", name="daily means").click()
        expect(page.get_by_role("img", name="Daily mean of the index, 2 days")).to_be_visible()
        settle(page)
        assert reader.violations() == []
        assert reader.errors == []
        assert reader.outside == []


def test_index_v2__index_that_took_the_report__says_who_signed_it_and_nothing_was_refused(
    reported: tuple[str, Path], chrome: Browser
) -> None:
    with served(*reported) as url, tab(chrome, PHONE) as reader:
        page = reader.open(url, "#/index/1")
        why = page.get_by_role("region", name="Why this number")
        expect(why).to_contain_text("3 of 7 reporters of epoch 1")
        members = why.get_by_role("region", name="Members of the committee")
        expect(members.get_by_text("signed", exact=True)).to_have_count(3)
        expect(members.get_by_text("not in it")).to_have_count(4)
        expect(page.get_by_role("region", name="A100", exact=True)).to_contain_text("thin")
        expect(why.get_by_text("kept its last round")).to_have_count(0)
        settle(page)
        assert reader.overflow() <= 0


def test_index_v2__another_set_in_force_since_the_report__gives_signers_no_names_of_it(
    reported: tuple[str, Path], brought: Transmitter, chrome: Browser
) -> None:
    with brought.chain.restored(), served(*reported) as url, tab(chrome) as reader:
        config = brought.index.reporter_config(block=Tag.LATEST)
        turned = tuple(reversed(config.reporters))
        brought.wallet.send(brought.index.set_reporters(3, config.method_hash, turned))
        page = reader.open(url, "#/index/1")
        members = page.get_by_role("region", name="Members of the committee")
        expect(members.get_by_role("row")).to_have_count(4)
        for position in (1, 4, 6):
            expect(members).to_contain_text(f"position {position}")
        expect(page.get_by_text("3 reporters of epoch 1")).to_be_visible()


def test_network__over_index_v2__lists_reports_with_signers_and_what_was_refused(
    reported: tuple[str, Path], chrome: Browser
) -> None:
    with served(*reported) as url, tab(chrome) as reader:
        asked: list[str] = []
        reader.page.on("request", lambda request: asked.append(request.post_data or ""))
        page = reader.open(url)
        settle(page)
        page.get_by_role("link", name="Network").click()
        rows = page.get_by_role("region", name="Last rounds").first.get_by_role("row")
        expect(rows).to_have_count(9)
        expect(rows.nth(1)).to_contain_text("3 of 7")
        expect(rows.nth(1)).to_contain_text("a move beyond its speed limit")
        expect(rows.nth(2)).to_contain_text("7 of 7")
        expect(rows.nth(2)).not_to_contain_text("speed limit")
        # A contract's domain never changes: it is asked for once.
        assert sum(each.count(DOMAIN_CALL) for each in asked) == 1
        assert reader.violations() == []
        assert reader.errors == []


@pytest.fixture(scope="module")
def explaining(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LandedRound, str]]:
    """A report of five members with one liar, and the first's node, which explains it."""
    folder = tmp_path_factory.mktemp("landed")
    with landed_round(folder) as landed:
        path = landed.folder / "member-1.toml"
        config = MemberConfig.read_file(path)
        url = f"http://{config.host}:{config.port}"

        def explains() -> bool:
            try:
                return httpx.get(f"{url}/rounds/{SLOT}/why", timeout=20).status_code == 200
            except (httpx.HTTPError, HTTPException):
                return False

        with Forked("oracle", "member", "run", path, log=folder / "run.log"):
            until(explains, "an explanation", 90)
            yield landed, url


def test_why__with_a_node_of_the_committee__shows_what_each_member_saw_alone(
    explaining: tuple[LandedRound, str], chrome: Browser
) -> None:
    landed, node = explaining
    with served(landed.devnet.url, landed.path, nodes=(node,)) as url, tab(chrome) as reader:
        page = reader.open(url)
        why = page.get_by_role("region", name="Why this number")
        expect(why.get_by_text("computes the value that the chain took")).to_be_visible()
        members = why.get_by_role("region", name="Members of the committee")
        expect(members.get_by_role("row")).to_have_count(6)
        values = members.locator("td:last-child").all_inner_texts()
        # One of five states every price a tenth higher.
        assert sorted(values.count(each) for each in set(values)) == [1, 4]
        expect(why.get_by_role("region", name="Lines of the price lists")).to_contain_text(
            "by member 3"
        )
        expect(page.get_by_role("region", name="The family")).to_have_count(0)
        settle(page)
        assert reader.violations() == []
        assert reader.errors == []


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        ({"value8": "1"}, "The node explains another value than the chain took"),
        ({"input_root": "00" * 32}, "The node explains another set than the chain took"),
        ({"members": None}, "The input set of this report cannot be read"),
        ({"lines": [{"list": "a", "price8": "1e9", "stated": []}]}, "no amount where one belongs"),
        ({"members": [{"position": "0"}]}, "no whole number where one belongs"),
    ],
)
def test_why__node_that_says_something_else__is_not_believed(
    explaining: tuple[LandedRound, str], chrome: Browser, spoiled: dict[str, Any], words: str
) -> None:
    landed, node = explaining
    with served(landed.devnet.url, landed.path, nodes=(node,)) as url, tab(chrome) as reader:

        def spoil(route: Route) -> None:
            route.fulfill(json=route.fetch().json() | spoiled)

        reader.page.route("**/why", spoil)
        why = reader.open(url).get_by_role("region", name="Why this number")
        expect(why).to_contain_text(words)
        expect(why.get_by_text("5 of 5 reporters")).to_be_visible()
