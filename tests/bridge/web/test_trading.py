"""A trader at the page: from approvals over an order to a redemption, on a real chain and relay."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.orders.client.client import PlacedOrder
from pargrade.bindings.structs import Side
from pargrade.chain.block import Tag
from tests.support.market import DAY, MIDNIGHT, PRICE, Market
from tests.support.nodes import until
from tests.support.trading_page import (
    TRADER,
    Floor,
    connect,
    faults,
    floor,
    sign,
    visited,
)

pytestmark = pytest.mark.full

SERIES = "#/market/NET-A1GH"


@pytest.fixture
def place(market: Market, tmp_path: Path, chrome: Browser) -> Iterator[Floor]:
    with floor(market, tmp_path) as found:
        found.fund()
        yield found


def onboard(page: Page) -> None:
    """Both approvals of the quote, then every permit and the transaction that brings them."""
    for spender in ("exchange", "market"):
        page.get_by_role("button", name=f"Approve tUSD for the {spender}").click()
        expect(page.get_by_role("button", name=f"Approve tUSD for the {spender}")).to_be_hidden()
    page.get_by_role("button", name="Sign 3 permits").click()
    sign(page, "Let a contract take A1GH")
    sign(page, "Let a contract take A1GH")
    sign(page, "Let a contract act with your positions")
    page.get_by_role("button", name="Bring all 3 to the chain").click()
    expect(page.get_by_role("button", name="Review and sign")).to_be_visible()


def held(place: Floor, side: int = 0) -> int:
    market = place.market.market
    return market.balance_of(TRADER.address, place.venue.series + side, block=Tag.LATEST)


def test_trader__from_nothing_to_a_statement__buys_holds_and_redeems(
    place: Floor, chrome: Browser
) -> None:
    place.quote(Side.SELL, PRICE + 10**6, 2_000)
    wallet = place.wallet()
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        page.get_by_label("Amount, SCU").fill("10")
        expect(page.get_by_text("20.10 tUSD").first).to_be_visible()
        expect(page.get_by_text("What it pays at S")).to_be_visible()
        assert wallet.count("eth_signTypedData_v4") == 0
        onboard(page)
        page.get_by_role("button", name="Review and sign").click()
        dialog = page.get_by_role("dialog", name="An order to buy")
        expect(dialog).to_contain_text("10 SCU")
        expect(dialog).to_contain_text("2.01 USD per SCU")
        expect(dialog).to_contain_text("the exchange of this deployment")
        sign(page, "An order to buy")
        expect(page.get_by_text("10.00 SCU are matched")).to_be_visible()
        until(lambda: held(place) == 1_000, "the fill on the chain", 60)
        positions = page.get_by_role("region", name="Your positions").first
        expect(positions).to_contain_text("LONG")
        page.reload()
        expect(page.get_by_role("region", name="Trades", exact=True)).to_contain_text("as taker")

        settle_at(place, PRICE + PRICE // 10)
        page.reload()
        expect(page.get_by_text("S is")).to_contain_text("2.2000 USD")
        page.get_by_role("button", name="Redeem").click()
        expect(page.get_by_text("You hold no position.")).to_be_visible()
        expect(page.get_by_role("region", name="Redemptions")).to_contain_text("LONG")
        assert held(place) == 0
        assert faults(found) == []
        assert found.outside == []
        assert found.violations() == []


def test_position__is_rolled_into_another_series__by_one_signature_over_both(
    place: Floor, chrome: Browser
) -> None:
    market, maker, exchange = place.market, place.maker, place.venue.exchange
    far = market.list_series("A1GH", start=MIDNIGHT + 2 * DAY, days=10)
    market.open(place.venue.series, 1_000)
    market.give(place.venue.series, TRADER.address, 1_000)
    place.quote(Side.BUY, PRICE, 2_000)
    ask = maker.offer(maker.order(far, Side.SELL, PRICE + 10**6, 2_000), exchange)
    until(
        lambda: isinstance(place.client.place([ask], place.client.rules())[0], PlacedOrder), "", 60
    )
    wallet = place.wallet()
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        rolls = page.get_by_role("region", name="Roll", exact=True)
        rolls.get_by_label("SCU to move").fill("11")
        expect(rolls).to_contain_text("You hold 10 SCU.")
        rolls.get_by_label("SCU to move").fill("")
        onboard(page)
        rolls.get_by_role("button", name="Review and sign the roll").click()
        dialog = page.get_by_role("dialog", name="A roll of LONG")
        for words in ("Out of", "2.00 USD", "Into", "2.01 USD"):
            expect(dialog).to_contain_text(words)
        sign(page, "A roll of LONG")
        expect(rolls).to_contain_text("10.00 SCU are moved")
        owner = TRADER.address
        until(
            lambda: market.market.balance_of(owner, far, block=Tag.LATEST) == 1_000, "the roll", 60
        )
        assert held(place) == 0
        assert faults(found) == []


def settle_at(place: Floor, value: int) -> None:
    """Rounds over the window, then the price, proposed and final."""
    market = place.market
    start = MIDNIGHT + DAY
    market.cover(start, start + 10 * DAY, value)
    market.do(market.market.propose(place.venue.series))
    market.chain.next_block_at(market.now + DAY + 1)
    market.do(market.market.finalise(place.venue.series))


def test_order__rests_and_is_cancelled__at_the_relay_and_on_the_chain(
    place: Floor, chrome: Browser
) -> None:
    wallet = place.wallet()
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        page.get_by_label("Amount, SCU").fill("5")
        page.get_by_label("At most, USD per SCU").fill("1.90")
        onboard(page)
        mine = page.get_by_role("region", name="Your resting orders").first
        for _ in range(2):
            page.get_by_role("button", name="Review and sign").click()
            sign(page, "An order to buy")
            expect(mine).to_contain_text("1.90")
        expect(page.locator(".half").first).to_contain_text("10.00")
        mine.get_by_role("button", name="At the relay").first.click()
        sign(page, "Take an order out of the book")
        expect(page.locator(".half").first).to_contain_text("5.00")
        on_chain = mine.get_by_role("button", name="On the chain", exact=True)
        # The list comes later than the book, and has the order that is gone until then.
        expect(on_chain).to_have_count(1)
        on_chain.click()
        expect(mine).to_contain_text("None rests in this series.")
        page.get_by_role("button", name="Review and sign").click()
        sign(page, "An order to buy")
        page.get_by_role("button", name="Cancel every order on the chain").click()
        expect(mine).to_contain_text("None rests in this series.")
        assert place.client.resting(TRADER.address) == []
        assert faults(found) == []


def test_owner__refuses_to_sign_an_order__nothing_is_sent_and_the_form_stays(
    place: Floor, chrome: Browser
) -> None:
    wallet = place.wallet()
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        page.get_by_label("Amount, SCU").fill("5")
        page.get_by_label("At most, USD per SCU").fill("1.90")
        onboard(page)
        wallet.refuses = {"eth_signTypedData_v4"}
        page.get_by_role("button", name="Review and sign").click()
        dialog = page.get_by_role("dialog", name="An order to buy")
        dialog.get_by_role("button", name="Sign in the wallet").click()
        expect(dialog).to_contain_text("You refused it in the wallet")
        dialog.get_by_role("button", name="Do not sign").click()
        expect(page.get_by_text("Not signed. Nothing was sent.")).to_be_visible()
        expect(page.get_by_label("Amount, SCU")).to_have_value("5")
        assert place.client.resting(TRADER.address) == []


def test_relay__refuses_an_order__its_reason_and_what_to_do_are_on_the_page(
    place: Floor, chrome: Browser
) -> None:
    place.quote(Side.SELL, PRICE, 1_000)
    wallet = place.wallet()
    with visited(chrome, wallet) as found:
        page = found.open(place.url, SERIES)
        connect(page, wallet)
        page.get_by_label("Amount, SCU").fill("5")
        page.get_by_label("At most, USD per SCU").fill("2.10")
        page.get_by_label("What happens to it").select_option("POST")
        onboard(page)
        page.get_by_role("button", name="Review and sign").click()
        sign(page, "An order to buy")
        expect(page.get_by_text("post-only and would be filled at once")).to_be_visible()
        expect(page.get_by_text("Take a price that does not reach the other side")).to_be_visible()


def test_book__over_the_stream__follows_the_relay_and_takes_a_price_into_the_ticket(
    place: Floor, chrome: Browser
) -> None:
    place.quote(Side.SELL, PRICE + 10**6, 500)
    with visited(chrome, place.wallet()) as found:
        page = found.open(place.url, SERIES)
        asks = page.locator(".half").nth(1)
        expect(asks).to_contain_text("5.00")
        place.quote(Side.SELL, PRICE + 10**6, 700)
        expect(asks).to_contain_text("12.00")
        asks.get_by_role("button", name="2.01").click()
        expect(page.get_by_label("At most, USD per SCU")).to_have_value("2.01")
        assert faults(found) == []
