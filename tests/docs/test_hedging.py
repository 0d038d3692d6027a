"""HEDGING.md: its files are read, its commands run, and what stands below them is printed."""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.hedge.exposure.months import day_number
from bridge.hedge.forecast.outlook import Outlook
from bridge.hedge.intake.settings_files import read_settings
from bridge.hedge.plan.order_rule import OrderRule
from bridge.hedge.plan.policy import HistoryRule, Policy
from pargrade.bindings.structs import Leg, Side
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from tests.support.cli import run
from tests.support.command_tree import command_tree, options_of
from tests.support.market import DAY, MIDNIGHT, Market
from tests.support.price_lists import write_rate_cards
from tests.support.relay_parties import Venue, place, running
from tests.support.signed_orders import legs
from tests.support.team_files import FILES, PAGE, write_team_files

OFFLINE, _, REST = PAGE.partition("## 2 ")
LIVE = REST.partition("## 3 ")[0]
COMMANDS = re.findall(r"```console\n\$ pargrade (.*)\n(.*)\n```", OFFLINE)
STEPS = re.findall(r"^\$ pargrade (.*)\n(.*)$", LIVE, re.MULTILINE)
HISTORY = os.environ.get("PARGRADE_HISTORY")
REMOVED = ("removed", "removed_by_one")
EXIT_CODES = {"drift": 3}
CENT = 10**6
APRIL, MAY = (day_number(f"2026-0{month}-01") * DAY for month in (4, 5))
NOON = APRIL - DAY // 2


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The team's folder: the page's files, and a year of a steady need."""
    write_team_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_page__has_its_files_and_every_command():
    assert FILES.keys() == {"hedge.yaml", "market.yaml", "outlook.yaml"}
    commands = [words.split()[1] for words, _ in COMMANDS]
    assert commands == ["read", "exposure", "forecast", "plan", "drift"]
    assert len(STEPS) == LIVE.count("$ pargrade ") == 15


@pytest.mark.parametrize(("words", "line"), COMMANDS, ids=[words[:20] for words, _ in COMMANDS])
def test_command__of_the_page__prints_what_stands_below_it(folder, words, line):
    ran = run(*words.split())
    assert ran.code == EXIT_CODES.get(words.split()[1], 0), ran.err
    assert line in ran.out


@dataclass
class Tutorial:
    """The page's second section, on a chain of its own: what happens between its commands."""

    market: Market
    relay: str

    def before(self, words: list[str]) -> None:
        """What the page says happens before a command."""
        if words[:2] == ["futures", "settle"]:
            event: Callable[[], None] = self.settlements.pop(0)
            event()

    def __post_init__(self) -> None:
        self.settlements = [self.april, self.challenge]

    def april(self) -> None:
        """The index rises at once, and stays there for the month."""
        self.market.record(APRIL - 1_800, 260 * CENT)
        self.market.cover(APRIL, MAY, 260 * CENT)
        self.market.chain.advance(MAY + DAY // 8)

    def challenge(self) -> None:
        """A day in which anyone may object."""
        self.market.chain.advance(self.market.now + DAY + 60)


@pytest.fixture
def tutorial(folder: Path, monkeypatch) -> Iterator[Tutorial]:
    with Devnet(genesis=MIDNIGHT) as net:
        market = Market.ready(net)
        venue = Venue(market, folder)
        number = market.list_series("A1GH", start=APRIL, days=30, price=231 * CENT, name="APR")
        market.list_series("A1GH", start=MAY, days=31, price=231 * CENT, name="MAY")
        market.write(venue.path)
        buyer, seller = venue.party(10), venue.party(11)
        market.chain.advance(NOON - 7_200)
        market.record(NOON, 231 * CENT)
        monkeypatch.setenv("PARGRADE_KEY", DEVNET_KEYS[10])
        monkeypatch.setenv("SECOND_KEY", DEVNET_KEYS[7])
        assert buyer.key.address != seller.key.address
        with running(venue.assemble()) as (client, _):
            minted = {"legs": legs(Leg.MINT), "expiry": MAY}
            ask = seller.order(number, Side.SELL, 233 * CENT, 300_000, **minted)
            place(client, seller.offer(ask, venue.exchange))
            yield Tutorial(market, client.url)


@pytest.mark.full
def test_second_section__command_by_command__does_what_it_says(folder, tutorial):
    for step, line in STEPS:
        text, _, target = step.partition(" > ")
        words = shlex.split(text)
        plans = sorted(folder.glob("plans/0x*[0-9a-f].json"), key=lambda path: path.stat().st_mtime)
        plans = [path for path in plans if "approval" not in path.name]
        words = [plans[-1].stem if word == "HASH" else word for word in words]
        tutorial.before(words)
        options = options_of(
            command_tree()[tuple(words[:2]) if words[0] != "unwrap" else ("unwrap",)]
        )
        known = {
            "--rpc-url": tutorial.market.net.url,
            "--relay": tutorial.relay,
            "--deployment": str(folder / "31337.json"),
        }
        words += [w for name, value in known.items() if name in options for w in (name, value)]
        ran = run(*words)
        assert ran.code == (3 if {"--check", "drift"} & set(words) else 0), (step, ran.out, ran.err)
        assert line in ran.out, f"{step}\n{ran.out}"
        if target:
            (folder / target).write_text(ran.out)


@pytest.mark.skipif(HISTORY is None, reason="PARGRADE_HISTORY is not set: 6 rows not compared")
def test_backtest__of_the_page__is_what_the_command_finds(tmp_path):
    rows = []
    for model in ("H100", "A100"):
        lists = write_rate_cards(Path(str(HISTORY)), model, tmp_path / f"{model}.csv")
        document = run("hedge", "backtest", str(lists), "--json").json
        for lead in document["providers"][-1]["leads"]:
            shares = [f"{lead[name]:.0%}".replace("-0%", "0%") for name in REMOVED]
            drift = f"{lead['drift']:.1%}"
            shown = [each.replace("%", " %") for each in (*shares, drift)]
            rows.append(f"| {model} | {lead['lead']} | {lead['cases']} | {' | '.join(shown)} |")
    assert re.findall(r"^\| [AH]100 .*$", PAGE, re.MULTILINE) == rows


def test_outlook__of_the_page__is_read(folder):
    outlook = read_settings(Outlook, folder / "outlook.yaml")
    assert (len(outlook.growth), len(outlook.launches)) == (1, 1)


def test_policy__every_key__is_explained():
    for key in (*Policy.model_fields, *HistoryRule.model_fields, *OrderRule.model_fields):
        assert f"`{key}`" in PAGE
