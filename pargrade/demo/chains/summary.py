"""What stands on both chains at the end: every unit that was wrapped is somewhere, and once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.chain.hashing import Address, parse_address
from pargrade.cli.toolkit.output import Table
from pargrade.demo.chains.stage import BRIDGED, BUYER, GRADE, SERIES, ChainsStage
from pargrade.deployment.session import Session
from pargrade.devnet.accounts import DESK
from pargrade.units import Price, format_amount

_DECIMALS: Final = 18


def sum_up(
    stage: ChainsStage,
    remote: Session,
    wrapped: int,
    transfers: Sequence[Mapping[str, Any]],
    audit: Mapping[str, Any],
) -> dict[str, Any]:
    """The summary, every amount in wei of units, as decimal text; read at one block of each chain.

    `difference` is what was wrapped less what is held at home outside the gate, and at the other
    chain: 0 where it balances.
    """
    route = stage.ask("route", "show")
    gate, token = parse_address(route["home"]["gate"]), parse_address(route["remote"]["token"])
    unit = stage.home.deployment.grade(GRADE).unit
    bridged = remote.deployment.grade(BRIDGED).unit
    home = _Holdings(stage.home, unit)
    there = _Holdings(remote, token)
    people = {"desk": DESK.address, "team": BUYER.address}
    at_home = {name: home.of(account) for name, account in people.items()}
    locked = home.of(gate)
    on_remote = {name: there.of(account) for name, account in people.items()}
    on_remote["wrapped again"] = there.of(bridged)
    supply = there.supply()
    market = FuturesMarket(remote.chain, remote.deployment.address("FuturesMarket"))
    number = int(remote.deployment.series[SERIES].series_id)
    view = market.series(number, block=there.block)
    return {
        "chains": [stage.home.chain.chain_id, remote.chain.chain_id],
        "blocks": [home.block.number, there.block.number],
        "wrapped": str(wrapped),
        "transfers": [
            {name: str(each[name]) for name in ("from", "units", "stage")} for each in transfers
        ],
        "series": {"name": SERIES, "phase": view.phase.name, "S": str(view.price)},
        "home": {name: str(amount) for name, amount in at_home.items()},
        "locked": str(locked),
        "remote": {name: str(amount) for name, amount in on_remote.items()},
        "minted": str(supply),
        "difference": str(wrapped - sum(at_home.values()) - sum(on_remote.values())),
        "unbacked": str(supply - locked),
        "is_covered": audit["is_covered"],
    }


def tables(summary: Mapping[str, Any]) -> Iterator[Table | str]:
    """For people."""
    home, remote = summary["chains"]
    rows = [(each["from"], _shown(each["units"]), each["stage"]) for each in summary["transfers"]]
    yield Table(("sent by", "SCU", "stage"), rows, "Transfers", frozenset({"SCU"}))
    series = summary["series"]
    price = Price(int(series["S"])).text()
    yield f"{series['name']} on chain {remote}: {series['phase'].lower()} at {price}"
    held = [
        ("wrapped at home", _shown(summary["wrapped"])),
        *((f"{name}, chain {home}", _shown(a)) for name, a in summary["home"].items()),
        *((f"{name}, chain {remote}", _shown(a)) for name, a in summary["remote"].items()),
        ("difference", _shown(summary["difference"])),
        ("locked at home for the other chain", _shown(summary["locked"])),
        ("minted on the other chain", _shown(summary["minted"])),
    ]
    yield Table(("where every unit is", "SCU"), held, numbers=frozenset({"SCU"}))
    yield "Reserves: " + ("covered" if summary["is_covered"] else "NOT COVERED")


class _Holdings:
    """Balances of one token at one block."""

    def __init__(self, session: Session, token: Address) -> None:
        self.block = session.chain.head()
        self._token = IERC20Metadata(session.chain, token)

    def of(self, account: Address) -> int:
        return self._token.balance_of(account, block=self.block)

    def supply(self) -> int:
        return self._token.total_supply(block=self.block)


def _shown(amount: str) -> str:
    return format_amount(int(amount), _DECIMALS, 4)
