"""What happens on the market before the delivery month: wraps, series, approvals, and who meets."""

from dataclasses import dataclass, replace
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket, SeriesCreated
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.receipt import Receipt
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.demo.cast import ASSIST, AUDIO, AURORA, CHAT, EXALINE, HOLDERS, LUMEN, SEARCH, VISION
from pargrade.deployment.file import DeployedSeries, Deployment
from pargrade.devnet.accounts import CURATOR, DESK, Actor
from pargrade.units import CONTRACT_LOTS, TICK, Price

_WITHOUT_LIMIT: Final = 2**256 - 1
_QUOTE_DECIMALS: Final = 6
_QUOTE_GRANT: Final = 250_000 * 10**_QUOTE_DECIMALS
_TRANCHES: Final = 4
_UNITS_BACK: Final = 3

WRAPPED: Final = {"A1GH": (AURORA, 6_000), "EFLP": (EXALINE, 3_000), "L70M": (LUMEN, 40_000)}
"""Whole tokens each network wraps, by symbol."""

NEEDS: Final = {CHAT: CONTRACT_LOTS, SEARCH: CONTRACT_LOTS, AUDIO: CONTRACT_LOTS}
"""Lots of 0.01 SCU that each team buys at the index during the month."""

SALES: Final = {AURORA: 2 * CONTRACT_LOTS}
"""Lots of 0.01 SCU that a network sells at the index during the month."""


@dataclass(frozen=True, slots=True)
class Month:
    """A delivery month, by its two UTC midnights."""

    start: int
    expiry: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One series to list."""

    name: str
    style: Style
    percent_of_spot: int
    """The reference price K, rounded down to the tick."""
    grades: tuple[str, ...]
    cap_lots: tuple[int, ...]

    def reference(self, spot: Price) -> Price:
        """K in USD per SCU, 8 decimals."""
        return Price(spot * self.percent_of_spot // 100 // TICK * TICK)


OFFERS: Final = (
    Offer("NET-A1GH", Style.NET, 100, ("A1GH",), (4 * CONTRACT_LOTS,)),
    Offer("NET-APRIL", Style.NET, 100, ("A1GH",), (2 * CONTRACT_LOTS,)),
    Offer("NET-MIX", Style.NET, 85, ("A1GH", "L70M"), (CONTRACT_LOTS, CONTRACT_LOTS)),
    Offer("DELIVERY-EFLP", Style.DELIVERY, 100, ("EFLP",), (4 * CONTRACT_LOTS,)),
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two parties who trade lots of a series at a price, each by an order of its own."""

    series: str
    lots: int
    buyer: Actor
    seller: Actor
    price: Price


