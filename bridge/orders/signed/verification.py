"""Whether an order may come into the book, as far as terms, time and signature say."""

from collections.abc import Mapping

from bridge.orders.signed.listing import Listing, VenueRules
from bridge.orders.signed.order import NOBODY, Digester, Signed, SignedOrder
from bridge.orders.signed.refusals import (
    BadRollForm,
    ClosedSeries,
    Dust,
    ForeignMatcher,
    ForeignSeries,
    OrderExpired,
    OtherVenue,
    PriceOffTick,
    UnknownLeg,
)
from bridge.orders.signed.signature import recover_signer
from bridge.orders.signed.way import ALL_LEGS, signed_ways
from pargrade.chain.hashing import Address, address_of
from pargrade.futures.order import exchange_domain


class Verifier:
    """Checks orders for one venue. `listings` is looked at anew for each order."""

    def __init__(self, rules: VenueRules, listings: Mapping[int, Listing]) -> None:
        self.rules = rules
        self._listings = listings
        self._digester = Digester(exchange_domain(rules.chain_id, rules.exchange))
        self._matcher = bytes.fromhex(rules.matcher[2:])

    def check_venue(self, chain_id: int, exchange: Address) -> None:
        """Raises OtherVenue."""
        if (chain_id, exchange) != (self.rules.chain_id, self.rules.exchange):
            raise OtherVenue(chain_id, exchange)

    def check(self, signed: Signed, now: int) -> None:
        """Terms, time and restrictions, at `now` in Unix seconds. Raises OrderRefused."""
        if isinstance(signed, SignedOrder):
            self._check_order(signed, now)
            return
        if not signed.fits_together:
            raise BadRollForm
        self._check_order(signed.near, now)
        self._check_order(signed.far, now)

    def is_signed_by_key(self, signed: Signed) -> bool:
        """Whether the maker's own key signed it; else it may still be a contract's signature."""
        return recover_signer(self.digest(signed), signed.signature) == signed.maker

    def digest(self, signed: Signed) -> bytes:
        """What its maker signs: 32 bytes of EIP-712."""
        return self._digester.digest(signed.hash)

    def ways(self, order: SignedOrder) -> int:
        """The ways an order's legs and grade allow in its series."""
        return signed_ways(order.legs, order.grade, self._listings[order.series].grades)

    def _check_order(self, order: SignedOrder, now: int) -> None:
        listing = self._listings.get(order.series)
        if listing is None:
            raise ForeignSeries(order.series)
        if now >= listing.expiry:
            raise ClosedSeries(order.series, listing.expiry)
        if not now < order.expiry <= now + self.rules.horizon_s:
            raise OrderExpired(order.expiry, now)
        if order.lots < self.rules.least_lots:
            raise Dust(order.lots, self.rules.least_lots)
        if order.price == 0 or order.price % listing.price_step:
            raise PriceOffTick(order.price, listing.price_step)
        if not order.legs & ALL_LEGS or order.grade > listing.grades:
            raise UnknownLeg(order.legs, order.grade)
        if order.matcher not in (NOBODY, self._matcher):
            raise ForeignMatcher(address_of(order.matcher), self.rules.matcher)
