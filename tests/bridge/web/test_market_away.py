"""The market view where something is away, hostile or reloaded in the middle."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from pargrade.bindings.structs import Side
from tests.support.aside import aside
from tests.support.browser import DESK, PHONE, tab
from tests.support.market import DAY, MIDNIGHT, PRICE, Market
from tests.support.page import served, settle
from tests.support.relay_parties import Venue, place, running
from tests.support.trading_page import (
    MAKER_NUMBER,
    connect,
    faults,
    floor,
    fund_trader,
    visited,
    wallet_of,
)

pytestmark = pytest.mark.full

SERIES = "#/market/NET-A1GH"
HOSTILE = '"><img src=x onerror=alert(1)>\u202e{{7*7}}'


@contextmanager
def ports_kept(venue: Venue) -> Iterator[tuple[int, int]]:
    """Ports that a relay had, and that its page goes on asking after it ended."""
    # Before the relay begins, which then knows what its maker has.
    maker = venue.party(MAKER_NUMBER)
    with aside(running(venue.assemble())) as (client, stream_port):
        order = maker.order(venue.series, Side.SELL, PRICE + 10**6, 500)
        place(client, maker.offer(order, venue.exchange))
        yield int(client.url.rpartition(":")[2]), stream_port


def test_relay__ends_and_comes_back__page_says_so_with_the_age_and_goes_on(
    market: Market, tmp_path: Path, chrome: Browser
) -> None:
    venue = Venue(market, tmp_path)
    with tab(chrome) as found:
        with ports_kept(venue) as (port, stream_port):
            settings = {
                "relay_url": f"http://127.0.0.1:{port}",
                "stream_url": f"ws://127.0.0.1:{stream_port}",
            }
            with aside(served(market.net.url, venue.path, **settings)) as url:
                page = found.open(url, SERIES)
                expect(page.locator(".half").nth(1)).to_contain_text("5.00")
        with served(market.net.url, venue.path, **settings, http_port=port_of(url)):
            away = page.get_by_text("The relay is away. Shown is the book of")
            expect(away).to_be_visible()
            expect(page.locator(".half").nth(1)).to_contain_text("5.00")
            page.reload()
            expect(away).to_be_visible()
            expect(page.locator(".half").nth(1)).to_contain_text("5.00")
            again = {"api_port": port, "stream_port": stream_port}
            with aside(running(venue.assemble(**again))):
                expect(away).to_be_hidden()
                expect(page.locator(".half").nth(1)).to_contain_text("5.00")


def port_of(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])


def test_form__and_wallet__after_a_reload_in_the_middle__are_in_a_state_one_can_go_on_from(
    market: Market, tmp_path: Path, chrome: Browser
) -> None:
    with floor(market, tmp_path) as place_, visited(chrome, wallet_of(market)) as found:
        fund_trader(market)
        page = found.open(place_.url, SERIES)
        connect(page, place_.wallet())
        page.get_by_label("Amount, SCU").fill("10")
        page.get_by_label("At most, USD per SCU").fill("1.90")
        page.get_by_role("button", name="Approve tUSD for the exchange").click()
        expect(page.get_by_role("button", name="Approve tUSD for the exchange")).to_be_hidden()
        page.reload()
        page.get_by_label("Amount, SCU").fill("10")
        page.get_by_label("At most, USD per SCU").fill("1.90")
        expect(page.get_by_role("button", name="Approve tUSD for the market")).to_be_visible()
        expect(page.get_by_role("button", name="Approve tUSD for the exchange")).to_be_hidden()
        page.get_by_role("button", name="Sign 3 permits").click()
        expect(page.get_by_role("dialog", name="Let a contract take A1GH")).to_be_visible()
        page.reload()
        page.get_by_label("Amount, SCU").fill("10")
        page.get_by_label("At most, USD per SCU").fill("1.90")
        expect(page.get_by_role("button", name="Sign 3 permits")).to_be_enabled()
        assert faults(found) == []


def test_relay__of_another_exchange__gets_no_order_and_the_page_says_why(
    market: Market, tmp_path: Path, chrome: Browser
) -> None:
    with floor(market, tmp_path) as place_:
        deployment = market.deployment
        other = {"FuturesExchange": deployment.contracts["FuturesMarket"]}
        changed = replace(deployment, contracts=deployment.contracts | other)
        path = tmp_path / "other" / "31337.json"
        changed.write(path)
        relay = {"relay_url": place_.client.url}
        with served(market.net.url, path, **relay) as url, tab(chrome) as found:
            page = found.open(url, SERIES)
            expect(page.get_by_text("takes orders for another exchange")).to_be_visible()
            expect(page.get_by_role("heading", name="Order")).to_be_hidden()


def test_names__of_tokens_and_series_that_would_do_harm__are_text_and_nothing_else(
    market: Market, tmp_path: Path, chrome: Browser
) -> None:
    market.list_grade(HOSTILE[:30])
    number = market.list_series(HOSTILE[:30], name=HOSTILE, start=MIDNIGHT + 2 * DAY)
    path = market.write(tmp_path / "31337.json")
    with served(market.net.url, path) as url, visited(chrome, wallet_of(market)) as found:
        found.page.on("dialog", lambda dialog: found.errors.append(dialog.message))
        page = found.open(url, f"#/market/{number}")
        expect(page.get_by_role("heading", name="Settlement")).to_be_visible()
        connect(page, wallet_of(market))
        for link in ("#/market", "#/units", f"#/market/{number}"):
            page.goto(url + link)
            settle(page)
            expect(page.get_by_text("<img src=x").first).to_be_visible()
            assert page.locator("main img").count() == 0
            assert "\u202e" not in page.locator("main").inner_text()
        assert faults(found) == []
        assert found.outside == []


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        ("light", DESK),
        ("dark", PHONE),
        pytest.param("dark", DESK, marks=pytest.mark.deep),
        pytest.param("light", PHONE, marks=pytest.mark.deep),
    ],
    ids=["light-desk", "dark-phone", "dark-desk", "light-phone"],
)
def test_market__in_each_theme_and_width__has_no_barrier_and_fits(
    market: Market, tmp_path: Path, chrome: Browser, theme: str, size: dict[str, int]
) -> None:
    with floor(market, tmp_path) as place_:
        place_.fund()
        for step in range(1, 15):
            place_.quote(Side.SELL, PRICE + step * 10**6, 100 * step)
            place_.quote(Side.BUY, PRICE - step * 10**6, 90 * step)
        wallet = place_.wallet()
        with visited(chrome, wallet, size=size, theme=theme) as found:
            page = found.open(place_.url, SERIES)
            connect(page, wallet)
            page.get_by_label("Amount, SCU").fill("10")
            expect(page.get_by_text("What it pays at S")).to_be_visible()
            expect(page.get_by_role("button", name="Sign 3 permits")).to_be_visible()
            assert found.violations() == []
            assert found.overflow() <= 0
            page.get_by_role("button", name="Sign 3 permits").click()
            dialog = page.get_by_role("dialog", name="Let a contract take A1GH")
            expect(dialog).to_be_visible()
            assert found.violations() == []
            page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()
            page.goto(place_.url + "#/market")
            expect(page.get_by_role("link", name="NET-A1GH")).to_be_visible()
            settle(page)
            assert found.violations() == []
            assert found.overflow() <= 0
            assert faults(found) == []
