"""Keeper, `bridge status` and the futures commands about one chain, with equivocation proven.

The chain itself says what is due: each act is simulated on it.
"""

from pathlib import Path
from typing import Any

import pytest

from pargrade.bindings.structs import Phase, Style
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted
from tests.support.cli import run
from tests.support.command import KEEPER_KEY
from tests.support.liars import lie
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account

START = MIDNIGHT + DAY
EXPIRY = START + DAY
CENT = 10**6
MOMENTS = (
    *(EXPIRY + 60, EXPIRY + 900, EXPIRY + DAY + 60, EXPIRY + 7 * DAY),
    *(EXPIRY + 12 * DAY, EXPIRY + 14 * DAY - 60, EXPIRY + 14 * DAY),
)
SHARED = ("due", "why", "outcome", "rung", "next_at", "guardian_until")


class Floor:
    """A market with series of every style and phase, and the commands that look at it."""

    def __init__(self, market: Market, folder: Path) -> None:
        self.market = market
        self.numbers = self._list_all()
        path = market.write(folder / "31337.json")
        self._where = ("--rpc-url", market.net.url, "--deployment", str(path))

    def _list_all(self) -> dict[str, int]:
        market = self.market
        low, high = PRICE // 2, PRICE * 2
        listed = {
            "NET": market.list_series("A1GH", name="NET"),
            "DELIVERY": market.list_series("A1GH", style=Style.DELIVERY, name="DELIVERY"),
            "BANDED": market.list_banded(low, high, name="BANDED"),
            "NET-P": market.list_series("A1GH", price=PRICE + CENT, name="NET-P"),
            "BANDED-P": market.list_banded(low + CENT, high, name="BANDED-P"),
            "LONGER": market.list_series("A1GH", days=3, name="LONGER"),
        }
        for number in listed.values():
            market.open(number, 10)
            market.give(number, account(1), 10)
        return listed

    def prove_two_liars(self) -> None:
        """Two of three reporters, enough with a quorum of three, lied inside every window."""
        market = self.market
        for key in market.reporters.keys[:2]:
            market.do(lie(market.index, key, 1, START + 3_600))

    def run(self, *words: str) -> Any:
        return run(*words, *self._where, "--json").json

    def due_by_surface(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What each of four surfaces says of each series, by series and surface."""
        shown = {name: self.run("futures", "show", name) for name in self.numbers}
        listed = {series["name"]: series for series in self.run("futures", "list")}
        status = {series["name"]: series for series in self.run("bridge", "status")}
        keeper = {int(s["series"]): s for s in self.run("bridge", "once", "--dry-run")["series"]}
        return {
            name: {
                surface: {key: found[key] for key in SHARED}
                for surface, found in (
                    ("show", shown[name]),
                    ("list", listed[name]),
                    ("status", status[name]),
                    ("keeper", keeper[number]),
                )
            }
            for name, number in self.numbers.items()
        }

    def due_on_chain(self, name: str) -> str:
        """What the market takes for a series in the next block."""
        market, number = self.market.market, self.numbers[name]
        taken = [
            act
            for act, call in (
                ("propose", market.propose(number)),
                ("finalise", market.finalise(number)),
            )
            if self._takes(call)
        ]
        assert len(taken) < 2
        return taken[0] if taken else "nothing"

    def _takes(self, call: Call[None]) -> bool:
        try:
            self.market.chain.call(call, block=Tag.PENDING)
        except Reverted:
            return False
        return True


def agreed_at_every_edge(floor: Floor) -> set[tuple[str, str, str]]:
    """Name, due and outcome of everything seen, once all surfaces and the chain agree on it."""
    seen = set()
    for now in MOMENTS:
        floor.market.chain.advance(now)
        for name, surfaces in floor.due_by_surface().items():
            show = surfaces["show"]
            assert all(found == show for found in surfaces.values()), (name, now, surfaces)
            assert show["due"] == floor.due_on_chain(name), (name, now, show)
            seen.add((name, show["due"], show["outcome"]))
    return seen


@pytest.fixture
def floor(market: Market, tmp_path: Path) -> Floor:
    """Covered up to expiry, and two of the series proposed."""
    floor = Floor(market, tmp_path)
    market.cover(START, EXPIRY)
    for name in ("NET-P", "BANDED-P"):
        market.do(market.market.propose(floor.numbers[name]))
    return floor


@pytest.mark.full
def test_commands__equivocation_proven__all_agree_with_the_chain_at_every_edge(
    floor: Floor,
) -> None:
    floor.prove_two_liars()
    assert agreed_at_every_edge(floor) == {
        ("NET", "propose", "DELIVERED"),
        ("DELIVERY", "propose", "DELIVERED"),
        ("BANDED", "propose", "SETTLED"),
        ("NET-P", "nothing", "PROPOSED"),
        ("NET-P", "finalise", "DELIVERED"),
        ("BANDED-P", "nothing", "PROPOSED"),
        ("BANDED-P", "finalise", "SETTLED"),
        ("LONGER", "nothing", "OPEN"),
        ("LONGER", "propose", "DELIVERED"),
    }


def test_commands__nothing_proven__all_agree_with_the_chain_at_every_edge(floor: Floor) -> None:
    assert agreed_at_every_edge(floor) >= {
        ("NET", "propose", "PROPOSED"),
        ("NET", "nothing", "OPEN"),
        ("NET", "propose", "DELIVERED"),
        ("BANDED", "propose", "SETTLED"),
        ("NET-P", "finalise", "SETTLED"),
    }


def test_show__too_little_covered_and_equivocation_proven__says_it_can_be_concluded_now(
    market: Market, tmp_path: Path
) -> None:
    """`futures show` once said that a quarter would be enough a week later."""
    floor = Floor(market, tmp_path)
    market.record(EXPIRY)
    assert "a quarter is enough" in floor.run("futures", "show", "NET")["next"]
    floor.prove_two_liars()
    shown = floor.run("futures", "show", "NET")
    assert shown["next"] == "it can be delivered now"
    assert shown["why"] == "reporters signed two contents: there is no price"
    assert floor.run("futures", "show", "BANDED")["next"] == "it can be settled now"


def test_settle__equivocation_proven__ends_in_the_phase_that_show_announced(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.prove_two_liars()
    floor.market.chain.advance(EXPIRY + DAY + 60)
    announced = {name: floor.run("futures", "show", name)["outcome"] for name in floor.numbers}
    monkeypatch.setenv("PARGRADE_KEY", KEEPER_KEY)
    for name, outcome in announced.items():
        if name != "LONGER":
            assert floor.run("futures", "settle", name)["phase"] == outcome
    phases = {
        name: floor.market.market.series(number, block=Tag.LATEST).phase
        for name, number in floor.numbers.items()
    }
    assert {name: phase.name for name, phase in phases.items()} == announced
    assert phases["NET-P"] is Phase.DELIVERED
