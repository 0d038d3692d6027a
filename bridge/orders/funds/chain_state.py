"""What the chain says of series and makers at one block, remembered until an event touches it.

Every transfer, approval, fill and cancellation names its accounts as topics. So the accounts that
logs of a block name are read again, and of all others what was read before still holds.
"""

import threading
from collections.abc import Iterable
from typing import Final

from bridge.orders.book.entry import LaneKey
from bridge.orders.funds.accounts import Accounts
from bridge.orders.funds.means import Means
from bridge.orders.funds.room import Room, SeriesState, room_of
from bridge.orders.funds.series_state import read_series_state
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
        self.taken: set[bytes] = set()
        """Hashes of orders that took from makers in the blocks gone through last."""
        self.has_gap = True
        """Whether blocks before this one were not gone through: at first, and after a re-org."""
        self.passed_over: set[bytes] = set()
        """Orders that a match in those blocks went on without, whoever submitted it."""
        self._fresh: dict[int, int] = {}
        """Indexes by number, as they are at the block."""
        self._rooms: dict[int, Room] = {}
        """Of series, as they are at the block."""
        self._series_states: dict[int, SeriesState] = {}
        """What rooms follow from, until the market or a unit says something."""
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
    ) -> dict[LaneKey, tuple[int, int]]:
        """Nonce and filled lots of lanes, in one call for each hundred."""
        block = block or self.block
        wanted = list(dict.fromkeys(keys))
        found: dict[LaneKey, tuple[int, int]] = {}
        for start in range(0, len(wanted), _LANES_A_CALL):
            asked = wanted[start : start + _LANES_A_CALL]
            data = tuple(
                _LANE_OF + maker.rjust(32, b"\0") + lane.to_bytes(32) for maker, lane in asked
            )
            read = self.chain.call(self.exchange.multicall(data), block=block)
            for key, words in zip(asked, read, strict=True):
                found[key] = (int.from_bytes(words[:32]), int.from_bytes(words[32:64]))
        return found

    def read_taken(self, first: int) -> dict[bytes, int]:
        """Orders that took from makers in blocks from `first` on, and in which each did last.

        Raises ChainError.
        """
        last = self.block.number
        if first > last:
            return {}
        found = self.exchange.history(Taken, first=first, last=last)
        return {taken.order: log.block_number for log, taken in found}

    def advance(self, head: BlockStamp) -> set[bytes] | None:
        """Goes on to a block, and forgets the accounts that logs up to it name.

        Returns them; None where the chain was re-organised and everything is forgotten.
        """
        with self._lock:
            first = self.block.number + 1
            self.taken, self.passed_over = set(), set()
            self.has_gap = not self._follows(head)
            if self.has_gap:
                self._accounts.forget(None)
                self._forget_block(head)
                self._series_states.clear()
                return None
            logs = self.chain.logs(self.watched, first=first, last=head.number)
            touched = _accounts_of(logs)
            self._note_matches(logs)
            self._accounts.forget(touched)
            if any(log.address != self.exchange.address for log in logs):
                self._series_states.clear()
            self._forget_block(head)
            return touched

    @property
    def watched(self) -> tuple[Address, ...]:
        """The contracts whose logs tell of makers."""
        tokens = {self.exchange.address, self.market.address}
        for detail in self.series.values():
            tokens |= {detail.quote_token, *detail.units}
        return tuple(sorted(tokens))

    def _forget_block(self, head: BlockStamp) -> None:
        """What followed from the last block's time and index does not from this one's."""
        self.block = head
        self._fresh.clear()
        self._rooms.clear()
        self._codeless.clear()

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


def _accounts_of(logs: Iterable[Log]) -> set[bytes]:
    """Everything in a topic that may be an address."""
    return {topic[12:] for log in logs for topic in log.topics[1:] if topic[:12] == bytes(12)}
