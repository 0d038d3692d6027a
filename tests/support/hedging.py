"""A team with a steady need, its hedging desk, and a relay whose book has something to offer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from bridge.hedge.desk.desk import HedgeDesk
from bridge.hedge.exposure.exposure import Exposure
from bridge.hedge.exposure.months import day_number
from bridge.hedge.plan.policy import Policy
from bridge.orders.client.client import RelayClient
from pargrade.bindings.structs import Leg, Side
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.deployment.session import Session
from pargrade.devnet.anvil import devnet_keys
from tests.support.market import MIDNIGHT, PRICE, Market
from tests.support.relay_parties import KEYS, Party, Venue, place, running
from tests.support.signed_orders import legs

APRIL: Final = day_number("2026-04-01") * 86_400
MAY: Final = day_number("2026-05-01") * 86_400
PARTIES: Final = (10, 11, 12)
"""Development keys of the team, of who sells to it, and of a rival."""
NEED: Final = 10
"""SCU a day."""
WANTED: Final = 24_000
"""Lots of April at a share of 0.8: 30 days of 10 SCU."""
POLICY: Final = {
    "team": "chat",
    "styles": ["NET"],
    "series": ["APR", "MAY"],
    "share": "0.8",
    "last_lead": 1,
    "max_lots_a_month": 30_000,
    "max_lots": 40_000,
    "max_cash_usd": "1000",
    "max_price_usd": "2.50",
    "orders": {"slippage": "0.01"},
}


def flat_need(a_day: int = NEED, until: str = "2026-03-04") -> Exposure:
    """Days from a year ago until the day before `until`."""
    days = range(day_number("2025-03-01"), day_number(until))
    amounts = {day: Fraction(a_day) for day in days}
    return Exposure(amounts, amounts, amounts, ())


def policy_of(**changes: Any) -> Policy:
    """The policy, with other orders' rules by their name."""
    rules = set(changes) & set(Policy.model_fields["orders"].annotation.model_fields)  # type: ignore[union-attr]
    orders = {**POLICY["orders"], **{name: changes.pop(name) for name in rules}}  # type: ignore[dict-item]
    return Policy.model_validate({**POLICY, "orders": orders, **changes})


class HedgeStage:
    """A venue with series for April and May, and three parties with means. Built once."""

    def __init__(self, market: Market, folder: Path) -> None:
        self.venue = Venue(market, folder)
        listed = {
            "APR": market.list_series("A1GH", start=APRIL, days=30, name="APR"),
            "MAY": market.list_series("A1GH", start=MAY, days=31, name="MAY"),
        }
        self.series = listed
        for number in PARTIES:
            self.venue.party(number)

    @contextmanager
    def team(self, folder: Path) -> Iterator["TeamDesk"]:
        """A team at the venue as it was built, with a relay of its own in this process."""
        venue, market = self.venue, self.venue.market
        with market.chain.restored():
            # A wallet counts its nonces on, and those of the test before no longer exist.
            market.wallet = Wallet(market.chain, devnet_keys()[0])
            venue.folder, venue.path = folder, market.write(folder / "31337.json")
            with running(venue.assemble()) as (client, _):
                yield TeamDesk(venue, client, folder / "hedge", self.series)


@dataclass
class TeamDesk:
    """A team at the stage's venue."""

    venue: Venue
    relay: RelayClient
    folder: Path
    series: dict[str, int]

    def __post_init__(self) -> None:
        parties = [Party(self.venue.market, KEYS[number]) for number in PARTIES]
        self.buyer, self.seller, self.rival = parties

    @property
    def session(self) -> Session:
        market = self.venue.market
        return Session(market.chain, market.deployment, self.venue.path)

    def desk(self, policy: Policy | None = None, **changes: Any) -> HedgeDesk:
        made = HedgeDesk(
            policy or policy_of(),
            self.folder,
            self.session,
            self.relay,
            self.buyer.key.address,
            self.buyer.key,
        )
        return replace(made, **changes)

    def ask(self, lots: int, price: int = PRICE, series: str = "APR") -> None:
        self._rest(self.seller, Side.SELL, lots, price, series)

    def bid(self, lots: int, price: int = PRICE, series: str = "APR") -> None:
        self._rest(self.seller, Side.BUY, lots, price, series)

    def _rest(self, party: Party, side: Side, lots: int, price: int, series: str) -> None:
        chosen = legs(Leg.MINT) if side is Side.SELL else 15
        expiry = MIDNIGHT + 60 * 86_400
        order = party.order(self.series[series], side, price, lots, legs=chosen, expiry=expiry)
        place(self.relay, party.offer(order, self.venue.exchange))

    def held(self, series: str = "APR") -> int:
        owner = self.buyer.key.address
        market = self.venue.market.market
        return market.balance_of(owner, self.series[series], block=Tag.LATEST)

    def plan(self, policy: Policy | None = None) -> str:
        desk = self.desk(policy)
        return desk.plan(flat_need(), desk.market()).plan.hash
