"""What the chain says of series and makers at one block, remembered until an event touches it.

Every transfer, approval, fill and cancellation names its accounts as topics. So the accounts that
logs of a block name are read again, and of all others what was read before still holds.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bridge.orders.book.entry import LaneKey
from bridge.orders.funds.means import Means, TokenMeans
from bridge.orders.funds.series_terms import SeriesDetail
from pargrade.bindings.futures_exchange import FuturesExchange, PassedOver, Taken
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import ContractError, Reverted
from pargrade.chain.hashing import Address, address_of
from pargrade.chain.log import Log
from pargrade.chain.rpc import Chain

_LANE_OF: Final = FuturesExchange.SELECTORS["lane_of"]
_LANES_A_CALL: Final = 100
_MOST_ACCOUNTS: Final = 50_000


@dataclass(slots=True)
class _Account:
    """What was read of one maker."""

    tokens: dict[Address, TokenMeans] = field(default_factory=dict)
    positions: dict[int, int] = field(default_factory=dict)
    is_operator: bool | None = None
    epoch: int | None = None
    means: dict[int, Means] = field(default_factory=dict)
    """By series, put together of the rest."""


class MarketState:
    """Reads of one deployment, all at the block `self.block`. Safe to share between threads."""

    def __init__(
        self, chain: Chain, exchange: Address, market: Address, index: Address | None = None
    ) -> None:
        """Reads every series. Without the address of an index none is fresh. Raises ChainError."""
        self.chain = chain
        self.exchange = FuturesExchange(chain, exchange)
        self.market = FuturesMarket(chain, market)
        self._index = None if index is None else SpotIndex(chain, index)
        self.block = chain.head()
        self.series: dict[int, SeriesDetail] = {}
        self.taken: set[bytes] = set()
        """Hashes of orders that were filled from makers in the blocks gone through last."""
        self.passed_over: set[bytes] = set()
        """Orders that a match in those blocks went on without, whoever submitted it."""
        self._fresh: dict[int, int] = {}
        """Indexes by number, as they are at the block."""
        self._accounts: dict[bytes, _Account] = {}
        self._lock = threading.RLock()
        self.read_series()

    def read_series(self) -> list[SeriesDetail]:
        """Reads series that were not known. Returns them."""
        found = []
        for number in self.market.series_ids(block=self.block):
            if number not in self.series:
                view = self.market.series(number, block=self.block)
                token = WrappedUnit(self.chain, view.terms.quote_token)
                decimals = token.decimals(block=self.block)
                self.series[number] = SeriesDetail.of_view(number, view, decimals)
                found.append(self.series[number])
        return found

    def fee_bps(self) -> int:
        """The taker's fee."""
        return self.exchange.policy(block=self.block).fee_bps

    def is_stopped(self) -> bool:
        """Whether fills are stopped."""
        return self.exchange.policy(block=self.block).entry_stopped

    def fresh_index(self, series: int) -> int:
        """What a series settles on, USD per SCU with 8 decimals; 0 where it is not fresh.

        Raises RpcDown.
        """
        if self._index is None:
            return 0
        number = self.series[series].index
        with self._lock:
            if number not in self._fresh:
                try:
                    fresh = int(self._index.fresh(number, block=self.block).value)
                except ContractError:
                    fresh = 0
                self._fresh[number] = fresh
            return self._fresh[number]

    def means(self, maker: bytes, series: int) -> Means:
        """What a maker has for a series."""
        detail = self.series[series]
        with self._lock:
            if len(self._accounts) > _MOST_ACCOUNTS:
                self._accounts.clear()
            known = self._accounts.setdefault(maker, _Account())
            found = known.means.get(series)
            if found is not None:
                return found
            address = address_of(maker)
            for token in (detail.quote_token, *detail.units):
                if token not in known.tokens:
                    known.tokens[token] = self._read_token(token, address)
            ids = range(series, series + detail.listing.grades + 1)
            for position in ids:
                if position not in known.positions:
                    known.positions[position] = self.market.balance_of(
                        address, position, block=self.block
                    )
            if known.is_operator is None:
                operator = self.exchange.address
                known.is_operator = self.market.is_operator(address, operator, block=self.block)
            found = known.means[series] = Means(
                quote=known.tokens[detail.quote_token],
                units=tuple(known.tokens[unit] for unit in detail.units),
                positions=tuple(known.positions[position] for position in ids),
                is_operator=known.is_operator,
            )
            return found

    def may_pay(self, maker: bytes, series: int) -> bool:
        """Whether the tokens of a series let a maker take part, whatever it holds.

        A token that blocks an account refuses a transfer of nothing, too. Raises RpcDown.
        """
        detail, address, sender = self.series[series], address_of(maker), self.exchange.address
        for token in (detail.quote_token, *detail.units):
            nothing = WrappedUnit(self.chain, token).transfer_from(address, address, 0)
            try:
                self.chain.call(nothing, block=self.block, sender=sender)
            except Reverted:
                return False
        return True

    def epoch(self, maker: bytes) -> int:
        """A maker's epoch."""
        with self._lock:
            known = self._accounts.setdefault(maker, _Account())
            if known.epoch is None:
                known.epoch = self.exchange.epoch_of(address_of(maker), block=self.block)
            return known.epoch

    def lanes(self, keys: Iterable[LaneKey]) -> dict[LaneKey, tuple[int, int]]:
        """Nonce and filled lots of lanes, in one call for each hundred."""
        wanted = list(dict.fromkeys(keys))
        found: dict[LaneKey, tuple[int, int]] = {}
        for start in range(0, len(wanted), _LANES_A_CALL):
            asked = wanted[start : start + _LANES_A_CALL]
            data = tuple(
                _LANE_OF + maker.rjust(32, b"\0") + lane.to_bytes(32) for maker, lane in asked
            )
            read = self.chain.call(self.exchange.multicall(data), block=self.block)
            for key, words in zip(asked, read, strict=True):
                found[key] = (int.from_bytes(words[:32]), int.from_bytes(words[32:64]))
        return found

    def advance(self, head: BlockStamp) -> set[bytes] | None:
        """Goes on to a block, and forgets the accounts that logs up to it name.

        Returns them; None where the chain was re-organised and everything is forgotten.
        """
        with self._lock:
            first = self.block.number + 1
            self.taken, self.passed_over = set(), set()
            self._fresh.clear()
            if not self._follows(head):
                self._accounts.clear()
                self.block = head
                return None
            logs = self.chain.logs(self.watched, first=first, last=head.number)
            touched = _accounts_of(logs)
            self._note_matches(logs)
            for account in touched:
                self._accounts.pop(account, None)
            self.block = head
            return touched

    @property
    def watched(self) -> tuple[Address, ...]:
        """The contracts whose logs tell of makers."""
        tokens = {self.exchange.address, self.market.address}
        for detail in self.series.values():
            tokens |= {detail.quote_token, *detail.units}
        return tuple(sorted(tokens))

    def _note_matches(self, logs: Iterable[Log]) -> None:
        for log in logs:
            if log.address == self.exchange.address:
                event = FuturesExchange.decode(log)
                if isinstance(event, Taken):
                    self.taken.add(event.order)
                elif isinstance(event, PassedOver):
                    self.passed_over.add(event.order)

    def _follows(self, head: BlockStamp) -> bool:
        if head.number <= self.block.number:
            return head.hash == self.block.hash
        return self.chain.block(self.block.number).hash == self.block.hash

    def _read_token(self, token: Address, owner: Address) -> TokenMeans:
        found = WrappedUnit(self.chain, token)
        return TokenMeans(
            balance=found.balance_of(owner, block=self.block),
            exchange=found.allowance(owner, self.exchange.address, block=self.block),
            market=found.allowance(owner, self.market.address, block=self.block),
        )


def _accounts_of(logs: Iterable[Log]) -> set[bytes]:
    """Everything in a topic that may be an address."""
    return {topic[12:] for log in logs for topic in log.topics[1:] if topic[:12] == bytes(12)}
