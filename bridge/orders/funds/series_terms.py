"""What funding an order needs of a series beyond its listing: tokens, locks, payments. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from bridge.orders.signed.listing import Listing
from pargrade.bindings.structs import Leg, SeriesView, Style
from pargrade.chain.hashing import Address
from pargrade.futures.payoff import lot_value, month_of
from pargrade.units import Price


@lru_cache(maxsize=65_536)
def _lot_value(price: int, quote_decimals: int) -> int:
    """Kept, since each order asks for the same few prices several times."""
    return lot_value(Price(price), quote_decimals)


@dataclass(frozen=True, slots=True)
class SeriesDetail:
    """A series with its tokens. Quote amounts are base units per lot."""

    listing: Listing
    quote_token: Address
    units: tuple[Address, ...]
    """Wrapped units of the eligible grades; none where BANDED."""
    reference_price: int
    long_lock: int
    """Quote that LONG locks."""
    short_lock: int
    """Quote that SHORT locks; 0 where it locks units."""
    index: int = 0
    """Number of the index it settles on."""
    start: int = 0
    """When its window begins, Unix seconds."""
    cap_lots: tuple[int, ...] = ()
    """Of each eligible grade; of the series where BANDED."""

    @property
    def is_banded(self) -> bool:
        """Both sides lock quote."""
        return not self.units

    @property
    def minting_ends(self) -> int:
        """From when on no pair opens: a late one of the worst of several grades would dilute."""
        return self.listing.expiry if self.listing.grades == 1 else self.start

    @property
    def month(self) -> int:
        """Whose cap a BANDED series counts against, from January 1970."""
        return month_of(self.listing.expiry)

    def due(self, leg: Leg, price: int) -> int:
        """What the buyer pays the seller per lot beside the locks; negative if it is paid."""
        listing = self.listing
        high = listing.high or self.reference_price
        held = {Leg.LONG: listing.low, Leg.SHORT: high}.get(leg, self.reference_price)
        decimals = listing.quote_decimals
        return _lot_value(price, decimals) - _lot_value(held, decimals)

    @classmethod
    def of_view(cls, series: int, view: SeriesView, quote_decimals: int) -> "SeriesDetail":
        """From what the market says of a series."""
        terms = view.terms
        banded = terms.style is Style.BANDED
        listing = Listing(
            series=series,
            expiry=terms.expiry,
            low=terms.low if banded else 0,
            high=terms.high if banded else 0,
            grades=1 if banded else len(terms.units),
            quote_decimals=quote_decimals,
        )
        return cls(
            listing,
            terms.quote_token,
            tuple(terms.units),
            terms.reference_price,
            view.quote_per_lot,
            view.short_quote_per_lot,
            terms.index,
            terms.start,
            tuple(terms.cap_lots),
        )
