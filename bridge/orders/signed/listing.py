"""What an order is checked against: the venue, its rules, and the terms of a series."""

from dataclasses import dataclass
from math import gcd, lcm
from typing import Any, Final

from pargrade.chain.hashing import Address
from pargrade.clock import DAY_S
from pargrade.units import TICK

_YEAR_S: Final = 366 * DAY_S


@dataclass(frozen=True, slots=True)
class Listing:
    """What matching needs of a series. Prices are USD per SCU, 8 decimals."""

    series: int
    expiry: int
    """Unix seconds."""
    low: int
    """L of a BANDED series; 0 of a covered one."""
    high: int
    """H of a BANDED series; 0 of a covered one."""
    grades: int
    """Eligible grades; 1 where BANDED, whose one SHORT counts as grade 1."""
    quote_decimals: int

    @property
    def price_step(self) -> int:
        """Tradable prices are its multiples: on the tick, and exact per lot in the quote token."""
        exact = 10**10 // gcd(10**10, 10**self.quote_decimals)
        return lcm(int(TICK), exact)

    def mints_inside(self, price: int) -> bool:
        """Whether a pair may be minted at this price: strictly inside the band, if there is one."""
        return self.high == 0 or self.low < price < self.high

    def to_json(self) -> dict[str, Any]:
        """For the API: large integers are decimal text."""
        return {
            "series": str(self.series),
            "expiry": self.expiry,
            "low": str(self.low),
            "high": str(self.high),
            "grades": self.grades,
            "quote_decimals": self.quote_decimals,
            "price_step": str(self.price_step),
        }


@dataclass(frozen=True, slots=True)
class VenueRules:
    """For whom orders are signed here, and which the relay takes."""

    chain_id: int
    exchange: Address
    matcher: Address
    """Who submits matches; orders may name it as theirs."""
    least_lots: int = 10
    horizon_s: int = _YEAR_S
    """An expiry is at most so far ahead."""
    most_resting: int = 10_000
    """Orders a maker may have resting."""
    orders_per_second: int = 200
    """Of a maker's key on average, whatever addresses it sends them from."""
    burst: int = 2_000
    """Of a maker's key at once."""
    contract_orders_per_second: int = 20
    """Of an address on average, whose signature no key made: each asks the maker's contract."""
    contract_burst: int = 200
    """Of an address at once, likewise."""

    def to_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "chain_id": self.chain_id,
            "exchange": self.exchange,
            "matcher": self.matcher,
            "least_lots": self.least_lots,
            "horizon_s": self.horizon_s,
            "most_resting": self.most_resting,
            "orders_per_second": self.orders_per_second,
            "burst": self.burst,
            "contract_orders_per_second": self.contract_orders_per_second,
            "contract_burst": self.contract_burst,
        }
