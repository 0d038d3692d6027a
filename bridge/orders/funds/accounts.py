"""What the chain has of makers, read many at a time and kept until an event names them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.orders.funds.means import Means, TokenMeans
from bridge.orders.funds.series_terms import SeriesDetail
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.abi import Bool, Layout, Uint
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain

_MOST_ACCOUNTS: Final = 50_000
_NUMBER: Final = Uint(256)
_FLAG: Final = Bool()
_BALANCE: Final = WrappedUnit.SELECTORS["balance_of"]
_ALLOWANCE: Final = WrappedUnit.SELECTORS["allowance"]
_POSITION: Final = FuturesMarket.SELECTORS["balance_of"]
_OPERATOR: Final = FuturesMarket.SELECTORS["is_operator"]
_EPOCH: Final = FuturesExchange.SELECTORS["epoch_of"]

MakerSeries = tuple[bytes, SeriesDetail]
_Asked = tuple[bytes, Address, bytes]
"""Maker, contract and calldata."""


@dataclass(slots=True)
class _Account:
    """What was read of one maker, by what was asked, and what that makes for a series."""

    answers: dict[tuple[Address, bytes], Any] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)
    """Series of which everything was read."""
    means: dict[int, Means] = field(default_factory=dict)


class Accounts:
    """Makers' accounts at the block that each read names. Not safe to share between threads."""

    def __init__(self, chain: Chain, exchange: Address, market: Address) -> None:
        self._chain = chain
        self._exchange = exchange
        self._market = market
        self._accounts: dict[bytes, _Account] = {}

    def forget(self, makers: Iterable[bytes] | None) -> None:
        """These are read again when they are asked for; None for all."""
        if makers is None:
            self._accounts.clear()
            return
        for maker in makers:
            self._accounts.pop(maker, None)

    def knows(self, maker: bytes, series: int) -> bool:
        """Whether `means` and `epoch` need no question."""
        account = self._accounts.get(maker)
        return account is not None and series in account.read

    def missing(self, wanted: Iterable[MakerSeries]) -> dict[_Asked, Call[Any]]:
        """What is not known of makers for series."""
        calls: dict[_Asked, Call[Any]] = {}
        for maker, detail in wanted:
            account = self._accounts.get(maker)
            if account is not None and detail.listing.series in account.read:
                continue
            for call in self._calls_of(maker, detail):
                assert call.to is not None
                if account is None or (call.to, call.data) not in account.answers:
                    calls[maker, call.to, call.data] = call
        return calls

    def keep(self, wanted: Iterable[MakerSeries], found: Mapping[_Asked, Any]) -> None:
        """What was read of all that was missing for `wanted`, at the block of all the rest."""
        if len(self._accounts) > _MOST_ACCOUNTS:
            self._accounts.clear()
        for (maker, to, data), value in found.items():
            self._accounts.setdefault(maker, _Account()).answers[to, data] = value
        for maker, detail in wanted:
            account, number = self._accounts.setdefault(maker, _Account()), detail.listing.series
            if number in account.read:
                continue
            if all((c.to, c.data) in account.answers for c in self._calls_of(maker, detail)):
                account.read.add(number)

    def read(self, wanted: Sequence[MakerSeries], block: BlockStamp) -> None:
        """Reads all that is not known of makers for series, in few exchanges. Raises ChainError."""
        calls = self.missing(wanted)
        found = self._chain.call_all(list(calls.values()), block=block) if calls else []
        self.keep(wanted, dict(zip(calls, found, strict=True)))

    def means(self, maker: bytes, detail: SeriesDetail, block: BlockStamp) -> Means:
        """What a maker has for a series. Raises ChainError."""
        number = detail.listing.series
        account = self._accounts.get(maker)
        if account is not None and number in account.means:
            return account.means[number]
        self.read([(maker, detail)], block)
        account = self._accounts[maker]
        quote, *units = (
            TokenMeans(*(account.answers[token, data] for data in self._token_data(maker)))
            for token in (detail.quote_token, *detail.units)
        )
        positions = self._position_data(maker, detail)
        found = account.means[number] = Means(
            quote,
            tuple(units),
            tuple(account.answers[self._market, data] for data in positions),
            account.answers[self._market, self._operator_data(maker)],
        )
        return found

    def epoch(self, maker: bytes, block: BlockStamp) -> int:
        """A maker's epoch. Raises ChainError."""
        known = self._accounts.setdefault(maker, _Account()).answers
        call = self._epoch_call(maker)
        key = (self._exchange, call.data)
        if key not in known:
            known[key] = self._chain.call(call, block=block)
        return int(known[key])

    def _calls_of(self, maker: bytes, detail: SeriesDetail) -> Iterator[Call[Any]]:
        for token in (detail.quote_token, *detail.units):
            for data in self._token_data(maker):
                yield _call(token, data, _NUMBER)
        for data in self._position_data(maker, detail):
            yield _call(self._market, data, _NUMBER)
        yield _call(self._market, self._operator_data(maker), _FLAG)
        yield self._epoch_call(maker)

    def _token_data(self, maker: bytes) -> tuple[bytes, ...]:
        """Of its balance, and of what it lets exchange and market take."""
        balance = _BALANCE + _word(maker)
        spenders = (bytes.fromhex(each[2:]) for each in (self._exchange, self._market))
        return balance, *(_ALLOWANCE + _word(maker) + _word(spender) for spender in spenders)

    def _position_data(self, maker: bytes, detail: SeriesDetail) -> list[bytes]:
        first = detail.listing.series
        ids = range(first, first + detail.listing.grades + 1)
        return [_POSITION + _word(maker) + number.to_bytes(32) for number in ids]

    def _operator_data(self, maker: bytes) -> bytes:
        return _OPERATOR + _word(maker) + _word(bytes.fromhex(self._exchange[2:]))

    def _epoch_call(self, maker: bytes) -> Call[Any]:
        return _call(self._exchange, _EPOCH + _word(maker), _NUMBER)


def _call(to: Address, data: bytes, result: Layout[Any]) -> Call[Any]:
    return Call(to, data, "what a maker has", result, {})


def _word(account: bytes) -> bytes:
    return account.rjust(32, b"\0")
