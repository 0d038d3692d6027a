"""A populated market and a newer one on its chain, and what there is to be moved."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Style
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import Tag
from pargrade.chain.create2 import address_by
from pargrade.chain.hashing import Address
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import place_all
from pargrade.deployment.file import DeployedContract, Deployment
from pargrade.deployment.grade_terms import frozen_terms
from pargrade.deployment.migration.plan import creation_of
from pargrade.deployment.roles import PERMISSIONS
from pargrade.deployment.session import Session
from pargrade.devnet.anvil import Devnet
from tests.support.market import DAY, METHOD, MIDNIGHT, PRICE, TIMING, Market, account

YOUNG_SALT: Final = b"v2".rjust(32, b"\0")
LOTS: Final = 10
"""Of each holder and side."""


@dataclass
class TwoMarkets:
    """Holders from 1 on have ten lots of LONG or SHORT; every tenth never agreed to anything."""

    old: Market
    young: Deployment
    holders: int
    names: tuple[str, ...]

    @property
    def migrator(self) -> Address:
        return address_by(creation_of(self.old.deployment, self.young))

    @property
    def there(self) -> FuturesMarket:
        return FuturesMarket(self.old.chain, self.young.address("FuturesMarket"))

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Both deployment files."""
        paths = folder / "old.json", folder / "young.json"
        self.old.deployment.write(paths[0])
        self.young.write(paths[1])
        return paths

    def stubborn(self) -> set[Address]:
        """Who did not agree."""
        return {account(number) for number in range(1, self.holders + 1) if number % 10 == 0}

    def agree(self) -> None:
        """All others let the migrator move them."""
        stubborn = self.stubborn()
        call = self.old.market.set_operator(self.migrator, True)
        for number in range(1, self.holders + 1):
            if account(number) not in stubborn:
                self.old.do_as(account(number), call)


def populate(net: Devnet, holders: int) -> TwoMarkets:
    """Five series: one of each style, one of two grades, and DONE, which is over.

    An even holder has LONG of every series, an odd one SHORT. Their number is a multiple of 20.
    """
    old = Market.ready(net)
    old.list_grade("L70M")
    done = old.list_series("A1GH", style=Style.DELIVERY, name="DONE")
    later = {"start": MIDNIGHT + 5 * DAY}
    old.do(old.market.set_month_cap(0, 10**6))
    numbers = {
        "NET": old.list_series("A1GH", name="NET", **later),
        "PHYSICAL": old.list_series("A1GH", style=Style.DELIVERY, name="PHYSICAL", **later),
        "BAND": old.list_banded(PRICE // 2, PRICE * 3 // 2, name="BAND", **later),
        "MIX": old.list_series("A1GH", "L70M", name="MIX", **later),
    }
    half = holders // 2
    for name, number in {"DONE": done, **numbers}.items():
        grades = 2 if name == "MIX" else 1
        for grade in range(grades):
            old.open(number, LOTS * half // grades, grade)
        for rank in range(half):
            old.give(number, account(2 * rank + 2), LOTS)
            old.give(number + 1 + rank * grades // half, account(2 * rank + 1), LOTS)
    return TwoMarkets(old, place_young(old.wallet, old.deployment), holders, ("DONE", *numbers))


def place_young(wallet: Wallet, known: Deployment) -> Deployment:
    """A newer market on the same registry and index, its roles wired, without any series.

    The wallet is an admin's.
    """
    chain = wallet.chain
    creation = FuturesMarket.deploy(
        known.address("Governance"), known.address("GradeRegistry"), known.address("SpotIndex")
    )
    (address,) = place_all(wallet, (creation,), YOUNG_SALT)
    governance = Governance(chain, known.address("Governance"))
    for permission in PERMISSIONS:
        if permission.contract == "FuturesMarket" and permission.role:
            wallet.send(
                governance.set_target_function_role(
                    address, (permission.selector,), permission.role
                )
            )
    wallet.send(FuturesMarket(chain, address).set_month_cap(0, 10**6))
    entry = known.contracts["FuturesMarket"]
    placed = DeployedContract(address, chain.head().number, entry.input_hash)
    return replace(known, contracts={**known.contracts, "FuturesMarket": placed}, series={})


def place_apart(old: Market, *, salt: bytes = b"apart".rjust(32, b"\0")) -> Deployment:
    """A market with a governance, a registry and an index of its own, and the same grades there.

    Its index has the old one's names and reporters, and a round at the old one's price.
    """
    known, wallet, chain = old.deployment, old.wallet, old.chain
    names = old.index.index_names(block=Tag.LATEST)
    (governance,) = place_all(wallet, (Governance.deploy(old.me),), salt)
    registry, index = place_all(
        wallet,
        (GradeRegistry.deploy(governance), SpotIndex.deploy(governance, TIMING, names)),
        salt,
    )
    (market,) = place_all(wallet, (FuturesMarket.deploy(governance, registry, index),), salt)
    spot, keys = SpotIndex(chain, index), old.reporters.keys
    old.do(spot.set_reporters(len(keys), METHOD, tuple(key.address for key in keys)))
    slot = (old.now // 60 + 10) * 60
    chain.next_block_at(slot)
    old.do(spot.submit(old.reporters.report(spot, slot, [PRICE])))
    head = chain.head()
    session = Session(chain, known, Path())
    grades = {}
    for symbol, grade in known.grades.items():
        terms = frozen_terms(session, grade, head)
        listed = old.do(GradeRegistry(chain, registry).list(terms, f"new {symbol}", f"n{symbol}"))
        grades[symbol] = replace(grade, unit=listed.event(GradeListed).unit)
    old.do(FuturesMarket(chain, market).set_month_cap(0, 10**6))
    moved = {
        "Governance": governance,
        "GradeRegistry": registry,
        "SpotIndex": index,
        "FuturesMarket": market,
    }
    contracts = {
        name: DeployedContract(address, head.number, load_artifact(name).input_hash)
        for name, address in moved.items()
    }
    return replace(known, contracts={**known.contracts, **contracts}, grades=grades, series={})


def positions(market: FuturesMarket, series: int, sides: int, holders: int) -> dict[object, int]:
    """Lots by side and holder."""
    return {
        (side, account(number)): market.balance_of(account(number), series + side, block=Tag.LATEST)
        for side in range(sides)
        for number in range(1, holders + 1)
    }
