"""A market with a relay and the page in front of it: what the flows of a trader need."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, expect

from bridge.orders.client.client import RelayClient
from pargrade.bindings.structs import Side
from pargrade.devnet.anvil import devnet_keys
from tests.support.aside import aside
from tests.support.browser import Tab, tab
from tests.support.injected_wallet import InjectedWallet
from tests.support.market import Market
from tests.support.page import served
from tests.support.relay_parties import Party, Venue, place, running

SHOWS_ANOTHER: Final = """read => {
    const shown = document.querySelector("dialog[open] dl");
    return shown === null || shown.innerText !== read;
}"""

TRADER: Final = devnet_keys()[8]
"""Whose account the wallet has."""
MAKER_NUMBER: Final = 9


@dataclass
class Floor:
    """A venue whose page is served, with a maker."""

    venue: Venue
    client: RelayClient
    stream_port: int
    url: str
    maker: Party

    @property
    def market(self) -> Market:
        return self.venue.market

    def quote(self, side: Side, price: int, lots: int) -> None:
        """Places an order of the maker's."""
        order = self.maker.order(self.venue.series, side, price, lots)
        place(self.client, self.maker.offer(order, self.venue.exchange))

    def fund(self) -> None:
        """Gives the trader quote and units, and no approval."""
        fund_trader(self.market)

    def wallet(self) -> InjectedWallet:
        """A wallet with the trader's account."""
        return wallet_of(self.market)


def fund_trader(market: Market) -> None:
    """Ten thousand of the quote token, and a thousand units."""
    market.do(market.quote.mint(TRADER.address, 10**10))
    market.do(market.unit("A1GH").transfer(TRADER.address, 10**21))


def wallet_of(market: Market) -> InjectedWallet:
    """A wallet with the trader's account on the market's chain."""
    chain_id = market.chain.chain_id
    return InjectedWallet(TRADER.address, {chain_id: market.chain}, chain_id)


@contextmanager
def floor(market: Market, folder: Path) -> Iterator[Floor]:
    """The relay runs and the page is served while the context is open."""
    venue = Venue(market, folder)
    maker = venue.party(MAKER_NUMBER)
    with aside(running(venue.assemble())) as (client, stream_port):
        stream = f"ws://127.0.0.1:{stream_port}"
        settings = {"relay_url": client.url, "stream_url": stream}
        with served(market.net.url, venue.path, **settings) as url:
            yield Floor(venue, client, stream_port, url, maker)


@contextmanager
def visited(chrome: Browser, wallet: InjectedWallet, **options: object) -> Iterator[Tab]:
    """A tab that has a wallet."""
    with tab(chrome, **options) as found:  # type: ignore[arg-type]
        wallet.inject(found.context)
        yield found


def connect(page: Page, wallet: InjectedWallet) -> None:
    """Connects the wallet, as its owner does."""
    page.get_by_role("button", name="Connect a wallet", exact=True).click()
    page.get_by_role("button", name=wallet.name).click()
    expect(page.get_by_role("dialog")).to_contain_text("Disconnect")
    page.get_by_role("button", name="Close").click()


def sign(page: Page, title: str) -> None:
    """Reads what a dialog says is to be signed, and signs it."""
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog).to_be_visible()
    read = dialog.locator("dl").inner_text()
    dialog.get_by_role("button", name="Sign in the wallet").click()
    # The next message may be there before anyone sees that this one has gone.
    page.wait_for_function(SHOWS_ANOTHER, arg=read)


def faults(found: Tab) -> list[str]:
    """What went wrong in a tab, without connections that a reload cut off in the middle."""
    return [each for each in found.errors if "closed before the connection" not in each]
