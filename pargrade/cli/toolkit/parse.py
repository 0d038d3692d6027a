"""What people write on a command line: amounts, lots, prices, days, accounts, hashes.

Each is read exactly or refused before anything else happens.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from pargrade.chain.hashing import ZERO_ADDRESS, Address, BadAddress, parse_address
from pargrade.clock import DAY_S
from pargrade.errors import PargradeError
from pargrade.spot_index.accumulator import NotMidnight
from pargrade.units import CONTRACT_LOTS, TICK, Lots, Price, parse_amount

# Far beyond any supply, far below where 256-bit products on chain overflow.
_ABSURD: Final = 10**38
_LONGEST_TEXT: Final = 100


class NotPositive(PargradeError):
    """An amount of nothing, or less."""

    hint = "Give an amount above zero."

    def __init__(self, what: str, text: str) -> None:
        self.text = text
        super().__init__(f"{what} has to be more than zero, not {text}")


class AbsurdAmount(PargradeError):
    """An amount no token and no market has."""

    hint = "Amounts are in whole tokens, units, lots or contracts, not in base units."

    def __init__(self, what: str, text: str) -> None:
        self.text = text
        shown = text if len(text) <= 50 else f"{text[:20]}… ({len(text)} digits)"
        super().__init__(f"{what} {shown} is absurdly large")


class OffTheLot(PargradeError):
    """Contracts that are not a whole number of lots."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.hint = f"A contract is {CONTRACT_LOTS} lots: give whole --lots instead."
        super().__init__(f"{text} contracts are not a whole number of lots")


class HowManyLots(PargradeError):
    """Neither or both of the two ways to say how many."""

    hint = "Give either --lots or --contracts."

    def __init__(self) -> None:
        super().__init__("the amount has to be given once, in lots or in contracts")


class OffTick(PargradeError):
    """A reference price between two ticks."""

    def __init__(self, price: Price) -> None:
        self.price = price
        below = Price(price // TICK * TICK)
        self.hint = f"Take {below.text()} or {(below + TICK).text()}."
        super().__init__(f"{price.text()} is not on the tick of {TICK.text()} USD")


class BadInstant(PargradeError):
    """Text that is no day and no instant."""

    hint = "Write a UTC day, such as 2026-04-01, or an instant, such as 2026-04-01T12:00:00Z."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is no instant")


class BadHash(PargradeError):
    """Text that is not a hash, or the hash of nothing."""

    hint = "Give 32 bytes as 0x and 64 hex digits."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not a method hash")


class NoAccount(PargradeError):
    """The zero address where someone has to hold the key."""

    hint = "Name an account that someone holds the key of."

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is the zero address")


def positive(text: str, decimals: int, what: str) -> int:
    """Base units of an amount above zero. Raises NotPositive, AbsurdAmount, BadAmount, TooPrecise.

    Nothing is rounded: digits beyond `decimals` are refused.
    """
    if len(text) > _LONGEST_TEXT:
        raise AbsurdAmount(what, text)
    raw = parse_amount(text, decimals)
    if raw <= 0:
        raise NotPositive(what, text)
    if raw > _ABSURD:
        raise AbsurdAmount(what, text)
    return raw


def at_least(text: str | None, decimals: int, otherwise: int) -> int:
    """A lower bound in base units, or `otherwise` where none was written."""
    if text is None:
        return otherwise
    return 0 if text == "0" else positive(text, decimals, "the minimum")


def lots_of(lots: str | None, contracts: str | None) -> Lots:
    """Lots from the one of two options that was given. Raises HowManyLots, OffTheLot."""
    if (lots is None) == (contracts is None):
        raise HowManyLots
    if lots is not None:
        counted = positive(lots, 0, "lots")
    else:
        whole, rest = divmod(positive(str(contracts), 18, "contracts") * CONTRACT_LOTS, 10**18)
        if rest:
            raise OffTheLot(str(contracts))
        counted = whole
    if counted >= 1 << 64:
        raise AbsurdAmount("lots", str(counted))
    return Lots(counted)


def reference_price(text: str) -> Price:
    """A price on the tick. Raises OffTick, and what `positive` raises."""
    price = Price(positive(text, Price.DECIMALS, "the reference price"))
    if price >= 1 << 64:
        raise AbsurdAmount("the reference price", text)
    if price % TICK:
        raise OffTick(price)
    return price


def instant(text: str) -> int:
    """Unix seconds of a day, which is its first midnight, or of a time: ISO 8601, whole seconds.

    UTC unless it states an offset. Raises BadInstant.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(text) from None
    if moment.microsecond:
        raise BadInstant(text)
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return since.days * DAY_S + since.seconds


def midnight(text: str) -> int:
    """Unix seconds of a UTC midnight, from a day or a time. Raises BadInstant, NotMidnight."""
    seconds = instant(text)
    if seconds % DAY_S:
        raise NotMidnight(seconds)
    return seconds


def account(text: str, what: str) -> Address:
    """An account that can act. Raises BadAddress, NoAccount."""
    address = parse_address(text)
    if address == ZERO_ADDRESS:
        raise NoAccount(what)
    return address


def accounts(texts: Iterable[str], what: str) -> tuple[Address, ...]:
    """Accounts, in one or several comma-separated lists."""
    parts = [part.strip() for text in texts for part in text.split(",")]
    if not all(parts):
        raise BadAddress("")
    return tuple(account(part, what) for part in parts)


def method_hash(text: str) -> bytes:
    """A 32-byte hash from hexadecimal. Raises BadHash, for zero too."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise BadHash(text) from None
    if len(raw) != 32 or not any(raw):
        raise BadHash(text)
    return raw


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
