"""Tokens sent across chains from the page: followed, taken back, claimed where paying failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.gate.carrier.service import open_carrier
from bridge.gate.route.end import RouteSide
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import keccak
from pargrade.devnet.accounts import DESK
from pargrade.devnet.anvil import devnet_keys
from tests.support.attesters import attesting
from tests.support.hostile_tokens import deploy_token
from tests.support.injected_wallet import InjectedWallet
from tests.support.page import served
from tests.support.trading_page import (
    connect,
    faults,
    visited,
)
from tests.support.two_chains import CARRIER, REMOTE_CHAIN, SENDER, STEP, TwoChains, two_chains

pytestmark = pytest.mark.full

HOME_CHAIN = 31337
OTHER = devnet_keys()[6].address


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoChains]:
    with two_chains(tmp_path_factory.mktemp("chains")) as found:
        yield found


@pytest.fixture
def bare(built: TwoChains, tmp_path: Path) -> Iterator[TwoChains]:
    with built.restored(tmp_path) as found:
        yield found


@contextmanager
def opened(chains: TwoChains, chrome: Browser) -> Iterator[tuple[Page, InjectedWallet]]:
    """The network's view with the sender's wallet connected, on the home chain."""
    ends = {HOME_CHAIN: chains.home.chain, REMOTE_CHAIN: chains.remote.chain}
    wallet = InjectedWallet(DESK.address, ends, HOME_CHAIN)
    folder = chains.folder / "home.json"
    with (
        served(chains.home.url, folder, routes=[str(chains.path)]) as url,
        visited(chrome, wallet) as found,
    ):
        page = found.open(url, "#/network")
        connect(page, wallet)
        yield page, wallet
        assert faults(found) == []
        assert found.violations() == []


@contextmanager
def carried(chains: TwoChains, folder: Path) -> Iterator[Iterator[None]]:
    """Attesters of the route; each step of the iterator attests and delivers what is final."""
    with attesting(chains, folder / "attesters") as services:
        carrier = open_carrier(chains.pair(), CARRIER, folder / "carrier").carrier

        def rounds() -> Iterator[None]:
            while True:
                for service in services:
                    service.attester.attest()
                carrier.carry()
                yield

        yield rounds()


def end(page: Page, chain: int) -> object:
    return page.get_by_role("region", name=f"End on chain {chain}")


def balance(chains: TwoChains, side: RouteSide, account: str = DESK.address) -> int:
    pair = chains.pair()
    token = BridgedToken(pair.end(side).chain, pair.token_at(side))
    return token.balance_of(account, block=Tag.LATEST)


def send(page: Page, chain: int, amount: str) -> None:
    here = end(page, chain)
    here.get_by_label("Amount", exact=False).fill(amount)
    if chain == HOME_CHAIN:
        here.get_by_role("button", name=f"Approve {amount}").click()
    here.get_by_role("button", name=f"Send {amount}").click()
    expect(here.locator(".act .standing").first).to_contain_text("Done in block")


def test_tokens__sent_from_the_page_and_back__arrive_and_are_seen_to(
    bare: TwoChains, tmp_path: Path, chrome: Browser
) -> None:
    bare.provision()
    before = balance(bare, RouteSide.HOME)
    with carried(bare, tmp_path) as rounds, opened(bare, chrome) as (page, wallet):
        send(page, HOME_CHAIN, "5")
        assert before - balance(bare, RouteSide.HOME) == 5 * STEP
        next(rounds)
        transfers = page.get_by_role("region", name="Transfers between chains").first
        expect(transfers).to_contain_text("done")
        assert balance(bare, RouteSide.REMOTE) == 5 * STEP
        end(page, REMOTE_CHAIN).get_by_role("button", name="Switch to chain 1337").click()
        send(page, REMOTE_CHAIN, "2")
        next(rounds)
        assert balance(bare, RouteSide.REMOTE) == 3 * STEP
        assert before - balance(bare, RouteSide.HOME) == 3 * STEP
        assert wallet.chain_id == REMOTE_CHAIN


def test_transfer__beyond_the_limit__waits_only_when_told_to_and_is_taken_back(
    bare: TwoChains, chrome: Browser
) -> None:
    bare.provision()
    with opened(bare, chrome) as (page, _):
        here = end(page, HOME_CHAIN)
        here.get_by_label("Amount", exact=False).fill("900")
        expect(here).to_contain_text("it is beyond the limit")
        expect(here.get_by_role("button", name="Send", exact=True)).to_be_disabled()
        here.get_by_label("Let what is beyond that wait").check()
        before = balance(bare, RouteSide.HOME)
        send(page, HOME_CHAIN, "900")
        assert before - balance(bare, RouteSide.HOME) == 900 * STEP
        here.get_by_role("button", name="Take back").click()
        expect(here.get_by_role("button", name="Take back")).to_be_hidden()
        assert balance(bare, RouteSide.HOME) == before


@pytest.mark.deep
def test_payment__that_the_token_refused__is_claimed_to_another_account(
    bare: TwoChains, tmp_path: Path, chrome: Browser
) -> None:
    token = deploy_token(bare.home.chain, SENDER, "BlocklistToken")
    bare.send("home", token.mint(DESK.address, 100 * 10**6))
    bare.write(home__token=token.address)
    bare.provision()
    with carried(bare, tmp_path) as rounds, opened(bare, chrome) as (page, _):
        send(page, HOME_CHAIN, "5")
        next(rounds)
        end(page, REMOTE_CHAIN).get_by_role("button", name="Switch to chain 1337").click()
        send(page, REMOTE_CHAIN, "5")
        bare.send("home", blocked(token))
        next(rounds)
        here = end(page, HOME_CHAIN)
        here.get_by_role("button", name="Switch to the development chain").first.click()
        expect(here).to_contain_text("A payment to you failed")
        here.get_by_label("Pay to").fill(OTHER)
        here.get_by_role("button", name="Claim").click()
        expect(here).not_to_contain_text("A payment to you failed")
        assert token.balance_of(OTHER, block=Tag.LATEST) == 5 * 10**6


def blocked(token: TestToken) -> Call[None]:
    """The token pays the sender no more."""
    words = bytes(12) + bytes.fromhex(DESK.address[2:]) + (1).to_bytes(32)
    data = keccak(b"setBlocked(address,bool)")[:4] + words
    return Call(token.address, data, "setBlocked", None, {})
