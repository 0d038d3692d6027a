"""A market with an index, an admin and a registry of its own: trusted aloud, units wrapped anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.create2 import address_by
from pargrade.deployment.file import Deployment
from pargrade.deployment.migration.plan import creation_of
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from pargrade.units import LOT
from tests.support.cli import Ran
from tests.support.cli import run as run_here
from tests.support.market import DAY, MIDNIGHT, Market, account
from tests.support.two_markets import place_apart

pytestmark = pytest.mark.full

LOTS = 150
"""Of NET; no whole number of tokens of 0.7 SCU."""


@dataclass
class Apart:
    """NET of one grade, all of it held by accounts 1 and 2, and a market of other people."""

    net: Devnet
    old: Market
    young: Deployment
    paths: tuple[Path, Path]
    decimals: int

    def run(self, *words: str, key: bool = True) -> Ran:
        name, *rest = words
        place = ("--rpc-url", self.net.url, "--deployment", str(self.paths[0]))
        keyed = ("--key", DEVNET_KEYS[0]) if key and name != "plan" else ()
        return run_here("migrate", name, str(self.paths[1]), *rest, *place, *keyed)

    def agree(self) -> None:
        migrator = address_by(creation_of(self.old.deployment, self.young))
        for number in (1, 2):
            self.old.do_as(account(number), self.old.market.set_operator(migrator, True))

    def wrap_anew(self) -> None:
        """Gives the sender new units."""
        unit = WrappedUnit(self.old.chain, self.young.grades["G"].unit)
        token, amount = self.old.token("G"), 10 * 10**self.decimals
        self.old.do(token.mint(self.old.me, amount))
        self.old.do(token.approve(unit.address, amount))
        self.old.do(unit.wrap(amount, 0, self.old.me))


def place(net: Devnet, folder: Path, decimals: int) -> Apart:
    old = Market(net)
    old.fund_quote()
    old.list_grade("G", decimals, 7 * 10**17)
    old.record(MIDNIGHT + DAY // 2)
    series = old.list_series("G", name="NET", start=MIDNIGHT + 5 * DAY)
    old.open(series, LOTS)
    old.give(series, account(2), LOTS)
    old.give(series + 1, account(1), LOTS)
    young = place_apart(old)
    paths = folder / "old.json", folder / "young.json"
    old.deployment.write(paths[0])
    young.write(paths[1])
    found = Apart(net, old, young, paths, decimals)
    found.agree()
    assert found.run("list").code == 0
    found.young = Deployment.read(paths[1])
    return found


@pytest.fixture(scope="module", params=[6, 0])
def placed(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with Devnet(genesis=MIDNIGHT) as net:
        yield place(net, tmp_path_factory.mktemp("apart"), request.param)


@pytest.fixture
def apart(placed: Apart) -> Iterator[Apart]:
    with placed.net.chain.restored():
        yield placed


def test_migrate__market_of_another_index_and_admin__is_refused_until_it_is_trusted_aloud(
    apart: Apart,
) -> None:
    before = apart.net.chain.head()
    for words in (("plan",), ("agree",), ("run",), ("run", "--dry-run"), ("run", "--rehearse")):
        refused = apart.run(*words)
        assert refused.code == 1
        assert f"index {apart.young.address('SpotIndex')}" in refused.error
        assert f"authority {apart.young.address('Governance')}" in refused.error
        assert "--trust-new" in refused.err
    assert apart.net.chain.head() == before
    shown = apart.run("plan", "--trust-new", "--json").json["trust"]
    assert shown["as_it_ships"]
    assert shown["new"]["index"] == apart.young.address("SpotIndex")
    assert shown["old"]["index"] == apart.old.index.address
    assert shown["new"]["registry"] == apart.young.address("GradeRegistry")
    assert apart.run("agree", "--trust-new").code == 0
    # Whoever agreed before it became another's has to come out.
    assert apart.run("agree", "--withdraw").code == 0


def test_migrate__file_that_names_the_old_index__is_believed_no_more_than_the_chain(
    apart: Apart, tmp_path: Path
) -> None:
    lie = Deployment.read(apart.paths[1])
    for name in ("SpotIndex", "Governance", "GradeRegistry"):
        lie.contracts[name] = apart.old.deployment.contracts[name]
    path = tmp_path / "lie.json"
    lie.write(path)
    place = ("--rpc-url", apart.net.url, "--deployment", str(apart.paths[0]))
    refused = run_here("migrate", "agree", str(path), *place, "--key", DEVNET_KEYS[0])
    assert refused.code == 1
    assert "FuturesMarket: it is wired to" in refused.error


def test_migrate__market_whose_code_is_not_ours__is_refused_with_the_place(apart: Apart) -> None:
    market = apart.young.address("FuturesMarket")
    code = bytearray(apart.old.chain.code(market, block=Tag.LATEST))
    code[777] ^= 1
    apart.old.chain.request("anvil_setCode", market, "0x" + code.hex())
    refused = apart.run("agree")
    assert refused.code == 1
    assert "FuturesMarket: its code differs at byte 777" in refused.error


def test_migrate__units_wrapped_anew_by_one_without_any__says_so_first_and_moves_nothing(
    apart: Apart,
) -> None:
    step = -(-7 * 10**17 // 10**apart.decimals)
    plan = apart.run("plan", "--trust-new", "--sender", apart.old.me, "--json").json
    (dust,) = plan["dust"]
    assert dust["needed"] == str(min(step, LOTS * LOT))
    assert dust["held"] == "0"
    (series,) = plan["series"]
    assert series["movable"] == 0
    assert "wrap some of the new units first" in series["why_not"]
    shown = apart.run("plan", "--trust-new", "--sender", apart.old.me)
    assert "TOO LITTLE" in shown.out
    ran = apart.run("run", "--trust-new")
    assert ran.code == 1
    assert "wrap some of the new units first" in ran.err
    assert "refused because" in ran.out


def test_migrate__units_wrapped_anew_by_one_with_enough__moves_every_lot(apart: Apart) -> None:
    apart.wrap_anew()
    plan = apart.run("plan", "--trust-new", "--sender", apart.old.me, "--json").json
    assert plan["series"][0]["movable"] == 2 * LOTS
    unit = WrappedUnit(apart.old.chain, apart.young.grades["G"].unit)
    old_unit = apart.old.unit("G")

    def held() -> int:
        me = apart.old.me
        return unit.balance_of(me, block=Tag.LATEST) + old_unit.balance_of(me, block=Tag.LATEST)

    before = held()
    ran = apart.run("run", "--trust-new", "--json").json
    assert (ran["series"][0]["moved"], ran["lost"]) == (2 * LOTS, 0)
    # What rounding takes comes back in old units: nothing is paid.
    assert held() >= before
    assert unit.balance_of(apart.young.address("FuturesMarket"), block=Tag.LATEST) == LOTS * LOT
