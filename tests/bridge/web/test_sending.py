"""The life of a transaction in words: pending, mined, re-orged out and back, replaced, failed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pargrade.chain.block import Tag
from tests.support.injected_wallet import InjectedWallet
from tests.support.market import Market
from tests.support.mining import mine_once_waiting
from tests.support.page import served
from tests.support.proxy import fault_proxy
from tests.support.trading_page import (
    TRADER,
    connect,
    faults,
    fund_trader,
    visited,
    wallet_of,
)

pytestmark = pytest.mark.full

UNITS = "#/units/A1GH"


@pytest.fixture
def shop(market: Market, tmp_path: Path, chrome: Browser) -> Iterator[tuple[str, InjectedWallet]]:
    """The page of a market, and a wallet with tokens of its grade."""
    fund_trader(market)
    market.do(market.token("A1GH").mint(TRADER.address, 10**9))
    path = market.write(tmp_path / "31337.json")
    with served(market.net.url, path) as url:
        yield url, wallet_of(market)


def approve(page: Page, amount: str = "12.5") -> None:
    page.get_by_label("Amount of tA1GH").fill(amount)
    page.get_by_role("button", name=f"Approve {amount} tA1GH").click()


def stage(page: Page) -> object:
    return page.locator(".act .standing")


def test_tokens__approved_wrapped_and_unwrapped__end_where_they_began(
    shop: tuple[str, InjectedWallet], market: Market, chrome: Browser
) -> None:
    url, wallet = shop
    unit, token = market.unit("A1GH"), market.token("A1GH")
    before = unit.balance_of(TRADER.address, block=Tag.LATEST)
    with visited(chrome, wallet) as found:
        page = found.open(url, UNITS)
        connect(page, wallet)
        approve(page)
        page.get_by_role("button", name="Wrap 12.5 tA1GH").click()
        expect(stage(page)).to_contain_text("Done in block")
        wrapped = unit.balance_of(TRADER.address, block=Tag.LATEST) - before
        assert wrapped == 12_500_000 * 10**12
        page.get_by_role("group", name="Preview of").get_by_role("button", name="unwrap").click()
        page.get_by_label("Amount of A1GH").fill("12.5")
        page.get_by_role("button", name="Unwrap 12.5 A1GH").click()
        expect(stage(page)).to_contain_text("Done in block")
        assert unit.balance_of(TRADER.address, block=Tag.LATEST) == before
        assert token.balance_of(TRADER.address, block=Tag.LATEST) == 10**9
        page.get_by_label("Amount of A1GH").fill("999999")
        expect(page.get_by_text("You have 1,000 A1GH only.")).to_be_visible()
        assert faults(found) == []
        assert found.violations() == []


def test_wrapping__closed_by_the_registry__cannot_be_pressed_and_unwrapping_can(
    shop: tuple[str, InjectedWallet], market: Market, chrome: Browser
) -> None:
    url, wallet = shop
    market.do(market.registry.close(market.unit("A1GH").address))
    with visited(chrome, wallet) as found:
        page = found.open(url, UNITS)
        connect(page, wallet)
        page.get_by_label("Amount of tA1GH").fill("1")
        expect(page.get_by_text("Wrapping is closed for this grade")).to_be_visible()
        expect(page.get_by_role("button", name="Approve 1 tA1GH")).to_be_disabled()
        page.get_by_role("group", name="Preview of").get_by_role("button", name="unwrap").click()
        page.get_by_label("Amount of A1GH").fill("1")
        expect(page.get_by_role("button", name="Unwrap 1 A1GH")).to_be_enabled()


def test_owner__refuses_a_transaction__nothing_is_sent(
    shop: tuple[str, InjectedWallet], chrome: Browser
) -> None:
    url, wallet = shop
    wallet.refuses = {"eth_sendTransaction"}
    with visited(chrome, wallet) as found:
        page = found.open(url, UNITS)
        connect(page, wallet)
        approve(page)
        expect(stage(page)).to_contain_text("You refused it in the wallet. Nothing was sent.")
        wallet.refuses = set()
        approve(page)
        expect(page.get_by_role("button", name="Wrap 12.5 tA1GH")).to_be_visible()


def test_transaction__pending_over_a_reload__is_followed_to_its_block_and_through_a_re_org(
    shop: tuple[str, InjectedWallet], market: Market, chrome: Browser
) -> None:
    url, wallet = shop
    chain = market.chain
    with visited(chrome, wallet) as found:
        page = found.open(url, UNITS)
        connect(page, wallet)
        chain.pause_mining()
        approve(page)
        expect(stage(page)).to_contain_text("It waits for a block.")
        page.reload()
        page.locator(".top-tools").get_by_role("button", name="under way").click()
        listed = page.get_by_role("region", name="Transactions")
        expect(listed).to_contain_text("It waits for a block.")
        mine_once_waiting(chain, 1)
        expect(listed).to_contain_text("Done in block")
        raw = chain.request("eth_getRawTransactionByHash", wallet.sent[-1])
        chain.request("anvil_reorg", 1, [])
        expect(listed).to_contain_text("is gone: the chain took another branch")
        chain.request("eth_sendRawTransaction", raw)
        mine_once_waiting(chain, 1)
        chain.resume_mining()
        expect(listed).to_contain_text("Done in block")
        assert faults(found) == []


def test_transaction__whose_nonce_another_takes__is_said_to_be_replaced(
    shop: tuple[str, InjectedWallet], market: Market, chrome: Browser
) -> None:
    url, wallet = shop
    chain = market.chain
    with visited(chrome, wallet) as found:
        page = found.open(url, UNITS)
        connect(page, wallet)
        chain.pause_mining()
        approve(page)
        expect(stage(page)).to_contain_text("It waits for a block.")
        wallet.replace_last()
        chain.resume_mining()
        chain.mine(1)
        expect(stage(page)).to_contain_text("your wallet sent another transaction in its place")
        chain.resume_mining()


def test_transaction__that_the_chain_would_refuse__is_not_asked_for_and_its_error_is_named(
    shop: tuple[str, InjectedWallet], market: Market, chrome: Browser
) -> None:
    url, wallet = shop
    with visited(chrome, wallet) as found:
        page = found.open(url, UNITS)
        connect(page, wallet)
        approve(page)
        button = page.get_by_role("button", name="Wrap 12.5 tA1GH")
        expect(button).to_be_visible()
        # What the page has read is older than this: the chain says it at the try.
        market.chain.request("anvil_setBlockTimestampInterval", 1)
        token = market.token("A1GH")
        market.do_as(TRADER.address, token.transfer(market.me, 10**9))
        button.click()
        expect(stage(page)).to_contain_text("Not sent.")
        expect(stage(page)).to_contain_text("fewer tokens than this takes")
        assert wallet.count("eth_sendTransaction") == 1


def test_endpoint__goes_away_while_a_transaction_waits__is_said_and_it_is_found_again(
    market: Market, tmp_path: Path, chrome: Browser
) -> None:
    fund_trader(market)
    market.do(market.token("A1GH").mint(TRADER.address, 10**9))
    path = market.write(tmp_path / "31337.json")
    wallet = wallet_of(market)
    with (
        fault_proxy(market.net.url) as proxy,
        served(proxy.url, path) as url,
        visited(chrome, wallet) as found,
    ):
        page = found.open(url, UNITS)
        connect(page, wallet)
        market.chain.pause_mining()
        approve(page)
        expect(stage(page)).to_contain_text("It waits for a block.")
        proxy.break_with("hangs up")
        expect(page.get_by_text("chain away")).to_be_visible()
        mine_once_waiting(market.chain, 1)
        market.chain.resume_mining()
        expect(stage(page)).to_contain_text("It waits for a block.")
        proxy.mend()
        expect(page.get_by_role("button", name="Wrap 12.5 tA1GH")).to_be_visible()
