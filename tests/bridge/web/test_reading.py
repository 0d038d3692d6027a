"""A reader without a wallet: values, links, and what is said when something is away."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import Tab, tab
from tests.support.page import served, settle
from tests.support.proxy import fault_proxy
from tests.support.world import HOUR, MIDNIGHT, World

pytestmark = pytest.mark.full

_MISSHAPE = """async () => {
  const kept = () => Object.keys(localStorage).filter((name) => name.includes("indices:"));
  while (!kept().length) await new Promise((done) => setTimeout(done, 50));
  for (const name of kept()) localStorage.setItem(name, '{"value": {"all": null}, "readAt": 1}');
}"""
"""Once the index is remembered, changes its shape."""


@pytest.fixture
def reader(chrome: Browser) -> Iterator[Tab]:
    with tab(chrome) as found:
        yield found
        assert found.outside == []


def test_index__from_a_chain_alone__shows_value_state_and_round(world: World, reader: Tab) -> None:
    with served(world.url, world.path) as url:
        page = reader.open(url)
        expect(page.get_by_role("heading", name="SCU / USD")).to_be_visible()
        expect(page.locator(".big")).to_contain_text("2.3100 USD")
        expect(page.get_by_text("5 of 5 reporters").first).to_be_visible()
        settle(page)
    assert reader.errors == []


def test_value__pressed__is_copied_with_all_its_digits(world: World, chrome: Browser) -> None:
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    world.record(MIDNIGHT + 2 * HOUR, 231_234_567)
    with served(world.url, world.path) as url, tab(chrome, **allowed) as reader:
        page = reader.open(url)
        value = page.locator(".big button")
        expect(value).to_contain_text("2.3123 USD")
        value.click()
        expect(value).to_contain_text("copied")
        assert page.evaluate("navigator.clipboard.readText()") == "2.31234567"


def test_chain__goes_away_after_a_reading__page_says_so_and_keeps_the_last_known(
    world: World, reader: Tab
) -> None:
    with fault_proxy(world.url) as proxy, served(proxy.url, world.path) as url:
        page = reader.open(url)
        expect(page.locator(".big")).to_contain_text("2.3100 USD")
        settle(page)
        proxy.break_with("hangs up")
        alert = page.get_by_role("alert").filter(has_text="The index cannot be read")
        expect(alert).to_contain_text("Shown is what was known")
        expect(page.locator(".big")).to_contain_text("2.3100 USD")
        page.reload()
        expect(page.locator(".big")).to_contain_text("2.3100 USD")
        expect(alert).to_contain_text("Shown is what was known")


def test_remembered_values__of_another_shape__break_one_view_once(
    world: World, reader: Tab
) -> None:
    with served(world.url, world.path) as url:
        page = reader.open(url)
        expect(page.locator(".big")).to_contain_text("2.3100 USD")
        settle(page)
        # Nothing newer comes, or it would take its place before anybody saw it.
        page.route("**/rpc/*", lambda route: route.abort())
        page.evaluate(_MISSHAPE)
        page.reload()
        expect(page.get_by_role("alert").filter(has_text="cannot be shown")).to_be_visible()
        expect(page.get_by_role("link", name="Network")).to_be_visible()
        page.unroute("**/rpc/*")
        page.reload()
        expect(page.locator(".big")).to_contain_text("2.3100 USD")
