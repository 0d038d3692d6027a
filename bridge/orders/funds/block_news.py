"""What logs of some blocks say: whose accounts they name, and whose orders and lanes have moved.

Anybody can have an account named, for the gas of a transfer of nothing. A lane moves by the
exchange alone, which says so: by the hash of the order that was filled or took, or by the lane
that was cancelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bridge.orders.book.entry import LaneKey
from pargrade.bindings.futures_exchange import Cancelled, Filled, FuturesExchange, PassedOver, Taken
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log


@dataclass(slots=True)
class BlockNews:
    """Of the blocks gone through last."""

    touched: set[bytes] = field(default_factory=set)
    """Accounts that any log names."""
    taken: set[bytes] = field(default_factory=set)
    """Hashes of orders that took from makers."""
    passed_over: set[bytes] = field(default_factory=set)
    """Orders that a match went on without, whoever submitted it."""
    moved: dict[bytes, bytes] = field(default_factory=dict)
    """Orders and rolls that were filled or took, with the account that signed each."""
    cancelled: set[LaneKey] = field(default_factory=set)
    """Lanes of which a maker has ended nonces."""
    is_of_market: bool = False
    """Whether the market or a token said anything."""

    @classmethod
    def of_logs(cls, logs: Iterable[Log], exchange: Address) -> "BlockNews":
        """What these logs say of orders of this exchange, and of accounts."""
        news = cls()
        for log in logs:
            news.touched |= _accounts_of(log)
            if log.address == exchange:
                news._note(log)
            else:
                news.is_of_market = True
        return news

    def _note(self, log: Log) -> None:
        match FuturesExchange.decode(log):
            case Taken(order=order, taker=taker):
                self.taken.add(order)
                self.moved[order] = bytes.fromhex(taker[2:])
            case Filled(order=order, maker=maker):
                self.moved[order] = bytes.fromhex(maker[2:])
            case PassedOver(order=order):
                self.passed_over.add(order)
            case Cancelled(maker=maker, lane=lane):
                self.cancelled.add((bytes.fromhex(maker[2:]), lane))
            case _:
                pass


@dataclass(frozen=True, slots=True)
class ChainStep:
    """From one block to a newer one."""

    base: BlockStamp
    head: BlockStamp
    news: BlockNews | None
    """None where the chain was re-organised: then nothing that was known holds."""


def _accounts_of(log: Log) -> set[bytes]:
    """Everything in a topic that may be an address."""
    return {topic[12:] for topic in log.topics[1:] if topic[:12] == bytes(12)}
