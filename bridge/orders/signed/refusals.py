"""Why the relay does not take an order. Each reason is a type, and nothing has changed."""

from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError


class OrderRefused(PargradeError):
    """The root of them all."""


class BadForm(OrderRefused):
    """A field that is missing, unknown, or not of its type."""

    hint = "Send every field of the order once: integers as JSON numbers or decimal text."

    def __init__(self, place: str, expected: str) -> None:
        self.place = place
        self.expected = expected
        super().__init__(f"{place} is not {expected}")


class FieldOverflow(OrderRefused):
    """A number that its Solidity type cannot hold."""

    hint = "Keep the number within its type; see IFuturesExchange.Order."

    def __init__(self, place: str, bits: int) -> None:
        self.place = place
        self.bits = bits
        super().__init__(f"{place} is not within a uint{bits}")


class OtherVenue(OrderRefused):
    """An order that is meant for another chain or another exchange."""

    hint = "Sign for the chain and the exchange that GET /rules names."

    def __init__(self, chain_id: int, exchange: Address) -> None:
        self.chain_id = chain_id
        self.exchange = exchange
        super().__init__(f"this order is for chain {chain_id}, exchange {exchange}")


class BadOrderSignature(OrderRefused):
    """A signature that is not the maker's."""

    hint = "Sign the order's EIP-712 digest with the maker's key: 65 bytes, or 64 of EIP-2098."

    def __init__(self, order: bytes) -> None:
        self.order = order
        super().__init__(f"the signature of order 0x{order.hex()} is not its maker's")


class Dust(OrderRefused):
    """Fewer lots than the relay keeps an order for."""

    hint = "Ask for more lots, or fill the order directly on the exchange."

    def __init__(self, lots: int, least: int) -> None:
        self.lots = lots
        self.least = least
        super().__init__(f"{lots} lots are fewer than {least}")


class OrderExpired(OrderRefused):
    """An order whose expiry has come, or is further away than the relay keeps orders."""

    hint = "Sign it with an expiry ahead, and within the horizon that GET /rules names."

    def __init__(self, expiry: int, now: int) -> None:
        self.expiry = expiry
        self.now = now
        super().__init__(f"expiry {expiry} is not ahead of {now} within the horizon")


class PriceOffTick(OrderRefused):
    """A price that is not tradable in the series."""

    hint = "Take a multiple of the series' price_step."

    def __init__(self, price: int, step: int) -> None:
        self.price = price
        self.step = step
        super().__init__(f"price {price} is not a multiple of {step}")


class ForeignSeries(OrderRefused):
    """A series that the market does not list."""

    hint = "Take a series of this market; GET /series lists them."

    def __init__(self, series: int) -> None:
        self.series = series
        super().__init__(f"the market lists no series {series}")


class ClosedSeries(OrderRefused):
    """A series that has come to its expiry."""

    hint = "Redeem what you hold of it, or trade a later series."

    def __init__(self, series: int, expiry: int) -> None:
        self.series = series
        self.expiry = expiry
        super().__init__(f"series {series} closed when its expiry came, {expiry}")


class UnknownLeg(OrderRefused):
    """A mask that allows no leg or one that does not exist, or a grade the series has not."""

    hint = "Allow at least one of MINT 1, LONG 2, SHORT 4, MERGE 8, and take a grade of the series."

    def __init__(self, legs: int, grade: int) -> None:
        self.legs = legs
        self.grade = grade
        super().__init__(f"legs {legs} with grade {grade} name no way to fill the order")


class ForeignMatcher(OrderRefused):
    """An order that only somebody else may submit."""

    hint = "Name this relay's matcher, or the zero address for anyone."

    def __init__(self, matcher: Address, ours: Address) -> None:
        self.matcher = matcher
        self.ours = ours
        super().__init__(f"only {matcher} may submit this order, and the relay is {ours}")


class OrderReplayed(OrderRefused):
    """An order whose nonce is over, or whose lots are all filled."""

    hint = "Sign a new order with a nonce above its lane's."

    def __init__(self, order: bytes, nonce: int, lane_nonce: int) -> None:
        self.order = order
        self.nonce = nonce
        self.lane_nonce = lane_nonce
        super().__init__(f"nonce {nonce} has nothing left: its lane is at nonce {lane_nonce}")


class EpochOver(OrderRefused):
    """An order of an epoch that its maker has ended."""

    hint = "Sign with the epoch that the exchange's epochOf gives for the maker."

    def __init__(self, epoch: int, current: int) -> None:
        self.epoch = epoch
        self.current = current
        super().__init__(f"epoch {epoch} is over: the maker's is {current}")


class NoFunds(OrderRefused):
    """An order that no leg can fill from what its maker holds and has approved."""

    hint = "Fund the maker, approve the exchange and market, and make the exchange an operator."

    def __init__(self, order: bytes, lacking: str) -> None:
        self.order = order
        self.lacking = lacking
        super().__init__(f"the maker cannot fill order 0x{order.hex()}: {lacking}")


class NoRoomToOpen(OrderRefused):
    """An order that only opens pairs, of a series that does not take so many of it."""

    hint = "Sign fewer lots, wait until pairs are merged or the index is back, or allow other legs."

    def __init__(self, order: bytes, lots: int, why: str) -> None:
        self.order = order
        self.lots = lots
        self.why = why
        super().__init__(f"order 0x{order.hex()} opens no {lots} pairs: {why}")


class PostOnlyCrosses(OrderRefused):
    """A post-only order that would be filled at once."""

    hint = "Take a price that does not reach the other side."

    def __init__(self, order: bytes) -> None:
        self.order = order
        super().__init__(f"order 0x{order.hex()} is post-only and would be filled at once")


class BadRollForm(OrderRefused):
    """Two orders that do not make a roll."""

    hint = "Take opposite sides, and one maker, lots, epoch, lane and nonce."

    def __init__(self) -> None:
        super().__init__("these two orders do not make a roll")


class TooManyOrders(OrderRefused):
    """A maker with as many resting orders, or as many of one lane, as the relay keeps for one."""

    hint = "Cancel orders that no longer matter."

    def __init__(self, most: int, whose: str = "in all") -> None:
        self.most = most
        super().__init__(f"the maker has {most} resting orders {whose} already")


class BadCancel(OrderRefused):
    """A request to cancel that is late or not signed by the maker."""

    hint = "Sign Cancel(maker,lane,nonce,deadline) for this relay, with a deadline ahead."

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"this request cancels nothing: {why}")