@dataclass(frozen=True, slots=True)
class Prices:
    """What everyone trades at when the index has a value: whole ticks."""

    spot: Price

    @property
    def ask(self) -> Price:
        """What a team pays: the index, rounded down."""
        return Price(self.spot // TICK * TICK)

    @property
    def bid(self) -> Price:
        """What the desk pays a network, a tick less: it takes both sides, and keeps the tick."""
        return Price(self.ask - TICK)

    def to_desk(self) -> Meeting:
        """A network sells a contract to the desk, which opens pairs."""
        return Meeting(HEDGED_SERIES, CONTRACT_LOTS, DESK, AURORA, self.bid)

    def from_desk(self, team: Actor) -> Meeting:
        """A team buys the desk's position."""
        return Meeting(HEDGED_SERIES, CONTRACT_LOTS, team, DESK, self.ask)

    def delivery(self) -> Meeting:
        """What meets in an hourly call."""
        return Meeting("DELIVERY-EFLP", CONTRACT_LOTS, VISION, EXALINE, self.ask)

    def mix(self, team: Actor, network: Actor, lots: int) -> Meeting:
        """A team and a network, without the desk."""
        return Meeting("NET-MIX", lots, team, network, self.ask)


HEDGED_SERIES: Final = "NET-A1GH"
"""In which the desk stands between networks and teams. No pair of it is merged."""

SEARCH_LOTS: Final = 20_000
VISION_LOTS: Final = 30_000
"""Of NET-MIX."""
SOLD_BACK: Final = SEARCH_LOTS // 10
"""What the Search team no longer needs, and sells to the network that sold it."""


class Floor:
    """The market floor: everyone's wallets, and the transactions they send."""

    def __init__(self, chain: Chain, deployment: Deployment) -> None:
        self.chain = chain
        self.deployment = deployment
        self.market = FuturesMarket(chain, deployment.address("FuturesMarket"))
        self._references: dict[str, Price] = {}
        self._wallets = {
            actor.address: Wallet(chain, actor.key) for actor in (CURATOR, DESK, *HOLDERS)
        }

    def send(self, actor: Actor, call: Call[Any]) -> Receipt:
        """One transaction of one actor."""
        return self._wallets[actor.address].send(call)

    def supply(self) -> None:
        """Gives networks their own tokens and everyone test dollars, from the faucets."""
        for symbol, (network, tokens) in WRAPPED.items():
            grade = self.deployment.grade(symbol)
            token = TestToken(self.chain, grade.token)
            self.send(network, token.mint(network.address, 2 * tokens * 10**grade.decimals))
        quote = TestToken(self.chain, self.deployment.quote_token)
        for holder in (DESK, *HOLDERS):
            self.send(holder, quote.mint(holder.address, _QUOTE_GRANT))

    def wrap(self) -> None:
        """Each network wraps half of what it has, in tranches, and takes a few units back."""
        for symbol, (network, tokens) in WRAPPED.items():
            grade = self.deployment.grade(symbol)
            unit = WrappedUnit(self.chain, grade.unit)
            self._approve(network, grade.token, grade.unit)
            for _ in range(_TRANCHES):
                part = tokens * 10**grade.decimals // _TRANCHES
                self.send(network, unit.wrap(part, 0, network.address))
            for _ in range(_UNITS_BACK):
                self.send(network, unit.unwrap(10**18, 0, network.address))

    def list_series(self, month: Month, spot: Price) -> Deployment:
        """Lists every series, its K a share of `spot`."""
        listed = dict(self.deployment.series)
        for offer in OFFERS:
            terms = SeriesTerms(
                index=0,
                start=month.start,
                expiry=month.expiry,
                reference_price=offer.reference(spot),
                low=0,
                high=0,
                quote_token=self.deployment.quote_token,
                style=offer.style,
                units=tuple(self.deployment.grade(symbol).unit for symbol in offer.grades),
                cap_lots=offer.cap_lots,
            )
            self._references[offer.name] = offer.reference(spot)
            created = self.send(CURATOR, self.market.create(terms)).event(SeriesCreated)
            listed[offer.name] = DeployedSeries(str(created.series))
        self.deployment = replace(self.deployment, series=listed)
        return self.deployment

    def admit_exchange(self) -> None:
        """Everyone lets the exchange and the market take what signed orders name."""
        exchange = self.deployment.address("FuturesExchange")
        units = {network: symbol for symbol, (network, _) in WRAPPED.items()}
        for party in (DESK, *HOLDERS):
            self.send(party, self.market.set_operator(exchange, True))
            tokens = [self.deployment.quote_token]
            if party in units:
                tokens.append(self.deployment.grade(units[party]).unit)
            for token in tokens:
                for spender in (exchange, self.market.address):
                    self._approve(party, token, spender)

    def reference(self, name: str) -> Price:
        """K of a listed series."""
        return self._references[name]

    def hand_on(self) -> None:
        """A team gives half of what it has left to another: a position is a token."""
        series = self.series_id("NET-MIX")
        self.send(SEARCH, self.market.transfer(VISION.address, series, SEARCH_LOTS // 2))

    def net_lots(self, party: Actor, name: str) -> int:
        """LONG less SHORT of a party: what a purchase adds to by whichever leg."""
        number, block = self.series_id(name), self.chain.head()
        long, *shorts = (
            self.market.balance_of(party.address, number + side, block=block)
            for side in range(len(_offer(name).grades) + 1)
        )
        return long - sum(shorts)

    def take_delivery(self) -> None:
        """Every buyer turns the units it was paid back into tokens of the network."""
        for buyer in (CHAT, SEARCH, VISION, ASSIST):
            for grade in self.deployment.grades.values():
                unit = WrappedUnit(self.chain, grade.unit)
                units = unit.balance_of(buyer.address, block=self.chain.head())
                if units and unit.preview_unwrap(units, block=self.chain.head()).tokens:
                    self.send(buyer, unit.unwrap(units, 0, buyer.address))

    def series_id(self, name: str) -> int:
        """The id of a listed series."""
        return int(self.deployment.series[name].series_id)

    def _approve(self, owner: Actor, token: Address, spender: Address) -> None:
        self.send(owner, TestToken(self.chain, token).approve(spender, _WITHOUT_LIMIT))


def _offer(name: str) -> Offer:
    return next(offer for offer in OFFERS if offer.name == name)
