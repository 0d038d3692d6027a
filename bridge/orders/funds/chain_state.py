"""What the chain says of series and makers at one block, remembered until an event touches it.

Every transfer, approval, fill and cancellation names its accounts as topics. So the accounts that
logs of a block name are read again, and of all others what was read before still holds.
"""

import threading
from collections.abc import Iterable
from typing import Final

from bridge.orders.book.entry import LaneKey
from bridge.orders.funds.accounts import Accounts
from bridge.orders.funds.block_news import BlockNews, ChainStep
from bridge.orders.funds.chain_lanes import ChainLane, ChainLanes, read_chain_lanes
from bridge.orders.funds.means import Means
from bridge.orders.funds.room import Room, SeriesState, room_of
from bridge.orders.funds.series_state import read_series_state
from bridge.orders.funds.series_terms import SeriesDetail
from pargrade.bindings.futures_exchange import FuturesExchange, Taken
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import ContractError, Reverted
from pargrade.chain.hashing import Address, address_of
from pargrade.chain.rpc import Chain

_MOST_CODELESS: Final = 100_000


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
        self.news = BlockNews()
        """What the logs of the blocks gone through last say."""
        self.has_gap = True
        """Whether blocks before this one were not gone through: at first, and after a re-org."""
        self._fresh: dict[int, int] = {}
        """Indexes by number, as they are at the block."""
        self._rooms: dict[int, Room] = {}
        """Of series, as they are at the block."""
        self._series_states: dict[int, SeriesState] = {}
        """What rooms follow from, until the market or a unit says something."""
        self._lanes = ChainLanes()
        self._codeless: set[bytes] = set()
        """Accounts without code, as they are at the block."""
        self._accounts = Accounts(chain, exchange, market)
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
                detail = SeriesDetail.of_view(number, view, decimals)
                # Another, not one more: others may be going through the ones there are.
                self.series = {**self.series, number: detail}
                found.append(detail)
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
        number, block = self.series[series].index, self.block
        with self._lock:
            if number in self._fresh:
                return self._fresh[number]
        try:
            fresh = int(self._index.fresh(number, block=block).value)
        except ContractError:
            fresh = 0
        with self._lock:
            if self.block.hash == block.hash:
                self._fresh[number] = fresh
        return fresh

    def read_accounts(self, wanted: Iterable[tuple[bytes, int]]) -> None:
        """Reads what is not known of makers for series, in few exchanges. Raises ChainError.

        Others may ask for what is known meanwhile; what came after a new block is not kept.
        """
        with self._lock:
            pairs, block = [(maker, self.series[series]) for maker, series in wanted], self.block
            calls = self._accounts.missing(pairs)
        found = self.chain.call_all(list(calls.values()), block=block) if calls else []
        with self._lock:
            if self.block.hash == block.hash:
                self._accounts.keep(pairs, dict(zip(calls, found, strict=True)))

    def knows(self, maker: bytes, series: int) -> bool:
        """Whether `means`, `epoch` and `room` need no question."""
        with self._lock:
            return series in self._rooms and self._accounts.knows(maker, series)

    def has_code(self, account: bytes) -> bool:
        """Whether a contract is there, or a key lets one act for it (EIP-7702). Raises ChainError.

        Asked once a block and account.
        """
        block = self.block
        with self._lock:
            if account in self._codeless:
                return False
        if self.chain.code(address_of(account), block=block):
            return True
        with self._lock:
            if self.block.hash == block.hash and len(self._codeless) < _MOST_CODELESS:
                self._codeless.add(account)
        return False

    def means(self, maker: bytes, series: int) -> Means:
        """What a maker has for a series. Raises ChainError."""
        with self._lock:
            return self._accounts.means(maker, self.series[series], self.block)

    def room(self, series: int) -> Room:
        """How many pairs a series still takes. Raises ChainError."""
        with self._lock:
            if series in self._rooms:
                return self._rooms[series]
            block, state = self.block, self._series_states.get(series)
        detail = self.series[series]
        if state is None:
            state = read_series_state(self.chain, self.market, detail, block)
        index = self.fresh_index(series) if detail.is_banded else 0
        found = room_of(detail, state, block.timestamp, index)
        with self._lock:
            if self.block.hash == block.hash:
                self._series_states[series], self._rooms[series] = state, found
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
        """A maker's epoch. Raises ChainError."""
        with self._lock:
            return self._accounts.epoch(maker, self.block)

    def lanes(
        self, keys: Iterable[LaneKey], block: BlockStamp | None = None
    ) -> dict[LaneKey, ChainLane]:
        """Nonce and filled lots of lanes, in one call for each five hundred. Raises ChainError."""
        return read_chain_lanes(self.chain, self.exchange, keys, block or self.block)

    def read_lanes(self, keys: Iterable[LaneKey]) -> None:
        """Reads what is not known of lanes, in few exchanges. Raises ChainError.

        Others may ask for what is known meanwhile; what came after a new block is not kept.
        """
        with self._lock:
            block, asked = self.block, self._lanes.missing(keys)
        found = self.lanes(asked, block)
        with self._lock:
            if self.block.hash == block.hash:
                self._lanes.keep(found)

    def known_lanes(self, keys: Iterable[LaneKey]) -> dict[LaneKey, ChainLane]:
        """Nonce and filled lots of those lanes that were read at the block."""
        with self._lock:
            return self._lanes.known(keys)

    def read_taken(self, first: int) -> dict[bytes, int]:
        """Orders that took from makers in blocks from `first` on, and in which each did last.

        Raises ChainError.
        """
        last = self.block.number
        if first > last:
            return {}
        found = self.exchange.history(Taken, first=first, last=last)
        return {taken.order: log.block_number for log, taken in found}

    def look_ahead(self) -> ChainStep | None:
        """What has happened since `block`; None where nothing has. Raises ChainError.

        Nothing changes, and nobody waits for what is asked here.
        """
        base, head = self.block, self.chain.head()
        if head.hash == base.hash:
            return None
        if head.number <= base.number or self.chain.block(base.number).hash != base.hash:
            return ChainStep(base, head, None)
        logs = self.chain.logs(self.watched, first=base.number + 1, last=head.number)
        return ChainStep(base, head, BlockNews.of_logs(logs, self.exchange.address))

    def advance(self, step: ChainStep) -> bool:
        """Goes on to a block, and forgets the accounts that logs up to it name. Asks nothing.

        False, and nothing has changed, where another thread has gone on since the look ahead.
        """
        with self._lock:
            if self.block.hash != step.base.hash:
                return False
            self.news, self.has_gap = step.news or BlockNews(), step.news is None
            self._accounts.forget(None if step.news is None else step.news.touched)
            if self.has_gap or self.news.is_of_market:
                self._series_states.clear()
            self.block = step.head
            # What followed from the last block's time and index does not from this one's.
            self._fresh.clear()
            self._rooms.clear()
            self._codeless.clear()
            self._lanes.forget()
            return True

    @property
    def watched(self) -> tuple[Address, ...]:
        """The contracts whose logs tell of makers."""
        tokens = {self.exchange.address, self.market.address}
        for detail in self.series.values():
            tokens |= {detail.quote_token, *detail.units}
        return tuple(sorted(tokens))
