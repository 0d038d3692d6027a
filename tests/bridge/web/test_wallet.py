"""Wallets as their owners use them: connected, refused, on the wrong chain, changed, taken away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pargrade.devnet.anvil import devnet_keys
from tests.support.browser import tab
from tests.support.market import Market
from tests.support.trading_page import (
    TRADER,
    Floor,
    connect,
    faults,
    floor,
    visited,
)

pytestmark = pytest.mark.full

SERIES = "#/market/NET-A1GH"
ACCOUNT = f"{TRADER.address[:6]}…{TRADER.address[-4:]}"


@pytest.fixture
def place(market: Market, tmp_path: Path, chrome: Browser) -> Iterator[Floor]:
    with floor(market, tmp_path) as found:
        yield found


def fill_ticket(page: Page) -> None:
    page.get_by_label("Amount, SCU").fill("10")
    page.get_by_label("At most, USD per SCU").fill("1.90")


def test_wallet__connected_reloaded_and_disconnected__stays_and_goes(
    place: Floor, chrome: Browser
) -> None:
    wallet = place.wallet()
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        expect(page.get_by_role("button", name=ACCOUNT)).to_be_visible()
        page.reload()
        expect(page.get_by_role("button", name=ACCOUNT)).to_be_visible()
        assert wallet.count("eth_requestAccounts") == 1
        page.get_by_role("button", name=ACCOUNT).click()
        page.get_by_role("button", name="Disconnect").click()
        page.get_by_role("button", name="Close").click()
        page.reload()
        expect(page.get_by_role("button", name="Connect a wallet", exact=True)).to_be_visible()
        assert faults(found) == []


def test_owner__refuses_to_connect__page_says_so_and_asks_again(
    place: Floor, chrome: Browser
) -> None:
    wallet = place.wallet()
    wallet.refuses = {"eth_requestAccounts"}
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        page.get_by_role("button", name="Connect a wallet", exact=True).click()
        page.get_by_role("button", name=wallet.name).click()
        expect(page.get_by_role("dialog")).to_contain_text("You refused it in the wallet")
        wallet.refuses = set()
        page.get_by_role("button", name=wallet.name).click()
        expect(page.get_by_role("dialog")).to_contain_text("Disconnect")
        assert found.violations() == []


def test_wallet__on_another_chain__is_asked_to_switch_before_anything_is_signed(
    place: Floor, chrome: Browser
) -> None:
    place.fund()
    wallet = place.wallet()
    home = wallet.chain_id
    wallet.chains[1] = wallet.chains[home]
    wallet.unknown = {home}
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        wallet.move_to(page, 1)
        fill_ticket(page)
        note = page.get_by_text("Your wallet is on Ethereum; this is on the development chain.")
        expect(note).to_be_visible()
        wallet.refuses = {"wallet_switchEthereumChain"}
        page.get_by_role("button", name="Switch to the development chain").click()
        expect(page.get_by_text("You refused it in the wallet").first).to_be_visible()
        wallet.refuses = set()
        page.get_by_role("button", name="Switch to the development chain").click()
        expect(page.get_by_role("button", name="Approve tUSD for the exchange")).to_be_visible()
        assert wallet.count("wallet_addEthereumChain") == 1
        assert wallet.count("eth_sendTransaction") == 0


def test_account__changed_in_the_wallet__is_the_one_that_the_page_acts_for(
    place: Floor, chrome: Browser
) -> None:
    wallet = place.wallet()
    other = devnet_keys()[7].address
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        wallet.change_account(page, other)
        expect(page.get_by_role("button", name=f"{other[:6]}…{other[-4:]}")).to_be_visible()


def test_account__without_the_chains_coin__is_told_before_the_wallet_is_asked(
    place: Floor, chrome: Browser
) -> None:
    place.fund()
    place.market.chain.request("anvil_setBalance", TRADER.address, "0x1")
    wallet = place.wallet()
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        fill_ticket(page)
        page.get_by_role("button", name="Approve tUSD for the exchange").click()
        expect(
            page.get_by_text("Fund it first").or_(page.get_by_text("too little"))
        ).to_be_visible()
        assert wallet.count("eth_sendTransaction") == 0


def test_wallet__with_a_name_and_picture_that_would_do_harm__is_only_text(
    place: Floor, chrome: Browser
) -> None:
    wallet = place.wallet()
    wallet.name = "<img src=x onerror=alert(1)>\u202etxet"
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        found.page.on("dialog", lambda dialog: found.errors.append(dialog.message))
        page.get_by_role("button", name="Connect a wallet", exact=True).click()
        expect(page.get_by_role("button", name="<img src=x onerror=alert(1)>")).to_be_visible()
        assert "\u202e" not in page.get_by_role("dialog").inner_text()
        assert faults(found) == []


def test_page__without_a_wallet__says_what_is_missing_and_shows_everything(
    place: Floor, chrome: Browser
) -> None:
    with tab(chrome) as found:
        page = found.open(place.url, SERIES)
        expect(page.get_by_role("heading", name="Settlement")).to_be_visible()
        page.get_by_role("button", name="Connect a wallet", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("No wallet is in this browser")
        assert faults(found) == []
        assert found.violations() == []
